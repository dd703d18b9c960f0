// The names of a partition's files: Kafka's, `%020d` and a suffix. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace evlog::log {

inline constexpr std::string_view suffix_log = ".log", suffix_index = ".index", suffix_time_index = ".timeindex",
                                  suffix_txn_index = ".txnindex", suffix_snapshot = ".snapshot", suffix_deleted = ".deleted",
                                  suffix_cleaned = ".cleaned", suffix_swap = ".swap";
inline constexpr std::string_view epoch_file_name = "leader-epoch-checkpoint";

std::string segment_file_name(Offset base, std::string_view suffix);  // "00000000000000000017.log"
// The offset in a name that is exactly 20 digits and this suffix, else nothing.
std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view suffix);

}  // namespace evlog::log

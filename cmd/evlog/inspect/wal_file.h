// evlog-wal-0 and -1, the write-ahead files of a data directory: read by lib/log's own reader, on a loop of its own.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "log/wal.h"
#include "log/wal_redo.h"

namespace evlog::cmd {

// The frames that count, in order. The error names file and position; UNSUPPORTED_VERSION for one of a newer evlog.
Result<std::vector<log::WalReader::Frame>> read_wal(const std::filesystem::path& path);

// What a start after a crash does first: the frames are written where they belong, and the files are gone. Nothing: there are none,
// or the last stop was clean.
Result<std::optional<log::WalRedone>> redo_wal(const std::filesystem::path& directory);

}  // namespace evlog::cmd

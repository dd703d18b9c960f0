// Records that servers write for themselves, as JSON: --decode offsets|transactions|metadata. One line a record, control records
// included; what cannot be read says so in its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "record/record.h"

namespace evlog::cmd {

enum class Decode { offsets, transactions, metadata };
std::optional<Decode> parse_decode(std::string_view name);
// By the name of the topic: __consumer_offsets, __transaction_state, __cluster_metadata.
std::optional<Decode> decode_of_topic(std::string_view topic);

// {"offset":17,"ts":…,"key":{…},"value":{…}}, without a newline.
std::string decoded_json(Decode decode, const record::BatchView& batch, const record::Record& record);

}  // namespace evlog::cmd

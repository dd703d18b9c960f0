#include "evlog/inspect/decode.h"

#include "base/bytes.h"
#include "evlog/kafka/record_decoder.h"
#include "evlog/table.h"
#include "wire/json.h"
#include "wire/record/control.h"
#include "wire/record/metadata.h"
#include "wire/record/txn_log.h"

namespace evlog::cmd {
namespace {

template <class X>
Result<std::string> control_json(std::string_view type, Bytes value) {
  X message;
  if (auto read = wire::decode_control(value, message); !read) return fail(read.error());
  const auto version = value.size() < 2 ? int16_t{0} : load_be<int16_t>(value.data());
  return fmt::format(R"("control":"{}","value":{})", type, wire::to_json(message, version));
}

Result<std::string> marker_json(std::string_view type, const record::Record& r) {
  const auto marker = record::read_end_transaction(r);
  if (!marker) return fail(marker.error());
  return fmt::format(R"("control":"{}","value":{{"coordinatorEpoch":{}}})", type, marker->coordinator_epoch);
}

Result<std::string> control(const record::Record& r) {
  const auto key = record::read_control_key(r);
  if (!key) return fail(key.error());
  const Bytes value = r.value.value_or(Bytes());
  switch (static_cast<record::ControlType>(key->type)) {
    case record::ControlType::abort: return marker_json("ABORT", r);
    case record::ControlType::commit: return marker_json("COMMIT", r);
    case record::ControlType::leader_change: return control_json<wire::LeaderChangeMessage>("LEADER_CHANGE", value);
    case record::ControlType::snapshot_header: return control_json<wire::SnapshotHeaderRecord>("SNAPSHOT_HEADER", value);
    case record::ControlType::snapshot_footer: return control_json<wire::SnapshotFooterRecord>("SNAPSHOT_FOOTER", value);
    case record::ControlType::kraft_version: return control_json<wire::KRaftVersionRecord>("KRAFT_VERSION", value);
    case record::ControlType::kraft_voters: return control_json<wire::VotersRecord>("KRAFT_VOTERS", value);
  }
  return fail(ErrorCode::UNSUPPORTED_VERSION, "a control record of type {}", key->type);
}

// {"key":…,"value":…} without its braces.
std::string inside(const std::string& object) { return object.size() < 2 ? object : object.substr(1, object.size() - 2); }

Result<std::string> offsets(const record::Record& r) {
  if (!r.key) return fail(ErrorCode::INVALID_RECORD, "a record without a key");
  for (const bool groups : {true, false}) {
    auto json = kafka::group_log_json(*r.key, r.value, groups);
    if (!json) return json;
    if (!json->empty()) return inside(*json);
  }
  return fail(ErrorCode::UNSUPPORTED_VERSION, "a key of type {}, which this version does not know", load_be<int16_t>(r.key->data()));
}

Result<std::string> transactions(const record::Record& r) {
  if (!r.key) return fail(ErrorCode::INVALID_RECORD, "a record without a key");
  const auto key = wire::decode_transaction_log_key(*r.key);
  if (!key) return fail(key.error());
  std::string out = fmt::format(R"("key":{{"type":0,"data":{}}},"value":)", wire::to_json(*key, 0));
  if (!r.value) return out + "null";
  wire::TransactionLogValue value;
  if (auto read = wire::decode_versioned(*r.value, value); !read) return fail(read.error());
  const auto version = load_be<int16_t>(r.value->data());
  return out + fmt::format(R"({{"version":{},"data":{}}})", version, wire::to_json(value, version));
}

Result<std::string> metadata(const record::Record& r) {
  if (!r.value) return fail(ErrorCode::INVALID_RECORD, "a record without a value");
  const auto json = wire::metadata_record_json(*r.value);
  if (!json) return fail(json.error());
  return inside(*json);
}

Result<std::string> content(Decode decode, const record::BatchView& batch, const record::Record& r) {
  if (batch.is_control()) return control(r);
  switch (decode) {
    case Decode::offsets: return offsets(r);
    case Decode::transactions: return transactions(r);
    case Decode::metadata: return metadata(r);
  }
  return std::string();
}

}  // namespace

std::optional<Decode> parse_decode(std::string_view name) {
  if (name == "offsets") return Decode::offsets;
  if (name == "transactions") return Decode::transactions;
  if (name == "metadata") return Decode::metadata;
  return std::nullopt;
}

std::optional<Decode> decode_of_topic(std::string_view topic) {
  if (topic == "__consumer_offsets") return Decode::offsets;
  if (topic == "__transaction_state") return Decode::transactions;
  if (topic == "__cluster_metadata") return Decode::metadata;
  return std::nullopt;
}

std::string decoded_json(Decode decode, const record::BatchView& batch, const record::Record& r) {
  const auto text = content(decode, batch, r);
  const std::string head = fmt::format(R"({{"offset":{},"ts":{},)", r.offset.value(), r.timestamp);
  if (text) return head + *text + "}";
  return head + JsonLine().text("error", text.error().message).object().substr(1);
}

}  // namespace evlog::cmd

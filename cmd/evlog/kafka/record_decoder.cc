#include "evlog/kafka/record_decoder.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "evlog/kafka/java.h"
#include "record/control_record.h"
#include "wire/api/consumer_protocol.h"
#include "wire/json.h"
#include "wire/record/control.h"
#include "wire/record/group_log.h"
#include "wire/record/metadata.h"
#include "wire/record/txn_log.h"
#include "wire/versioned.h"

namespace evlog::cmd::kafka {
namespace {

using nlohmann::ordered_json;
using record::Record;

Or<RecordDecoder::Form> form_of(const Options& o, std::string_view name) {
  const std::string type = o.text(name, "org.apache.kafka.tools.api.StringDecoder");
  const std::string_view plain = std::string_view(type).substr(type.rfind('.') + 1);
  if (plain == "StringDecoder") return RecordDecoder::Form::text;
  if (plain == "IntegerDecoder") return RecordDecoder::Form::int32;
  if (plain == "LongDecoder") return RecordDecoder::Form::int64;
  return stop(fmt::format("--{}: there are no Java classes here to load {} from", name, type), "StringDecoder, IntegerDecoder and LongDecoder are built in");
}

Or<std::string> plain(Bytes bytes, RecordDecoder::Form form) {
  if (form == RecordDecoder::Form::text) return java_text(as_text(bytes));
  const size_t size = form == RecordDecoder::Form::int32 ? 4 : 8;
  if (bytes.size() < size) return stop(fmt::format("{} bytes are no number of {} bytes", bytes.size(), size));
  return fmt::format("{}", size == 4 ? load_be<int32_t>(bytes.data()) : load_be<int64_t>(bytes.data()));
}

template <class X>
ordered_json protocol_json(const ordered_json& base64_text) {
  const auto bytes = base64_decode(base64_text.get<std::string>());
  if (!bytes || bytes->size() < 2) return base64_text;
  const Bytes view(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  X message;
  const auto version = std::min(load_be<int16_t>(view.data()), X::info.versions.max);
  if (version < 0 || !wire::decode_versioned_lenient(view, message)) return base64_text;
  return ordered_json::parse(wire::to_json(message, version));
}

// What consumers put into their group is shown too, not only as bytes.
std::string group_value_json(const wire::GroupMetadataValue& value, int16_t version) {
  const std::string text = wire::to_json(value, version);
  if (value.protocol_type != "consumer") return text;
  ordered_json json = ordered_json::parse(text);
  for (auto& member : json["members"]) {
    member["subscription"] = protocol_json<wire::ConsumerProtocolSubscription>(member["subscription"]);
    member["assignment"] = protocol_json<wire::ConsumerProtocolAssignment>(member["assignment"]);
  }
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

template <class X>
Result<std::string> value_json(Bytes bytes) {
  X value;
  if (auto r = wire::decode_versioned(bytes, value); !r) return fail(r.error());
  const auto version = load_be<int16_t>(bytes.data());
  std::string data;
  if constexpr (std::is_same_v<X, wire::GroupMetadataValue>) data = group_value_json(value, version);
  else data = wire::to_json(value, version);
  return fmt::format(R"({{"version":"{}","data":{}}})", version, data);
}

struct Offsets {
  std::string key;
  Result<std::string> value;
};

template <class K, class V>
Offsets offsets_of(const K& key, const std::optional<Bytes>& value) {
  return {fmt::format(R"({{"type":"{}","data":{}}})", K::info.api_key, wire::to_json(key, 0)), value ? value_json<V>(*value) : Result<std::string>("<DELETE>")};
}

template <class K, class V>
Result<std::string> log_json(const K& key, const std::optional<Bytes>& bytes) {
  std::string out = fmt::format(R"({{"key":{{"type":{},"data":{}}},"value":)", K::info.api_key, wire::to_json(key, 0));
  if (!bytes) return out + "null}";
  V value;
  if (auto r = wire::decode_versioned(*bytes, value); !r) return fail(r.error());
  const auto version = load_be<int16_t>(bytes->data());
  return out + fmt::format(R"({{"version":{},"data":{}}}}})", version, wire::to_json(value, version));
}

template <class X>
std::string quorum_json(const Record& r) {
  X message;
  if (!r.value || r.value->size() < 2) return "?";
  const auto version = load_be<int16_t>(r.value->data());
  if (!wire::decode(*r.value, version, message)) return "?";
  return wire::to_json(message, version);
}

}  // namespace

Or<RecordDecoder> RecordDecoder::of(const Options& o) {
  RecordDecoder out;
  if (o.has("offsets-decoder")) out.kind_ = Kind::offsets;
  else if (o.has("transaction-log-decoder")) out.kind_ = Kind::transactions;
  else if (o.has("cluster-metadata-decoder")) out.kind_ = Kind::metadata;
  if (out.kind_ != Kind::plain) return out;
  const auto key = form_of(o, "key-decoder-class"), value = form_of(o, "value-decoder-class");
  if (!key) return stop(key.error());
  if (!value) return stop(value.error());
  out.key_ = *key, out.value_ = *value;
  return out;
}

Decoded skipped(const Record& r, const Error& error) { return {fmt::format("Error at offset {}, skipping. {}", r.offset.value(), error.message), std::nullopt}; }
Stop no_key(const Record& r) { return {fmt::format("Failed to decode message at offset {} using the specified decoder (message had a missing key)", r.offset.value()), {}}; }

Or<Decoded> RecordDecoder::decode_transactions(const Record& r) const {
  if (!r.key) return stop(no_key(r));
  if (r.key->size() >= 2 && load_be<int16_t>(r.key->data()) != wire::TransactionLogKey::info.api_key)
    return Decoded{fmt::format("Unknown record type {} at offset {}, skipping.", load_be<int16_t>(r.key->data()), r.offset.value()), std::nullopt};
  const auto key = wire::decode_transaction_log_key(*r.key);
  if (!key) return skipped(r, key.error());
  const Offsets found = offsets_of<wire::TransactionLogKey, wire::TransactionLogValue>(*key, r.value);
  if (!found.value) return skipped(r, found.value.error());
  return Decoded{found.key, *found.value};
}

Or<Decoded> RecordDecoder::decode_offsets(const Record& r) const {
  if (!r.key) return stop(no_key(r));
  const auto wrong = [&](const Error& error) { return skipped(r, error); };
  const auto key = wire::decode_group_log_key(*r.key);
  if (!key) return wrong(key.error());
  if (const auto* unknown = std::get_if<wire::UnknownGroupLogKey>(&*key))
    return Decoded{fmt::format("Unknown record type {} at offset {}, skipping.", unknown->type, r.offset.value()), std::nullopt};
  Offsets found;
  if (const auto* group = std::get_if<wire::GroupMetadataKey>(&*key)) found = offsets_of<wire::GroupMetadataKey, wire::GroupMetadataValue>(*group, r.value);
  if (const auto* commit = std::get_if<wire::OffsetCommitKey>(&*key)) found = offsets_of<wire::OffsetCommitKey, wire::OffsetCommitValue>(*commit, r.value);
  if (const auto* old = std::get_if<wire::LegacyOffsetCommitKey>(&*key)) found = offsets_of<wire::LegacyOffsetCommitKey, wire::LegacyOffsetCommitValue>(*old, r.value);
  if (!found.value) return wrong(found.value.error());
  return Decoded{found.key, *found.value};
}

Or<Decoded> RecordDecoder::decode(const Record& r) const {
  if (kind_ == Kind::offsets) return decode_offsets(r);
  if (kind_ == Kind::transactions) return decode_transactions(r);
  if (kind_ == Kind::metadata) {
    const auto json = r.value ? wire::metadata_record_json(*r.value) : fail(ErrorCode::INVALID_RECORD, "a record without a value");
    return Decoded{std::nullopt, json ? *json : fmt::format("Error at {}, skipping. {}", r.offset.value(), json.error().message)};
  }
  Decoded out;
  if (r.key) {
    auto text = plain(*r.key, key_);
    if (!text) return stop(text.error());
    out.key = std::move(*text);
  }
  if (r.value) {
    auto text = plain(*r.value, value_);
    if (!text) return stop(text.error());
    out.value = std::move(*text);
  }
  return out;
}

std::string control_record_text(const Record& r) {
  const auto key = record::read_control_key(r);
  if (!key) return " controlType: UNKNOWN(-1)";
  switch (static_cast<record::ControlType>(key->type)) {
    case record::ControlType::abort:
    case record::ControlType::commit: {
      const auto marker = record::read_end_transaction(r);
      return marker ? fmt::format(" endTxnMarker: {} coordinatorEpoch: {}", marker->commit ? "COMMIT" : "ABORT", marker->coordinator_epoch) : " endTxnMarker: ?";
    }
    case record::ControlType::leader_change: return " LeaderChange: " + quorum_json<wire::LeaderChangeMessage>(r);
    case record::ControlType::snapshot_header: return " SnapshotHeader " + quorum_json<wire::SnapshotHeaderRecord>(r);
    case record::ControlType::snapshot_footer: return " SnapshotFooter " + quorum_json<wire::SnapshotFooterRecord>(r);
    case record::ControlType::kraft_version: return " KRaftVersion " + quorum_json<wire::KRaftVersionRecord>(r);
    case record::ControlType::kraft_voters: return " KRaftVoters " + quorum_json<wire::VotersRecord>(r);
  }
  return fmt::format(" controlType: UNKNOWN({})", key->type);
}

Result<std::string> group_log_json(Bytes key, const std::optional<Bytes>& value, bool groups) {
  const auto decoded = wire::decode_group_log_key(key);
  if (!decoded) return fail(decoded.error());
  if (const auto* group = std::get_if<wire::GroupMetadataKey>(&*decoded); group && groups) return log_json<wire::GroupMetadataKey, wire::GroupMetadataValue>(*group, value);
  if (groups) return std::string();
  if (const auto* commit = std::get_if<wire::OffsetCommitKey>(&*decoded)) return log_json<wire::OffsetCommitKey, wire::OffsetCommitValue>(*commit, value);
  if (const auto* old = std::get_if<wire::LegacyOffsetCommitKey>(&*decoded)) return log_json<wire::LegacyOffsetCommitKey, wire::LegacyOffsetCommitValue>(*old, value);
  return std::string();
}

}  // namespace evlog::cmd::kafka

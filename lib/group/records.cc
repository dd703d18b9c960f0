#include "group/records.h"

#include "base/text.h"
#include "wire/record/group_log.h"

namespace evlog::group {
namespace {

constexpr int16_t offset_version = 4;
constexpr int16_t offset_version_expiring = 1;  // the only one with room for a commit's own retention
constexpr int16_t group_version = 3;

std::string text_of(const Buffer& b) { return std::string(as_text(b.bytes())); }
OptionalText owned(const std::optional<std::string_view>& s) { return s ? OptionalText(*s) : std::nullopt; }
std::optional<std::string_view> view(const OptionalText& s) {
  return s ? std::optional<std::string_view>(*s) : std::nullopt;
}

template <class K>
std::string key_bytes(const K& key) {
  Buffer out;
  wire::encode_group_log_key(out, key);
  return text_of(out);
}
template <class V>
std::string value_bytes(int16_t version, const V& value) {
  Buffer out;
  wire::encode_versioned(out, version, value);
  return text_of(out);
}

Member restored(const wire::GroupMetadataValue::Member& m, const wire::GroupMetadataValue& group) {
  return {.id = std::string(m.member_id),
          .instance_id = owned(m.group_instance_id),
          .client_id = std::string(m.client_id),
          .client_host = std::string(m.client_host),
          .rebalance_timeout_ms = m.rebalance_timeout == -1 ? m.session_timeout : m.rebalance_timeout,
          .session_timeout_ms = m.session_timeout,
          .protocol_type = std::string(group.protocol_type),
          .protocols = {{std::string(group.protocol.value_or("")), std::string(as_text(m.subscription))}},
          .assignment = std::string(as_text(m.assignment))};
}

}  // namespace

std::string encode_key(const OffsetKey& key) {
  return key_bytes(wire::OffsetCommitKey{.group = key.group, .topic = key.topic, .partition = key.partition});
}
std::string encode_key(const GroupKey& key) { return key_bytes(wire::GroupMetadataKey{.group = key.group}); }

std::string encode_value(const CommittedOffset& v) {
  const bool expires = v.expire_timestamp_ms != -1;
  return value_bytes(expires ? offset_version_expiring : offset_version,
                     wire::OffsetCommitValue{.offset = v.offset,
                                             .leader_epoch = v.leader_epoch,
                                             .metadata = v.metadata,
                                             .commit_timestamp = v.commit_timestamp_ms,
                                             .expire_timestamp = v.expire_timestamp_ms,
                                             .topic_id = v.topic_id});
}

std::string encode_value(const Group& group, const std::map<std::string, std::string>& assignment) {
  wire::GroupMetadataValue v{.generation = group.generation(),
                             .protocol = view(group.protocol_name()),
                             .leader = view(group.leader()),
                             .current_state_timestamp = to_ms(group.state_since())};
  if (group.protocol_type()) v.protocol_type = *group.protocol_type();
  for (const auto& [id, m] : group.members()) {
    const auto* subscription = group.protocol_name() ? m.metadata(*group.protocol_name()) : nullptr;
    const auto assigned = assignment.find(id);
    v.members.push_back({.member_id = id,
                         .group_instance_id = view(m.instance_id),
                         .client_id = m.client_id,
                         .client_host = m.client_host,
                         .rebalance_timeout = m.rebalance_timeout_ms,
                         .session_timeout = m.session_timeout_ms,
                         .subscription = subscription ? as_bytes(*subscription) : Bytes{},
                         .assignment = assigned == assignment.end() ? Bytes{} : as_bytes(assigned->second)});
  }
  return value_bytes(group_version, v);
}

std::string encode_empty_value(const Group& group) {
  return value_bytes(group_version, wire::GroupMetadataValue{.protocol = std::nullopt,
                                                             .leader = std::nullopt,
                                                             .current_state_timestamp = to_ms(group.state_since())});
}

Result<RecordKey> decode_key(Bytes key) {
  const auto decoded = wire::decode_group_log_key(key);
  if (!decoded) return fail(decoded.error(), "a key of __consumer_offsets");
  if (const auto* k = std::get_if<wire::OffsetCommitKey>(&*decoded)) {
    return OffsetKey{std::string(k->group), std::string(k->topic), k->partition};
  }
  if (const auto* k = std::get_if<wire::LegacyOffsetCommitKey>(&*decoded)) {
    return OffsetKey{std::string(k->group), std::string(k->topic), k->partition};
  }
  if (const auto* k = std::get_if<wire::GroupMetadataKey>(&*decoded)) return GroupKey{std::string(k->group)};
  return UnknownKey{std::get<wire::UnknownGroupLogKey>(*decoded).type};
}

Result<CommittedOffset> decode_offset_value(Bytes value) {
  wire::OffsetCommitValue v;
  if (auto r = wire::decode_versioned(value, v); !r) return fail(std::move(r.error()));
  return CommittedOffset{v.offset, v.leader_epoch, std::string(v.metadata), v.commit_timestamp, v.expire_timestamp, v.topic_id};
}

Result<GroupValue> decode_group_value(Bytes value) {
  wire::GroupMetadataValue v;
  if (auto r = wire::decode_versioned(value, v); !r) return fail(std::move(r.error()));
  GroupValue group{.protocol_type = std::string(v.protocol_type),
                   .generation = v.generation,
                   .protocol = owned(v.protocol),
                   .leader = owned(v.leader),
                   .state_timestamp_ms = v.current_state_timestamp};
  for (const auto& m : v.members) group.members.push_back(restored(m, v));
  return group;
}

int32_t partition_of_group(std::string_view group, int32_t partitions) {
  const int64_t hash = java_hash(group);
  if (hash == INT32_MIN) return 0;  // Java's abs() has no positive for it; Kafka takes 0
  return static_cast<int32_t>((hash < 0 ? -hash : hash) % partitions);
}

}  // namespace evlog::group

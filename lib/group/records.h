// The records of __consumer_offsets: keys and values in the versions Kafka 4.3.1 writes (GroupMetadata v3, OffsetCommit v4,
// or v1 for a commit with its own retention), read back in all versions 0-4. Bytes from a log are checked, never trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "group/classic_group.h"
#include "group/events.h"

namespace evlog::group {

struct CommittedOffset {
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;
  int64_t commit_timestamp_ms = -1;
  int64_t expire_timestamp_ms = -1;  // -1 = by the broker's retention
  Uuid topic_id;
  bool operator==(const CommittedOffset&) const = default;
};

struct OffsetKey {
  std::string group, topic;
  int32_t partition = 0;
  auto operator<=>(const OffsetKey&) const = default;
};
struct GroupKey { std::string group; };
struct UnknownKey { int16_t type = 0; };  // a kind of record that this release does not know
using RecordKey = std::variant<OffsetKey, GroupKey, UnknownKey>;

struct GroupValue {
  std::string protocol_type;
  int32_t generation = 0;
  OptionalText protocol, leader;
  int64_t state_timestamp_ms = -1;
  std::vector<Member> members;  // each with the one protocol that was chosen
};

std::string encode_key(const OffsetKey& key);
std::string encode_key(const GroupKey& key);
std::string encode_value(const CommittedOffset& value);
// The group as it is now, its members' assignments taken from `assignment` (member id -> bytes, missing = empty).
std::string encode_value(const Group& group, const std::map<std::string, std::string>& assignment);
std::string encode_empty_value(const Group& group);  // a group that exists and has never had a generation

Result<RecordKey> decode_key(Bytes key);
Result<CommittedOffset> decode_offset_value(Bytes value);  // UNSUPPORTED_VERSION: written by a newer release
Result<GroupValue> decode_group_value(Bytes value);

// The partition of __consumer_offsets a group lives in: Java's Utils.abs(hashCode) % partitions.
int32_t partition_of_group(std::string_view group, int32_t partitions);

}  // namespace evlog::group

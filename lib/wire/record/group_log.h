// Records of __consumer_offsets for classic groups. The key begins with its record type in two bytes; the value with its version.
#pragma once

#include <variant>

#include "wire/message.h"
#include "wire/versioned.h"

namespace evlog::wire {

struct LegacyOffsetCommitKey {
  static constexpr Message info{"LegacyOffsetCommitKey", 0, {0, 0}};
  std::string_view group, topic;
  int32_t partition = 0;
  static void visit(auto& io, auto& m) {
    io("group", m.group);
    io("topic", m.topic);
    io("partition", m.partition);
  }
};
EVLOG_WIRE_MESSAGE(LegacyOffsetCommitKey)

struct LegacyOffsetCommitValue {
  static constexpr Message info{"LegacyOffsetCommitValue", 0, {0, 0}};
  int64_t offset = 0;
  std::string_view metadata;
  int64_t commit_timestamp = 0;
  static void visit(auto& io, auto& m) {
    io("offset", m.offset);
    io("metadata", m.metadata);
    io("commitTimestamp", m.commit_timestamp);
  }
};
EVLOG_WIRE_MESSAGE(LegacyOffsetCommitValue)

struct OffsetCommitKey {
  static constexpr Message info{"OffsetCommitKey", 1, {0, 0}};
  std::string_view group, topic;
  int32_t partition = 0;
  static void visit(auto& io, auto& m) {
    io("group", m.group);
    io("topic", m.topic);
    io("partition", m.partition);
  }
};
EVLOG_WIRE_MESSAGE(OffsetCommitKey)

struct OffsetCommitValue {
  static constexpr Message info{"OffsetCommitValue", 1, {0, 4}, 4};
  int64_t offset = 0;
  int32_t leader_epoch = -1;
  std::string_view metadata;
  int64_t commit_timestamp = 0;
  int64_t expire_timestamp = -1;
  Uuid topic_id;
  static void visit(auto& io, auto& m) {
    io("offset", m.offset);
    io("leaderEpoch", m.leader_epoch, since(3));
    io("metadata", m.metadata);
    io("commitTimestamp", m.commit_timestamp);
    io("expireTimestamp", m.expire_timestamp, between(1, 1));
    io("topicId", m.topic_id, tagged(0, since(4)));
  }
};
EVLOG_WIRE_MESSAGE(OffsetCommitValue)

struct GroupMetadataKey {
  static constexpr Message info{"GroupMetadataKey", 2, {0, 0}};
  std::string_view group;
  static void visit(auto& io, auto& m) {
    io("group", m.group);
  }
};
EVLOG_WIRE_MESSAGE(GroupMetadataKey)

struct GroupMetadataValue {
  static constexpr Message info{"GroupMetadataValue", 2, {0, 4}, 4};
  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::string_view client_id, client_host;
    int32_t rebalance_timeout = -1;
    int32_t session_timeout = 0;
    Bytes subscription, assignment;
    static void visit(auto& io, auto& m) {
      io("memberId", m.member_id);
      io("groupInstanceId", m.group_instance_id, since(3));
      io("clientId", m.client_id);
      io("clientHost", m.client_host);
      io("rebalanceTimeout", m.rebalance_timeout, since(1));
      io("sessionTimeout", m.session_timeout);
      io("subscription", m.subscription);
      io("assignment", m.assignment);
    }
  };
  std::string_view protocol_type;
  int32_t generation = 0;
  std::optional<std::string_view> protocol = "";
  std::optional<std::string_view> leader = "";
  int64_t current_state_timestamp = -1;
  Array<Member> members;
  static void visit(auto& io, auto& m) {
    io("protocolType", m.protocol_type);
    io("generation", m.generation);
    io("protocol", m.protocol);
    io("leader", m.leader);
    io("currentStateTimestamp", m.current_state_timestamp, since(2));
    io("members", m.members);
  }
};
EVLOG_WIRE_MESSAGE(GroupMetadataValue)

// A key of a later kind (other group protocols): kept by who reads, never interpreted here.
struct UnknownGroupLogKey { int16_t type = 0; };
using GroupLogKey = std::variant<UnknownGroupLogKey, LegacyOffsetCommitKey, OffsetCommitKey, GroupMetadataKey>;

Result<GroupLogKey> decode_group_log_key(Bytes key);
template <Described X>
void encode_group_log_key(Buffer& out, const X& key) {
  Encoder encoder(out);
  encoder.fixed(X::info.api_key);
  encode(encoder, 0, key);
}
// Values: encode_versioned() and decode_versioned().

}  // namespace evlog::wire

// Everything that enters and leaves a Shard. Plain values that own what they hold: a request's frame may be gone long before
// its answer. A Token names the waiting request; the broker invents it, the shard only gives it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error_code.h"
#include "base/time.h"
#include "base/uuid.h"

namespace evlog::group {

using Token = uint64_t;
using OptionalText = std::optional<std::string>;  // Kafka's nullable string

// Both clocks at the moment of the event: mono for timers, wall for timestamps in records.
struct Now {
  MonoTime mono;
  WallTime wall;
};

struct Protocol {  // one thing a member can speak; `metadata` is opaque
  std::string name;
  std::string metadata;
  bool operator==(const Protocol&) const = default;
};

struct JoinRequest {
  Token token = 0;
  std::string group, member_id;
  OptionalText instance_id;
  std::string client_id, client_host;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = 0;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  bool member_id_required = false;      // version >= 4 (KIP-394)
  bool can_skip_assignment = false;     // version >= 9 (KIP-814)
  Uuid fresh_id;                        // random: becomes part of a new member's id
};
struct JoinedMember {
  std::string member_id;
  OptionalText instance_id;
  std::string metadata;
};
struct JoinAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
  int32_t generation = -1;
  OptionalText protocol_type;
  OptionalText protocol_name;
  OptionalText leader = "";
  bool skip_assignment = false;
  std::string member_id;
  std::vector<JoinedMember> members;
};

struct MemberAssignment {
  std::string member_id;
  std::string assignment;
};
struct SyncRequest {
  Token token = 0;
  std::string group, member_id;
  OptionalText instance_id;
  int32_t generation = -1;
  OptionalText protocol_type, protocol_name;
  std::vector<MemberAssignment> assignments;
};
struct SyncAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
  OptionalText protocol_type, protocol_name;
  std::string assignment;
};

struct HeartbeatRequest {
  Token token = 0;
  std::string group, member_id;
  OptionalText instance_id;
  int32_t generation = -1;
};
struct HeartbeatAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
};

struct LeavingMember {
  std::string member_id;
  OptionalText instance_id;
  ErrorCode error = ErrorCode::NONE;  // filled in the answer
};
struct LeaveRequest {
  Token token = 0;
  std::string group;
  std::vector<LeavingMember> members;
};
struct LeaveAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
  std::vector<LeavingMember> members;
};

struct CommitPartition {
  int32_t index = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  OptionalText metadata;
  ErrorCode error = ErrorCode::NONE;  // filled in the answer
};
struct CommitTopic {
  std::string name;
  Uuid id;
  std::vector<CommitPartition> partitions;
};
struct CommitRequest {
  Token token = 0;
  std::string group, member_id;
  OptionalText instance_id;
  int32_t generation = -1;
  int64_t retention_ms = -1;            // versions 2-4; -1 = the broker's
  bool group_not_found_known = false;   // version >= 9 may be told GROUP_ID_NOT_FOUND
  std::vector<CommitTopic> topics;
};
struct CommitAnswer {  // the request's topics in its order, an error per partition
  Token token = 0;
  std::vector<CommitTopic> topics;
};

struct FetchTopic {
  std::string name;
  Uuid id;
  std::vector<int32_t> partitions;
};
struct OffsetFetchRequest {
  Token token = 0;
  std::string group;
  bool all_topics = false;
  std::vector<FetchTopic> topics;
  bool require_stable = false;  // wait for commits that are not durable yet
};
struct FetchedPartition {
  int32_t index = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;
  ErrorCode error = ErrorCode::NONE;
};
struct FetchedTopic {
  std::string name;
  Uuid id;
  std::vector<FetchedPartition> partitions;
};
struct OffsetFetchAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
  std::vector<FetchedTopic> topics;
};

struct DeleteGroupRequest {
  Token token = 0;
  std::string group;
};
struct DeleteGroupAnswer {
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
};

struct DeletedPartition {
  int32_t index = 0;
  ErrorCode error = ErrorCode::NONE;  // filled in the answer
};
struct OffsetDeleteTopic {
  std::string name;
  std::vector<DeletedPartition> partitions;
};
struct OffsetDeleteRequest {
  Token token = 0;
  std::string group;
  std::vector<OffsetDeleteTopic> topics;
};
struct OffsetDeleteAnswer {  // the request's topics in its order, or an error and none of them
  Token token = 0;
  ErrorCode error = ErrorCode::NONE;
  std::vector<OffsetDeleteTopic> topics;
};

struct TopicDeleted {  // the image no longer has it: its committed offsets go
  std::string name;
  Uuid id;             // an offset committed for another topic of this name stays; zero = whichever
  bool exactly = false;  // offsets that name no id stay too: the name may have been given to another topic
};
struct AppendDone {    // the append is durable (NONE), or it is not in the log and never will be
  uint64_t append = 0;
  ErrorCode error = ErrorCode::NONE;
};

struct AppendLate {    // not durable within offsets.commit.timeout.ms; AppendDone will still come, some day
  uint64_t append = 0;
};

struct LogRecord {
  std::string key;
  OptionalText value;  // nothing = tombstone
};
struct Append {        // one batch; the broker answers with AppendDone
  uint64_t id = 0;
  WallTime timestamp;
  std::vector<LogRecord> records;
};

using Event = std::variant<JoinRequest, SyncRequest, HeartbeatRequest, LeaveRequest, CommitRequest, OffsetFetchRequest,
                           DeleteGroupRequest, OffsetDeleteRequest, TopicDeleted, AppendDone, AppendLate>;
using Action = std::variant<JoinAnswer, SyncAnswer, HeartbeatAnswer, LeaveAnswer, CommitAnswer, OffsetFetchAnswer,
                            DeleteGroupAnswer, OffsetDeleteAnswer, Append>;
using Actions = std::vector<Action>;

}  // namespace evlog::group

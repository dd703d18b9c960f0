// Shard: all groups and offsets of one partition of __consumer_offsets. Pure: step() and advance() compute what to send and
// what to append; the broker does it. Life: construct, replay() every record of the partition, loaded(), then step() and
// advance() until unload(). Not thread-safe; owned by the broker's group coordinator, used on its loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "group/classic_group.h"
#include "group/events.h"
#include "group/offset_table.h"
#include "group/timer_table.h"

namespace evlog::group {

struct Settings {  // Kafka's names: group.*, offset.*
  int32_t initial_rebalance_delay_ms = 3000;
  int32_t session_timeout_ms_min = 6000;
  int32_t session_timeout_ms_max = 1'800'000;
  int32_t group_size_max = INT32_MAX;
  int32_t offset_metadata_max = 4096;              // in UTF-16 units, as Java counts
  int32_t new_member_join_timeout_ms = 5 * 60 * 1000;  // Kafka has no key for it
  int64_t offsets_retention_ms = 7 * 24 * 3'600'000ll;
  int64_t offsets_retention_check_interval_ms = 600'000;
};

// Bounds on memory, one per shard. What "full" answers is beside each.
struct Limits {
  size_t groups_max = 100'000;           // a new group: COORDINATOR_NOT_AVAILABLE
  size_t pending_members_max = 10'000;   // of one group; a member without id: GROUP_MAX_SIZE_REACHED
  // Of groups, members and offsets together. A join: GROUP_MAX_SIZE_REACHED; an assignment: UNKNOWN_SERVER_ERROR; a commit for
  // a partition that has none yet: COORDINATOR_NOT_AVAILABLE. What replaces something older is always taken.
  size_t memory_bytes_max = 256u << 20;
};

struct ListedGroup {
  std::string id, protocol_type;
  GroupState state;
};
struct DescribedMember {
  std::string id;
  OptionalText instance_id;
  std::string client_id, client_host, metadata, assignment;
};
struct DescribedGroup {
  GroupState state = GroupState::dead;
  std::string protocol_type, protocol;
  std::vector<DescribedMember> members;
};

// Asked before the coordinator is looked for: NONE, INVALID_GROUP_ID or INVALID_SESSION_TIMEOUT.
ErrorCode check_join(const JoinRequest& request, const Settings& settings);
// What a client is told when an append failed (Kafka's mapping).
ErrorCode client_error(ErrorCode append_error);
ErrorCode fetch_error(ErrorCode append_error);

class Shard {
 public:
  explicit Shard(Settings settings, Limits limits = {}) : settings_(settings), limits_(limits) {}

  // Load. A record of a kind or version this release does not know is skipped: the text says so, once per kind.
  Result<std::optional<std::string>> replay(Bytes key, std::optional<Bytes> value, Now now);
  Actions loaded(Now now);   // sessions of all members begin
  Actions unload();          // this broker no longer leads the partition: all who wait are told NOT_COORDINATOR

  Actions step(Event event, Now now);
  Actions advance(Now now);  // fires what is due
  std::optional<MonoTime> next_deadline() const;

  // Reads of what is durable.
  std::vector<ListedGroup> list() const;
  std::optional<DescribedGroup> describe(std::string_view group) const;
  const OffsetTable& offsets() const { return offsets_; }
  size_t group_count() const { return groups_.size(); }
  uint64_t rebalances_completed() const { return rebalances_completed_; }
  size_t appends_pending() const { return pending_.size(); }
  size_t memory_bytes() const { return member_bytes_ + offsets_.bytes() + groups_.size() * sizeof(Group); }
  void set_memory_bytes_max(size_t bytes) { limits_.memory_bytes_max = bytes; }

 private:
  // What to do when an append is done; all of one append, in order.
  struct GroupBorn { std::string group; };
  struct SyncStored { std::string group; int32_t generation; std::map<std::string, std::string> assignment; };
  struct StaticStored {
    std::string group, instance_id, old_id, new_id;
    OptionalText old_leader;
    std::vector<Protocol> old_protocols;
    int32_t old_rebalance_timeout_ms, old_session_timeout_ms;
    bool can_skip_assignment;
  };
  struct CommitStored {
    CommitAnswer answer;
    std::string group;
    std::vector<std::pair<OffsetKey, CommittedOffset>> offsets;
    bool answered = false;
    bool orphaned = false;  // its group was deleted after it
  };
  struct OffsetsGone {
    std::vector<OffsetKey> keys;
    std::optional<OffsetDeleteAnswer> answer;  // nothing: nobody asked, or he was answered
  };
  struct GroupGone {                           // it is out of groups_ already, and back there if the record is lost
    std::unique_ptr<Group> group;
    std::vector<OffsetKey> keys;
    std::optional<DeleteGroupAnswer> answer;
  };
  using Effect = std::variant<GroupBorn, SyncStored, StaticStored, CommitStored, OffsetsGone, GroupGone, LeaveAnswer, JoinAnswer>;
  struct Pending {                             // an append that is not done yet
    std::vector<Effect> effects;
    bool durable = false;                      // but an earlier one was not told so yet: effects happen in the log's order
  };

  // join.cc
  void on(JoinRequest& r);
  void join_new(JoinRequest& r, Group& g);
  void join_new_dynamic(JoinRequest& r, Group& g, const std::string& new_id);
  void join_known(JoinRequest& r, Group& g);
  void join_known_member(JoinRequest& r, Group& g, Member& m);
  bool accepts(const Group& g, const std::string& member_id) const;
  bool has_room_for(size_t bytes) const { return memory_bytes() + bytes <= limits_.memory_bytes_max; }
  void add_member(JoinRequest& r, Group& g, const std::string& id);
  void update_member(JoinRequest& r, Group& g, Member& m);
  void replace_static(JoinRequest& r, Group& g, const std::string& old_id, const std::string& new_id);
  void store_static(Group& g, StaticStored before);
  void refuse(const JoinRequest& r, ErrorCode error, std::string member_id);

  // rebalance.cc
  void prepare_or_complete(Group& g);
  void prepare_rebalance(Group& g);
  void complete_if_all_joined(Group& g);
  void complete_join(Group& g);
  void answer_all_joined(Group& g);
  void initial_delay_over(Group& g);
  void set_assignment_and_answer(Group& g, const std::map<std::string, std::string>& assignment, ErrorCode error);
  void remove_member(Group& g, std::string member_id);
  void answer_join(Group& g, Member& m, JoinAnswer answer);
  void answer_sync(Member& m, SyncAnswer answer);
  JoinAnswer current_generation(const Group& g, const Member& m, bool with_members) const;
  void restart_session(const Group& g, const Member& m, int32_t timeout_ms);
  void restart_session(const Group& g, const Member& m) { restart_session(g, m, m.session_timeout_ms); }

  // session.cc
  void on(SyncRequest& r);
  void store_assignment(SyncRequest& r, Group& g);
  void sync_received(Group& g, const std::string& member_id);
  void on(HeartbeatRequest& r);
  void on(LeaveRequest& r);
  ErrorCode leave(Group& g, const LeavingMember& member);
  void session_expired(Group& g, const std::string& member_id);
  void sync_expired(Group& g);

  // commit.cc
  void on(CommitRequest& r);
  bool adds_offsets(const CommitRequest& r, const std::vector<CommitTopic>& topics) const;
  void on(OffsetFetchRequest& r);
  OffsetFetchAnswer fetched(const OffsetFetchRequest& r) const;
  void on(TopicDeleted& r);

  // deletion.cc
  void on(DeleteGroupRequest& r);
  void on(OffsetDeleteRequest& r);
  std::vector<OffsetKey> every_offset_of(const std::string& group) const;
  GroupGone take_out(const std::string& group, std::vector<OffsetKey> keys);
  void forget_effects(const std::string& group);
  std::map<OffsetKey, Uuid> commits_on_their_way() const;  // the last one for each, with the topic it names
  void each_dying(const std::function<void(const Group&)>& visit) const;
  void answer_deletion(OffsetsGone& e, ErrorCode error);
  void answer_deletion(GroupGone& e, ErrorCode error);
  void apply(OffsetsGone& e, ErrorCode error);
  void apply(GroupGone& e, ErrorCode error);

  class Tombstones;                            // tombstones.h

  // expiry.cc
  void expire_offsets_of(Group& g, const std::map<OffsetKey, Uuid>& committing, Tombstones& tombstones);
  void expire_offsets();
  bool wall_clock_steady();

  // shard.cc
  void on(AppendDone& r);
  void on(AppendLate& r);
  void settle(std::map<uint64_t, Pending>::iterator it, ErrorCode error);
  void apply(GroupBorn& e, ErrorCode error);
  void apply(SyncStored& e, ErrorCode error);
  void apply(StaticStored& e, ErrorCode error);
  void apply(CommitStored& e, ErrorCode error);
  void apply(LeaveAnswer& e, ErrorCode error);
  void apply(JoinAnswer& e, ErrorCode error);
  void answer_commit(CommitStored& e, ErrorCode error);
  void forget_if_unborn(const std::string& group, ErrorCode error);
  Group* find(std::string_view group);
  Group* create(const std::string& group);  // nothing when the shard is full
  void append(std::vector<LogRecord> records, std::vector<Effect> effects);
  void append(std::vector<LogRecord> records, Effect effect);
  void answer_stable_fetches(ErrorCode error);
  MonoTime after(int32_t delay_ms) const { return now_.mono + milliseconds(delay_ms); }
  Actions take() { return std::exchange(actions_, {}); }

  const Settings settings_;
  Limits limits_;
  size_t member_bytes_ = 0;  // before groups_: a dying group still counts down
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups_;
  OffsetTable offsets_;
  TimerTable timers_;
  std::map<uint64_t, Pending> pending_;  // by append, in the log's order
  std::multimap<uint64_t, OffsetFetchRequest> stable_fetches_;  // wait until every append up to this one is done
  std::vector<int16_t> unknown_kinds_;
  std::optional<MonoTime> expiry_at_;    // the next look for expired offsets; since loaded()
  Now clocks_seen_{};                    // at the last one
  uint64_t append_last_ = 0;
  uint64_t rebalances_completed_ = 0;
  Now now_{};                // of the event being handled
  Actions actions_;
};

}  // namespace evlog::group

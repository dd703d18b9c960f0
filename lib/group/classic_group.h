// Group: a group of the classic protocol: its members, who leads, which protocols all of them speak, whose requests wait,
// and the state. It knows the rules but neither timers nor records: Shard drives it. Owned by a Shard.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "group/member.h"

namespace evlog::group {

enum class GroupState : uint8_t { empty, preparing_rebalance, completing_rebalance, stable, dead };
std::string_view state_name(GroupState state);  // "PreparingRebalance", as ListGroups prints it

class Group {
 public:
  // `bytes` is the owner's running sum of what members hold in memory; it outlives the group.
  Group(std::string id, WallTime now, size_t& bytes) : id_(std::move(id)), state_since_(now), bytes_(bytes) {}
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  GroupState previous_state() const { return previous_state_; }
  bool is(GroupState state) const { return state_ == state; }
  int32_t generation() const { return generation_; }
  const OptionalText& protocol_type() const { return protocol_type_; }
  const OptionalText& protocol_name() const { return protocol_name_; }
  const OptionalText& leader() const { return leader_; }
  bool is_leader(std::string_view member_id) const { return leader_ && *leader_ == member_id; }
  WallTime state_since() const { return state_since_; }
  bool can_rebalance() const;

  using Members = std::map<std::string, Member, std::less<>>;
  Members& members() { return members_; }
  const Members& members() const { return members_; }
  Member* find(std::string_view member_id);
  bool has(std::string_view member_id) const { return members_.contains(member_id); }
  const std::string* static_member_id(std::string_view instance_id) const;
  int32_t rebalance_timeout_ms() const;  // the longest of its members'

  // NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID: the instance id is judged before the member id.
  ErrorCode check_member(std::string_view member_id, const OptionalText& instance_id) const;
  ErrorCode check_commit(const CommitRequest& request) const;
  ErrorCode check_delete() const;         // NON_EMPTY_GROUP while anybody is in it
  ErrorCode check_offset_delete() const;  // of a consumer group single topics may go, others must be empty
  // Whether some member of the last generation consumes this topic. Consumers whose subscription cannot be read may consume any.
  bool is_subscribed(std::string_view topic) const;
  // What the age of a committed offset is counted from; "never" while the group cannot tell what it consumes.
  enum class OffsetAge : uint8_t { never, since_commit, since_empty };
  OffsetAge offset_age() const;
  bool supports(std::string_view protocol_type, const std::vector<Protocol>& protocols) const;
  std::string select_protocol() const;   // by votes; "" if no protocol is common to all

  Member& add(Member member);            // also takes it off the pending ones; the first one leads
  void remove(std::string_view member_id);
  void update(Member& member, std::vector<Protocol> protocols, int32_t rebalance_timeout_ms, int32_t session_timeout_ms);
  Member& replace_static(const std::string& instance_id, const std::string& old_id, const std::string& new_id);
  void set_assignment(Member& member, std::string assignment);

  // Waiting requests. Setting returns the request it displaced, taking returns the one that waited.
  std::optional<Token> wait_for_join(Member& member, Token token);
  std::optional<Token> take_join_waiter(Member& member);
  size_t awaiting_joins() const { return awaiting_joins_; }
  bool all_members_joined() const { return members_.size() == awaiting_joins_ && pending_joins_.empty(); }
  // True when there is a leader that rejoined, or another one that rejoined could be made leader.
  bool elect_joined_leader();

  std::set<std::string, std::less<>>& pending_joins() { return pending_joins_; }    // ids given out, not joined yet (KIP-394)
  const std::set<std::string, std::less<>>& pending_joins() const { return pending_joins_; }
  std::set<std::string, std::less<>>& pending_syncs() { return pending_syncs_; }    // have not sent SyncGroup yet

  void transition(GroupState to, WallTime now);
  void next_generation(WallTime now);
  std::vector<JoinedMember> joined_members() const;

  // Only at replay.
  void restore(int32_t generation, OptionalText protocol_type, OptionalText protocol_name, OptionalText leader,
               WallTime state_since, std::vector<Member> members);

  // Clients may know of it: a record of it is in the log, or somebody was given a member id in it.
  bool is_listed() const { return durable || !members_.empty() || !pending_joins_.empty(); }

  bool durable = false;           // a record of it is in the log
  bool new_member_added = false;  // during the initial delay: it may be extended
  int32_t initial_delay_ms = 0;   // of the initial rebalance: this step and what is left after it
  int32_t initial_remaining_ms = 0;
  // The generation whose assignment the log is taking. A leader that asks again meanwhile gets that one: a generation has one
  // assignment, whatever is read back after a crash.
  int32_t assignment_on_its_way = -1;

 private:
  void count_protocols(const Member& member, int delta);
  bool is_of_consumers() const;
  void note_subscriptions();

  std::string id_;
  GroupState state_ = GroupState::empty;
  GroupState previous_state_ = GroupState::dead;
  WallTime state_since_;
  int32_t generation_ = 0;
  OptionalText protocol_type_, protocol_name_, leader_;
  std::optional<std::set<std::string, std::less<>>> subscribed_topics_;  // of the last generation, where it could be read
  Members members_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::set<std::string, std::less<>> pending_joins_, pending_syncs_;
  size_t awaiting_joins_ = 0;
  std::map<std::string, size_t, std::less<>> supported_;            // protocol name -> how many members speak it
  size_t& bytes_;
};

}  // namespace evlog::group

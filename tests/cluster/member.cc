// A member of a consumer group, in the classic protocol: joins, syncs (as the leader it assigns the partitions), heartbeats, commits for
// what it owns, and sometimes leaves with or without a word. At the end every member must sit in one generation and commit.
#include "cluster/offsets.h"

namespace evlog::cluster_test {
namespace {

const std::string group_name = "workers";

class Member final : public OffsetClient {
 public:
  Member(Scene& scene, io::Loop& loop, std::string name) : OffsetClient(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!scene_.world.failure()) {
      if (!co_await find_coordinator(group_name) || !co_await join() || !co_await sync()) {
        co_await think();
        continue;
      }
      if (co_await work()) break;
    }
    co_await leave();
  }

  // Errors after which a member begins anew; others are tried again.
  void judge(std::string_view api, ErrorCode code) {
    count_error(api, code);
    if (code == ErrorCode::UNKNOWN_MEMBER_ID || code == ErrorCode::ILLEGAL_GENERATION) member_id_.clear();
    else if (code != ErrorCode::NONE && code != ErrorCode::REBALANCE_IN_PROGRESS && code != ErrorCode::MEMBER_ID_REQUIRED && !may_retry(code))
      unexpected(api, code);
  }

  io::task<bool> join() {
    const int16_t v = version(wire::JoinGroupRequest::info);
    const int32_t floor = scene_.history.generation_floor(group_name);
    wire::JoinGroupRequest request;
    request.group_id = group_name;
    request.session_timeout_ms = session_ms_;
    request.rebalance_timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    request.member_id = member_id_;
    request.protocol_type = "consumer";
    auto& protocol = request.protocols.emplace_back();
    protocol.name = "range";
    protocol.metadata = as_bytes(name_);
    const auto answer = co_await rpc_.call<wire::JoinGroupResponse>(v, request, patience() * 3);
    if (!answer) co_return false;
    const auto& response = answer->message;
    judge("JoinGroup", response.error_code);
    if (response.error_code == ErrorCode::MEMBER_ID_REQUIRED) member_id_ = response.member_id;
    if (response.error_code != ErrorCode::NONE) co_return false;
    scene_.history.joined(group_name, floor, response.generation_id);
    member_id_ = response.member_id;
    generation_ = response.generation_id;
    leads_ = response.leader == response.member_id;
    others_.clear();
    for (const auto& member : response.members) others_.emplace_back(member.member_id);
    if (leads_ && others_.empty()) scene_.world.fail(fmt::format("{}: the leader of generation {} is told no members", name_, generation_));
    co_return true;
  }

  // "3/member2/17:0,2": who led, and which partitions; the leading part names the assignment.
  std::vector<std::string> assignments(const std::string& called) const {
    std::vector<std::string> result(others_.size(), called + ":");
    for (int32_t index = 0; index < scene_.plan.partitions; ++index) result[static_cast<size_t>(index) % others_.size()] += fmt::format("{},", index);
    return result;
  }

  io::task<bool> sync() {
    wire::SyncGroupRequest request;
    request.group_id = group_name;
    request.generation_id = generation_;
    request.member_id = member_id_;
    request.protocol_type = "consumer";
    request.protocol_name = "range";
    std::vector<std::string> texts;
    if (leads_) texts = assignments(fmt::format("{}/{}/{}", generation_, name_, ++assignments_made_));
    for (size_t i = 0; i < texts.size(); ++i) {
      auto& one = request.assignments.emplace_back();
      one.member_id = others_[i];
      one.assignment = as_bytes(texts[i]);
    }
    const auto answer = co_await rpc_.call<wire::SyncGroupResponse>(version(wire::SyncGroupRequest::info), request, patience() * 2);
    if (!answer) co_return false;
    judge("SyncGroup", answer->message.error_code);
    if (answer->message.error_code != ErrorCode::NONE) co_return false;
    take_assignment(std::string(as_text(answer->message.assignment)));
    co_return true;
  }

  void take_assignment(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return scene_.world.fail(fmt::format("{}: generation {} gives the assignment '{}'", name_, generation_, text));
    scene_.history.assigned(group_name, generation_, text.substr(0, colon));
    owned_.clear();
    for (size_t i = colon + 1; i < text.size(); i += 2) owned_.push_back({topic_main, text[i] - '0'});
    note("is in generation {} with {} partitions", generation_, owned_.size());
  }

  // Until the generation ends for this member; true when the whole run has.
  io::task<bool> work() {
    const Committing self{group_name, member_id_, generation_};
    int good = 0;
    for (;;) {
      if (scene_.members_may_end && good >= 3) co_return true;
      if (!scene_.winding_down && random().chance(0.01)) {
        if (random().chance(0.5)) co_await leave();
        member_id_.clear();
        rpc_.close();
        co_return false;
      }
      if (!owned_.empty() && random().chance(0.5)) {
        const PartitionName where = owned_[random().below(owned_.size())];
        const ErrorCode code = random().chance(0.7) ? co_await commit(self, where) : co_await read_back(self, where);
        if (ends_generation(code)) co_return false;
      }
      const ErrorCode beat = co_await heartbeat();
      if (ends_generation(beat)) co_return false;
      if (beat == ErrorCode::NONE) ++good;
      co_await loop_.sleep(milliseconds(session_ms_ / 4));
    }
  }

  bool ends_generation(ErrorCode code) {
    if (code == ErrorCode::UNKNOWN_MEMBER_ID || code == ErrorCode::ILLEGAL_GENERATION) member_id_.clear();
    return code == ErrorCode::UNKNOWN_MEMBER_ID || code == ErrorCode::ILLEGAL_GENERATION || code == ErrorCode::REBALANCE_IN_PROGRESS || scene_.world.failure();
  }

  io::task<ErrorCode> heartbeat() {
    wire::HeartbeatRequest request;
    request.group_id = group_name;
    request.generation_id = generation_;
    request.member_id = member_id_;
    const auto answer = co_await rpc_.call<wire::HeartbeatResponse>(version(wire::HeartbeatRequest::info), request, patience());
    if (!answer) co_return ErrorCode::NETWORK_EXCEPTION;
    const ErrorCode code = answer->message.error_code;
    count_error("Heartbeat", code);
    if (code != ErrorCode::NONE && code != ErrorCode::UNKNOWN_MEMBER_ID && code != ErrorCode::ILLEGAL_GENERATION && code != ErrorCode::REBALANCE_IN_PROGRESS && !may_retry(code))
      unexpected("Heartbeat", code);
    co_return code;
  }

  io::task<void> leave() {
    if (member_id_.empty()) co_return;
    wire::LeaveGroupRequest request;
    request.group_id = group_name;
    const int16_t v = version(wire::LeaveGroupRequest::info);
    if (v < 3) request.member_id = member_id_;
    else request.members.emplace_back().member_id = member_id_;
    co_await rpc_.call<wire::LeaveGroupResponse>(v, request, patience());
  }

  const int32_t session_ms_ = 1500;
  std::string member_id_;
  int32_t generation_ = -1;
  bool leads_ = false;
  int assignments_made_ = 0;
  std::vector<std::string> others_;
  std::vector<PartitionName> owned_;
};

}  // namespace

std::unique_ptr<io::sim::Process> make_member(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Member>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

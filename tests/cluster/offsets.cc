#include "cluster/offsets.h"

namespace evlog::cluster_test {
namespace {

// Said before anything is written.
bool surely_refused(ErrorCode code) {
  return code == ErrorCode::ILLEGAL_GENERATION || code == ErrorCode::UNKNOWN_MEMBER_ID || code == ErrorCode::REBALANCE_IN_PROGRESS ||
         code == ErrorCode::FENCED_INSTANCE_ID;
}

bool member_error(ErrorCode code) { return surely_refused(code) || code == ErrorCode::GROUP_ID_NOT_FOUND; }

class Committer final : public OffsetClient {
 public:
  Committer(Scene& scene, io::Loop& loop, std::string name) : OffsetClient(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    const Committing self{.group = "alone-" + name_};
    bool settled = false;
    while (!settled) {
      while (!co_await find_coordinator(self.group) && !scene_.world.failure()) co_await think();
      const PartitionName where{topic_main, static_cast<int32_t>(random().below(static_cast<uint64_t>(scene_.plan.partitions)))};
      const bool last = scene_.winding_down;
      if (!last && random().chance(0.1)) co_await delete_offset(self.group, where);
      if (!last && random().chance(0.1)) co_await delete_group(self.group);
      const ErrorCode committed = random().chance(0.6) || last ? co_await commit(self, where) : ErrorCode::NONE;
      const ErrorCode read = co_await read_back(self, where);
      settled = last && committed == ErrorCode::NONE && read == ErrorCode::NONE;
      if (scene_.world.failure()) co_return;
      co_await think();
    }
  }
};

}  // namespace

io::task<bool> OffsetClient::find_coordinator(std::string group) {
  if (rpc_.is_open() && random().chance(0.98)) co_return true;
  const int16_t v = version(wire::FindCoordinatorRequest::info);
  wire::FindCoordinatorRequest request;
  if (v < 4) request.key = group;
  else request.coordinator_keys.push_back(group);
  const auto answer = co_await rpc_.call<wire::FindCoordinatorResponse>(v, request, patience());
  if (!answer) co_return false;
  const bool empty = v >= 4 && answer->message.coordinators.empty();
  const ErrorCode code = empty ? ErrorCode::UNKNOWN_SERVER_ERROR : v < 4 ? answer->message.error_code : answer->message.coordinators[0].error_code;
  count_error("FindCoordinator", code);
  if (code != ErrorCode::NONE && !may_retry(code)) unexpected("FindCoordinator", code);
  co_return code == ErrorCode::NONE;
}

io::task<ErrorCode> OffsetClient::commit(Committing who, PartitionName where) {
  const History::Register which{who.group, where};
  const int64_t value = scene_.history.next_commit_value();
  wire::OffsetCommitRequest request;
  request.group_id = who.group;
  request.generation_id_or_member_epoch = who.generation;
  request.member_id = who.member;
  auto& topic = request.topics.emplace_back();
  topic.name = where.topic;
  topic.topic_id = scene_.topic_ids[where.topic];
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = where.index;
  partition.committed_offset = value;
  const std::string metadata = std::to_string(value);
  partition.committed_metadata = metadata;
  if (!co_await rpc_.open()) co_return ErrorCode::NETWORK_EXCEPTION;
  const size_t commit = scene_.history.commit_begins(which, value);
  const auto answer = co_await rpc_.call<wire::OffsetCommitResponse>(version(wire::OffsetCommitRequest::info), request, patience());
  if (!answer) co_return ErrorCode::NETWORK_EXCEPTION;
  const ErrorCode code = answer->message.topics.empty() ? ErrorCode::UNKNOWN_SERVER_ERROR : answer->message.topics[0].partitions[0].error_code;
  count_error("offset_commit", code);
  using Outcome = History::Outcome;
  scene_.history.commit_ends(which, commit, code == ErrorCode::NONE ? Outcome::done : surely_refused(code) ? Outcome::refused : Outcome::unknown);
  if (code != ErrorCode::NONE && !member_error(code) && !may_retry(code)) unexpected("OffsetCommit", code);
  co_return code;
}

io::task<ErrorCode> OffsetClient::read_back(Committing who, PartitionName where) {
  const int16_t v = version(wire::OffsetFetchRequest::info);
  const Duration begun = scene_.world.now();
  wire::OffsetFetchRequest request;
  if (v < 8) {
    request.group_id = who.group;
    auto& topic = request.topics->emplace_back();
    topic.name = where.topic;
    topic.partition_indexes.push_back(where.index);
  } else {
    auto& group = request.groups.emplace_back();
    group.group_id = who.group;
    auto& topic = group.topics->emplace_back();
    topic.name = where.topic;
    topic.topic_id = scene_.topic_ids[where.topic];
    topic.partition_indexes.push_back(where.index);
  }
  const auto answer = co_await rpc_.call<wire::OffsetFetchResponse>(v, request, patience());
  if (!answer) co_return ErrorCode::NETWORK_EXCEPTION;
  const wire::OffsetFetchResponse& response = answer->message;
  ErrorCode code = v < 8 ? response.error_code : response.groups[0].error_code;
  int64_t offset = -1;
  if (v < 8 && !response.topics.empty()) {
    const auto partition = response.topics[0].partitions[0];
    if (code == ErrorCode::NONE) code = partition.error_code;
    offset = partition.committed_offset;
  } else if (v >= 8 && !response.groups[0].topics.empty()) {
    const auto partition = response.groups[0].topics[0].partitions[0];
    if (code == ErrorCode::NONE) code = partition.error_code;
    offset = partition.committed_offset;
  }
  count_error("offset_fetch", code);
  if (code == ErrorCode::NONE) scene_.history.read_back({who.group, where}, begun, offset < 0 ? std::nullopt : std::optional(offset));
  else if (!may_retry(code)) unexpected("OffsetFetch", code);
  co_return code;
}

std::vector<PartitionName> OffsetClient::partitions() const {
  std::vector<PartitionName> all;
  for (int32_t index = 0; index < scene_.plan.partitions; ++index) all.push_back({topic_main, index});
  return all;
}

io::task<ErrorCode> OffsetClient::delete_offset(std::string group, PartitionName where) {
  wire::OffsetDeleteRequest request;
  request.group_id = group;
  auto& topic = request.topics.emplace_back();
  topic.name = where.topic;
  topic.partitions.emplace_back().partition_index = where.index;
  if (!co_await rpc_.open()) co_return ErrorCode::NETWORK_EXCEPTION;
  const Duration begun = scene_.world.now();
  const size_t deletion = scene_.history.commit_begins({group, where}, std::nullopt);
  const auto answer = co_await rpc_.call<wire::OffsetDeleteResponse>(version(wire::OffsetDeleteRequest::info), request, patience());
  if (!answer) co_return ErrorCode::NETWORK_EXCEPTION;
  ErrorCode code = answer->message.error_code;
  if (code == ErrorCode::NONE) code = answer->message.topics.empty() ? ErrorCode::UNKNOWN_SERVER_ERROR : answer->message.topics[0].partitions[0].error_code;
  count_error("OffsetDelete", code);
  using Outcome = History::Outcome;
  const bool missing = code == ErrorCode::GROUP_ID_NOT_FOUND;
  scene_.history.commit_ends({group, where}, deletion, code == ErrorCode::NONE ? Outcome::done : missing ? Outcome::refused : Outcome::unknown);
  if (missing) scene_.history.read_back({group, where}, begun, std::nullopt);
  else if (code != ErrorCode::NONE && !may_retry(code)) unexpected("OffsetDelete", code);
  co_return code;
}

io::task<ErrorCode> OffsetClient::delete_group(std::string group) {
  wire::DeleteGroupsRequest request;
  request.groups_names.push_back(group);
  if (!co_await rpc_.open()) co_return ErrorCode::NETWORK_EXCEPTION;
  const Duration begun = scene_.world.now();
  std::vector<size_t> deletions;
  for (const auto& where : partitions()) deletions.push_back(scene_.history.commit_begins({group, where}, std::nullopt));
  const auto answer = co_await rpc_.call<wire::DeleteGroupsResponse>(version(wire::DeleteGroupsRequest::info), request, patience());
  if (!answer) co_return ErrorCode::NETWORK_EXCEPTION;
  const ErrorCode code = answer->message.results.empty() ? ErrorCode::UNKNOWN_SERVER_ERROR : answer->message.results[0].error_code;
  count_error("DeleteGroups", code);
  using Outcome = History::Outcome;
  const bool missing = code == ErrorCode::GROUP_ID_NOT_FOUND;
  for (size_t i = 0; i < deletions.size(); ++i) {
    const History::Register which{group, partitions()[i]};
    scene_.history.commit_ends(which, deletions[i], code == ErrorCode::NONE ? Outcome::done : missing ? Outcome::refused : Outcome::unknown);
    if (missing) scene_.history.read_back(which, begun, std::nullopt);
  }
  if (code != ErrorCode::NONE && !missing && !may_retry(code)) unexpected("DeleteGroups", code);
  co_return code;
}

std::unique_ptr<io::sim::Process> make_committer(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Committer>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

// DeleteRecords: partitions begin later. Who asks for records below is told OFFSET_OUT_OF_RANGE at once; the answer waits until
// the new beginnings are durable, so that no crash brings back what was acknowledged as deleted. Of a partition that is
// named twice the later wish counts. Files that lie wholly below go with the next retention.
#include <algorithm>
#include <map>
#include <set>

#include "base/mutant.h"
#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"
#include "cluster/names.h"

namespace evlog::broker {
namespace {

using Request = wire::DeleteRecordsRequest;
using Response = wire::DeleteRecordsResponse;

constexpr int64_t all_visible = -1;
constexpr int64_t no_low_watermark = -1;
// Kafka, which does not sync here, is done in no time; a shorter timeout than this would refuse what it grants.
constexpr int32_t timeout_min_ms = 5000;

struct Wish {
  std::string_view topic;
  int32_t partition;
  int64_t offset;
  Offset low_watermark = offset_none;
  ErrorCode error = ErrorCode::NONE;
};

// In the order of the request, each partition once.
std::vector<Wish> wishes_of(const Request& request) {
  std::vector<Wish> wishes;
  std::map<std::pair<std::string_view, int32_t>, size_t> places;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) {
      const auto [place, is_new] = places.try_emplace({topic.name, partition.partition_index}, wishes.size());
      if (is_new) wishes.push_back({topic.name, partition.partition_index, partition.offset});
      else wishes[place->second].offset = partition.offset;
    }
  return wishes;
}

std::set<std::string_view> allowed_topics(Context& context, const Request& request) {
  std::set<std::string_view> asked, allowed;
  for (const auto& topic : request.topics)
    if (asked.insert(topic.name).second && context.authorize(auth::Operation::remove, auth::ResourceType::topic, topic.name)) allowed.insert(topic.name);
  return allowed;
}

Result<partition::Partition*> find_partition(Context& context, const Wish& wish, bool allowed) {
  if (!allowed) return fail(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  const auto* topic = context.image().topic(wish.topic);
  if (!topic || !topic->partition(wish.partition)) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  if (cluster::is_internal_topic(wish.topic)) return fail(ErrorCode::INVALID_TOPIC_EXCEPTION);
  auto* partition = context.broker().partitions->find(topic->id, wish.partition);
  if (!partition) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  return partition;
}

// Gives the directory in which the new beginning must become durable.
log::LogDir* begin_later(Context& context, Wish& wish, bool allowed) {
  const auto found = find_partition(context, wish, allowed);
  if (!found) {
    wish.error = found.error().code;
    return nullptr;
  }
  const auto start = (*found)->delete_records(wish.offset == all_visible ? std::nullopt : std::optional(Offset(wish.offset)));
  if (!start) {
    wish.error = start.error().code;
    return nullptr;
  }
  wish.low_watermark = *start;
  auto* dir = context.broker().partitions->dir_of(**found);
  return dir && dir->log_start_offset((*found)->name()) < *start ? dir : nullptr;
}

Response answer(const std::vector<Wish>& wishes) {
  Response response;
  std::map<std::string_view, size_t> places;
  for (const auto& wish : wishes) {
    const auto [place, is_new] = places.try_emplace(wish.topic, response.topics.size());
    if (is_new) response.topics.emplace_back().name = wish.topic;
    auto& out = response.topics.items()[place->second].partitions.emplace_back();
    out.partition_index = wish.partition;
    out.error_code = wish.error;
    out.low_watermark = wish.error == ErrorCode::NONE ? wish.low_watermark.value() : no_low_watermark;
  }
  return response;
}

}  // namespace

io::task<Response> delete_records(Context& context, const Request& request) {
  auto wishes = wishes_of(request);
  const auto allowed = allowed_topics(context, request);
  std::map<log::LogDir*, std::vector<Wish*>> changed;
  for (auto& wish : wishes)
    if (auto* dir = begin_later(context, wish, allowed.contains(wish.topic))) changed[dir].push_back(&wish);

  if (mutant(6)) changed.clear();
  const MonoTime deadline = context.deadline(std::max(request.timeout_ms, timeout_min_ms));
  for (auto& [dir, waiting] : changed) {
    const auto saved = co_await context.broker().partitions->save_log_starts(*dir, deadline);
    if (saved) continue;
    for (auto* wish : waiting) wish->error = saved.error().code;
  }
  co_return answer(wishes);
}

}  // namespace evlog::broker

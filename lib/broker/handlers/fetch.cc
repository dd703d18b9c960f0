// Fetch: records by long poll, with incremental sessions (KIP-227), topic ids (KIP-516) and truncation detection (KIP-320).
//
// 1. Find or open the session; it says which partitions are wanted.
// 2. Read each wanted partition up to the visible end, within the byte limits.
// 3. Not enough and time left: subscribe to all of them, wait for any progress, read again.
// 4. Answer: everything for a full fetch, only the news for an incremental one. Records leave as file ranges.
// Ways to fail: an unknown or out-of-step session (an error of the whole answer); everything else is an error of one partition,
// and any error ends the waiting at once, as in Kafka.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "base/mutant.h"
#include "broker/fetch_sessions.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_topic_ids = 13;
constexpr int16_t version_node_endpoints = 16;
constexpr int8_t read_uncommitted = 0, read_committed = 1;

// One partition's part of the answer.
struct Reading {
  ErrorCode error = ErrorCode::NONE;
  int64_t high_watermark = -1, last_stable = -1, log_start = -1;
  log::ReadSlice slice;
  std::vector<log::AbortedTransaction> aborted;  // of those in the slice; only for who asked not to see them
  std::optional<log::EpochEnd> diverging;
  bool more_behind = false;           // the read ended with its segment, and newer ones are visible
  bool has_leader_hint = false;
  int32_t leader_id = -1, leader_epoch = -1;
};

struct Wanted {
  std::list<FetchPartition> sessionless;
  FetchSession* session = nullptr;   // found again after every wait: it may be evicted meanwhile
  int32_t session_id = 0;
  bool incremental = false;
  ErrorCode error = ErrorCode::NONE;
  std::list<FetchPartition>& partitions() { return session ? session->partitions() : sessionless; }
};

std::string_view topic_name(const cluster::Image& image, bool by_id, std::string_view name, const Uuid& id) {
  if (!by_id) return name;
  const auto* topic = image.topic(id);
  return topic ? std::string_view(topic->name) : std::string_view();
}

std::list<FetchPartition> requested(Context& context, const wire::FetchRequest& request) {
  const bool by_id = context.version() >= version_topic_ids;
  std::list<FetchPartition> partitions;
  std::map<std::tuple<std::string_view, Uuid, int32_t>, FetchPartition*> places;  // named twice: the later one counts
  for (const auto& topic : request.topics) {
    const std::string_view name = topic_name(context.image(), by_id, topic.topic, topic.topic_id);
    for (const auto& p : topic.partitions) {
      const auto [place, is_new] = places.try_emplace({topic.topic, by_id ? topic.topic_id : Uuid{}, p.partition}, nullptr);
      if (is_new) place->second = &partitions.emplace_back();
      auto& wanted = *place->second;
      wanted.topic = name;
      wanted.topic_id = by_id ? topic.topic_id : Uuid{};
      wanted.partition = p.partition;
      wanted.current_leader_epoch = p.current_leader_epoch;
      wanted.fetch_offset = p.fetch_offset;
      wanted.last_fetched_epoch = p.last_fetched_epoch;
      wanted.log_start_offset = p.log_start_offset;
      wanted.max_bytes = p.partition_max_bytes;
    }
  }
  return partitions;
}

void forget(Context& context, const wire::FetchRequest& request, FetchSession& session) {
  const bool by_id = context.version() >= version_topic_ids;
  for (const auto& topic : request.forgotten_topics_data) {
    for (int32_t partition : topic.partitions) {
      FetchPartition gone;
      gone.topic = topic_name(context.image(), by_id, topic.topic, topic.topic_id);
      gone.topic_id = by_id ? topic.topic_id : Uuid{};
      gone.partition = partition;
      session.forget(gone);
    }
  }
}

int32_t replica_id(Context& context, const wire::FetchRequest& request) {
  return context.version() >= 15 ? request.replica_state.replica_id : request.replica_id;
}

Wanted open_session(Context& context, const wire::FetchRequest& request) {
  auto& sessions = *context.broker().fetch_sessions;
  const MonoTime now = context.broker().loop.mono();
  const bool by_id = context.version() >= version_topic_ids;
  Wanted wanted;
  const bool full = request.session_epoch == fetch_epoch_initial || request.session_epoch == fetch_epoch_final;
  if (full) {
    if (request.session_id != 0) sessions.close(request.session_id);
    auto partitions = requested(context, request);
    const bool may_open = request.session_epoch == fetch_epoch_initial && context.version() >= 7;
    if (may_open) {
      wanted.session = sessions.open(now, replica_id(context, request) >= 0, by_id, partitions);
      if (wanted.session) wanted.session_id = wanted.session->id;
    }
    wanted.sessionless = std::move(partitions);
    return wanted;
  }
  FetchSession* session = sessions.find(request.session_id);
  if (!session) wanted.error = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
  else if (session->epoch != request.session_epoch) wanted.error = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
  else if (session->uses_topic_ids != by_id) wanted.error = ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR;
  if (wanted.error != ErrorCode::NONE) return wanted;

  for (const auto& partition : requested(context, request)) session->update(partition);
  forget(context, request, *session);
  // A topic that was unknown may have been created since.
  for (auto& p : session->partitions())
    if (by_id && p.topic.empty()) p.topic = topic_name(context.image(), true, "", p.topic_id);
  if (session->size() == 0) {  // nothing left to follow: the session ends
    sessions.close(session->id);
    return wanted;
  }
  session->epoch = session->epoch == INT32_MAX ? 1 : session->epoch + 1;
  sessions.touch(*session, now);
  wanted.session = session;
  wanted.session_id = session->id;
  wanted.incremental = true;
  return wanted;
}

// What can be told without reading: existence, rights, leadership, epochs, divergence.
Result<partition::Partition*> find_partition(Context& context, const FetchPartition& wanted, int32_t replica) {
  if (wanted.topic.empty()) return fail(context.version() < version_topic_ids ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : ErrorCode::UNKNOWN_TOPIC_ID);
  // A follower was asked for its right to the cluster once, for the whole request.
  if (replica < 0 && !context.authorize(auth::Operation::read, auth::ResourceType::topic, wanted.topic)) return fail(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  const auto* topic = context.image().topic(wanted.topic);
  if (!topic || !topic->partition(wanted.partition)) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  auto* partition = context.broker().partitions->find(topic->id, wanted.partition);
  if (!partition) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  if (!wanted.topic_id.is_zero() && partition->topic_id() != wanted.topic_id) return fail(ErrorCode::INCONSISTENT_TOPIC_ID);
  const auto epoch = wanted.current_leader_epoch >= 0 ? std::optional(LeaderEpoch(wanted.current_leader_epoch)) : std::nullopt;
  if (auto leads = partition->check_leader(epoch); !leads) return fail(leads.error());
  const auto& replicas = topic->partition(wanted.partition)->replicas;
  const bool follows = BrokerId(replica) != context.broker().id && std::ranges::find(replicas, BrokerId(replica)) != replicas.end();
  if (replica >= 0 && !follows) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  return partition;
}

// Refused before any partition was looked at. Kafka answers these behind all others, with an empty list of aborted transactions.
bool refused(const Reading& reading) {
  return reading.error == ErrorCode::UNKNOWN_TOPIC_ID || reading.error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION ||
         reading.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED;
}

void hint_leader(Context& context, const FetchPartition& wanted, Reading& reading) {
  const bool moved = reading.error == ErrorCode::NOT_LEADER_OR_FOLLOWER || reading.error == ErrorCode::FENCED_LEADER_EPOCH;
  if (!moved || context.version() < version_node_endpoints) return;
  const auto* topic = context.image().topic(wanted.topic);
  const auto* view = topic ? topic->partition(wanted.partition) : nullptr;
  if (!view) return;
  reading.has_leader_hint = true;
  reading.leader_id = view->leader.value();
  reading.leader_epoch = view->leader_epoch.value();
}

// The client's last fetched epoch ended earlier here than it thinks: it must truncate before it goes on (KIP-320).
std::optional<log::EpochEnd> divergence(const log::Log& log, const FetchPartition& wanted, ErrorCode& error) {
  if (wanted.last_fetched_epoch < 0) return std::nullopt;
  const log::EpochEnd end = log.end_offset_for_epoch(LeaderEpoch(wanted.last_fetched_epoch));
  if (end.epoch == epoch_none || end.end_offset == offset_none) {
    error = ErrorCode::OFFSET_OUT_OF_RANGE;
    return std::nullopt;
  }
  if (end.epoch.value() < wanted.last_fetched_epoch || end.end_offset.value() < wanted.fetch_offset) return end;
  return std::nullopt;
}

// How far this reader sees: committed transactions only, or all that is durable.
Offset visible_end(const partition::Partition& partition, int8_t isolation) {
  return isolation == read_committed ? partition.last_stable_offset() : partition.high_watermark();
}

struct Limits { int8_t isolation; uint32_t bytes_max; bool at_least_one; };

io::task<Reading> read_one(Context& context, FetchPartition wanted, int32_t replica, Limits limits) {
  Reading reading;
  const auto found = find_partition(context, wanted, replica);
  if (!found) {
    reading.error = found.error().code;
    hint_leader(context, wanted, reading);
    co_return reading;
  }
  partition::Partition& partition = **found;
  const partition::InUse in_use(partition);
  reading.diverging = divergence(partition.log(), wanted, reading.error);
  if (reading.error != ErrorCode::NONE) co_return reading;
  const Offset visible = mutant(35) ? partition.log().written_end_offset() : visible_end(partition, limits.isolation);
  const Offset high_watermark = partition.high_watermark(), last_stable = partition.last_stable_offset();
  const Offset log_start = partition.log_start_offset();
  const Offset from(wanted.fetch_offset);
  if (!reading.diverging) {
    auto slice = co_await partition.log().read({.from = from, .upper = visible, .bytes_max = limits.bytes_max, .at_least_one_batch = limits.at_least_one});
    if (!slice) {
      reading.error = slice.error().code;
      co_return reading;
    }
    if (limits.isolation == read_committed && slice->size_bytes > 0) {
      auto aborted = co_await partition.log().aborted_in(from, *slice);
      if (!aborted) {
        reading.error = aborted.error().code;
        co_return reading;
      }
      reading.aborted = std::move(*aborted);
    }
    reading.slice = std::move(*slice);
    const Offset newest = partition.log().last_segment_offset();
    reading.more_behind = from < newest && newest <= visible;
  }
  reading.high_watermark = high_watermark.value();
  reading.last_stable = last_stable.value();
  reading.log_start = log_start.value();
  co_return reading;
}

struct Round {
  std::vector<Reading> readings;  // one per wanted partition, in order
  uint64_t bytes = 0;
  bool at_once = false;           // an error, a divergence or a reader far behind (as in Kafka) ends the waiting
};

io::task<Round> read_all(Context& context, const std::vector<FetchPartition>& wanted, const wire::FetchRequest& request, uint32_t bytes_max) {
  Round round;
  round.readings.reserve(wanted.size());
  uint64_t left = bytes_max;
  bool first_data = true;  // the first partition with data gives a whole batch, however large (KIP-74)
  for (const auto& p : wanted) {
    const auto limit = static_cast<uint32_t>(std::min<uint64_t>(left, static_cast<uint32_t>(std::max(p.max_bytes, 0))));
    Reading reading = co_await read_one(context, p, replica_id(context, request), {request.isolation_level, limit, first_data});
    round.at_once = round.at_once || reading.error != ErrorCode::NONE || reading.diverging || reading.more_behind;
    if (reading.slice.size_bytes > 0) first_data = false;
    round.bytes += reading.slice.size_bytes;
    left -= std::min<uint64_t>(left, reading.slice.size_bytes);
    round.readings.push_back(std::move(reading));
  }
  co_return round;
}

// Moves when any of the wanted partitions has something new to show.
uint64_t visible_sum(Context& context, const std::vector<FetchPartition>& wanted, int8_t isolation) {
  uint64_t sum = 0;
  for (const auto& p : wanted)
    if (auto* partition = context.broker().partitions->find(p.topic, p.partition)) sum += static_cast<uint64_t>(visible_end(*partition, isolation).value());
  return sum;
}

// Reads until there is enough, something is wrong, or the time is over.
io::task<Round> read_until_enough(Context& context, const std::vector<FetchPartition>& wanted, const wire::FetchRequest& request) {
  const auto bytes_max = static_cast<uint32_t>(std::clamp(request.max_bytes, 0, context.broker().settings.fetch_max_bytes));
  const auto bytes_min = std::min<uint64_t>(static_cast<uint32_t>(std::max(request.min_bytes, 0)), bytes_max);
  const MonoTime deadline = context.deadline(std::max(request.max_wait_ms, 0));
  for (;;) {
    const uint64_t before = visible_sum(context, wanted, request.isolation_level);
    Round round = co_await read_all(context, wanted, request, bytes_max);
    if (round.at_once || round.bytes >= bytes_min || context.broker().loop.mono() >= deadline || wanted.empty()) co_return round;
    if (visible_sum(context, wanted, request.isolation_level) != before) continue;  // something came while a read waited
    io::Event news(context.broker().loop);
    std::deque<partition::Subscription> subscriptions;
    for (const auto& p : wanted)
      if (auto* partition = context.broker().partitions->find(p.topic, p.partition)) subscriptions.emplace_back(partition->waiters(), news);
    co_await news.wait_until(deadline);
  }
}

bool has_news(const FetchPartition& partition, const Reading& reading) {
  return reading.slice.size_bytes > 0 || reading.error != ErrorCode::NONE || reading.diverging ||
         partition.answered_high_watermark != reading.high_watermark || partition.answered_log_start != reading.log_start;
}

void fill(Context& context, const wire::FetchRequest& request, const FetchPartition& wanted, Reading& reading,
          wire::FetchResponse::Topic::Partition& out) {
  out.partition_index = wanted.partition;
  out.error_code = reading.error;
  out.high_watermark = reading.high_watermark;
  out.last_stable_offset = reading.last_stable;
  out.log_start_offset = reading.log_start;
  out.preferred_read_replica = -1;
  if (reading.diverging) {
    out.diverging_epoch.epoch = reading.diverging->epoch.value();
    out.diverging_epoch.end_offset = reading.diverging->end_offset.value();
  }
  if (reading.has_leader_hint) {
    out.current_leader.leader_id = reading.leader_id;
    out.current_leader.leader_epoch = reading.leader_epoch;
  }
  // Kafka lists aborted transactions only to those who asked not to see them.
  if (!refused(reading) && (request.isolation_level != read_committed || reading.error != ErrorCode::NONE)) out.aborted_transactions.reset();
  else for (const auto& one : reading.aborted) out.aborted_transactions->push_back({one.producer.value(), one.first.value()});
  out.records.emplace();
  if (reading.slice.size_bytes == 0) return;
  out.records->attached_size = reading.slice.size_bytes;
  out.records->attachment = context.attach({std::move(reading.slice.file), reading.slice.position, reading.slice.size_bytes});
  context.broker().metrics.fetch_bytes_out += reading.slice.size_bytes;
}

void remember(FetchSession& session, const FetchPartition& wanted, const Reading& reading, bool incremental) {
  FetchPartition* const known = session.find(wanted);
  if (!known) return;
  known->answered_high_watermark = reading.error == ErrorCode::NONE ? reading.high_watermark : -1;
  known->answered_log_start = reading.error == ErrorCode::NONE ? reading.log_start : -1;
  // Who got data goes to the end, so that under tight limits every partition gets its turn.
  if (incremental && reading.slice.size_bytes > 0) session.serve_last(wanted);
}

void add_endpoint(Context& context, int32_t leader, wire::FetchResponse& response) {
  if (leader < 0) return;
  for (const auto& known : response.node_endpoints)
    if (known.node_id == leader) return;
  const auto* broker = context.image().broker(BrokerId(leader));
  const auto* endpoint = broker ? broker->endpoint(context.peer().listener) : nullptr;
  if (!endpoint) return;
  auto& out = response.node_endpoints.emplace_back();
  out.node_id = leader;
  out.host = endpoint->host;
  out.port = endpoint->port;
  if (broker->rack) out.rack = *broker->rack;
}

void answer(Context& context, const wire::FetchRequest& request, const Wanted& wanted, const std::vector<FetchPartition>& partitions,
            Round& round, wire::FetchResponse& response) {
  FetchSession* session = wanted.session_id ? context.broker().fetch_sessions->find(wanted.session_id) : nullptr;
  wire::FetchResponse::Topic* topic = nullptr;
  uint64_t bytes = 0;
  std::vector<size_t> order;
  for (size_t i = 0; i < partitions.size(); ++i)
    if (!refused(round.readings[i])) order.push_back(i);
  for (size_t i = 0; i < partitions.size(); ++i)
    if (refused(round.readings[i])) order.push_back(i);
  for (const size_t i : order) {
    const auto& p = partitions[i];
    Reading& reading = round.readings[i];
    bytes += reading.slice.size_bytes;
    const bool wanted_in_answer = !wanted.incremental || has_news(p, reading);
    if (session) remember(*session, p, reading, wanted.incremental);
    if (!wanted_in_answer) continue;
    const bool same_topic = topic && (p.topic_id.is_zero() ? topic->topic == p.topic : topic->topic_id == p.topic_id);
    if (!same_topic) {
      topic = &response.responses.emplace_back();
      topic->topic = context.keep(p.topic);
      topic->topic_id = p.topic_id;
    }
    if (reading.has_leader_hint) add_endpoint(context, reading.leader_id, response);
    fill(context, request, p, reading, topic->partitions.emplace_back());
  }
  response.throttle_time_ms = context.throttle(bytes);
}

// Kafka has no other word for an isolation level that it does not know than an unknown error for everything asked for.
void refuse_all(const wire::FetchRequest& request, wire::FetchResponse& response) {
  response.error_code = ErrorCode::UNKNOWN_SERVER_ERROR;
  for (const auto& topic : request.topics) {
    auto& out = response.responses.emplace_back();
    out.topic = topic.topic;
    out.topic_id = topic.topic_id;
    for (const auto& asked : topic.partitions) {
      auto& partition = out.partitions.emplace_back();
      partition.partition_index = asked.partition;
      partition.error_code = ErrorCode::UNKNOWN_SERVER_ERROR;
      partition.high_watermark = -1;
      partition.records.emplace();
    }
  }
}

// Consumers are asked for each topic; a follower for the right to act for the cluster.
bool may_fetch(Context& context, const wire::FetchRequest& request) {
  if (replica_id(context, request) < 0) return true;
  return context.authorize(auth::Operation::cluster_action, auth::ResourceType::cluster, auth::cluster_resource);
}

}  // namespace

io::task<wire::FetchResponse> fetch(Context& context, const wire::FetchRequest& request) {
  wire::FetchResponse response;
  if (request.isolation_level != read_uncommitted && request.isolation_level != read_committed) {
    refuse_all(request, response);
    co_return response;
  }
  Wanted wanted = open_session(context, request);
  if (wanted.error != ErrorCode::NONE) {
    response.error_code = wanted.error;
    co_return response;
  }
  const std::vector<FetchPartition> partitions(wanted.partitions().begin(), wanted.partitions().end());
  Round round;
  if (may_fetch(context, request)) round = co_await read_until_enough(context, partitions, request);
  else round.readings.assign(partitions.size(), Reading{.error = ErrorCode::TOPIC_AUTHORIZATION_FAILED});
  response.session_id = wanted.session_id;
  answer(context, request, wanted, partitions, round, response);
  co_return response;
}

}  // namespace evlog::broker

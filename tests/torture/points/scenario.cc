#include "torture/points/scenario.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "record/batch_builder.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::torture {
namespace {

constexpr int16_t produce_version = 9, fetch_version = 11, create_version = 5, delete_version = 4, commit_version = 7, fetch_offsets_version = 6,
                  delete_records_version = 1, list_version = 5;
constexpr int32_t timeout_ms = 20'000;
constexpr const char *group = "torture", *compacted_topic = "keyed", *short_topic = "short";
constexpr int attempts_max = 500;                 // at something that a server which has just started does not yet answer
constexpr useconds_t attempt_every_us = 10'000;

bool is_for_later(ErrorCode code) {
  return code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS || code == ErrorCode::NOT_COORDINATOR || code == ErrorCode::COORDINATOR_NOT_AVAILABLE ||
         code == ErrorCode::LEADER_NOT_AVAILABLE;
}

}  // namespace

std::vector<Place> Scenario::places(bool compacted) const {
  std::vector<Place> out;
  for (const auto& [name, topic] : model_.topics)
    if (topic.exists == Known::yes && topic.deleted == Known::no && (name == compacted_topic) == compacted)
      for (int32_t i = 0; i < topic.partitions; ++i) out.push_back({name, i});
  return out;
}

Scenario::Step Scenario::step(Client& client) {
  const auto said = [](bool answered) { return answered ? Step::done : Step::no_answer; };
  switch (step_++) {
    case 0: return said(create(client, "first", 3, {}));
    case 1: return said(create(client, compacted_topic, 1, {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.01"}, {"segment.ms", "1"}, {"delete.retention.ms", "0"}}));
    case 2: return said(create(client, short_topic, 1, {{"retention.bytes", "700000"}}));
    default: break;
  }
  switch (random_.below(20)) {
    case 0: return said(create(client, fmt::format("more{}", next_topic_++), static_cast<int32_t>(1 + random_.below(3)), {}));
    case 1: return said(next_topic_ > 0 ? remove(client, fmt::format("more{}", random_.below(static_cast<uint64_t>(next_topic_)))) : true);
    case 2: return said(delete_records(client));
    case 3: case 4: return said(commit(client));
    case 5: case 6: case 7: return said(produce_big(client));
    case 8: case 9: case 10: return said(produce_keyed(client));
    case 11: return random_.below(2) == 0 ? Step::restart : Step::done;
    default: return said(produce_small(client));
  }
}

void Scenario::acknowledged(const Place& place) {
  ++model_.acked;
  if (!witness_ || !violation_.empty()) return;
  if (auto wrong = witness_(place)) violation_ = std::move(*wrong);
}

bool Scenario::produce_small(Client& client) {
  auto to = places(false);
  if (to.empty()) return true;
  for (size_t i = to.size(); i > 1; --i) std::swap(to[i - 1], to[random_.below(i)]);
  to.resize(1 + random_.below(to.size()));
  return produce(client, to, static_cast<int>(1 + random_.below(4)), 20, false);
}

bool Scenario::produce_big(Client& client) {
  const auto to = places(false);
  if (to.empty()) return true;
  const Place place = random_.below(2) == 0 && model_.topics[short_topic].exists == Known::yes ? Place{short_topic, 0} : to[random_.below(to.size())];
  return produce(client, {place}, 2, 170'000, false);
}

bool Scenario::produce_keyed(Client& client) {
  const auto to = places(true);
  return to.empty() || produce(client, to, static_cast<int>(1 + random_.below(8)), random_.below(8) == 0 ? 60'000 : 30, true);
}

bool Scenario::produce(Client& client, std::vector<Place> to, int records, size_t value_bytes, bool keyed) {
  std::ranges::sort(to);  // a topic's partitions stand together
  wire::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = timeout_ms;
  wire::ProduceRequest::Topic* topic = nullptr;
  std::vector<Buffer> batches;
  batches.reserve(to.size());
  std::vector<size_t> first_sent;
  for (const Place& place : to) {
    auto& log = model_.logs[place];
    log.compacted = keyed;
    log.shortened = place.topic == short_topic;
    first_sent.push_back(log.sent.size());
    record::BatchBuilder builder;
    for (int i = 0; i < records; ++i) {
      std::string key = keyed ? fmt::format("k{}", random_.below(6)) : std::string();
      std::string value = fmt::format("{}:", next_value_++);
      value.append(value_bytes, static_cast<char>('a' + next_value_ % 26));
      builder.add({.timestamp = static_cast<int64_t>(::time(nullptr)) * 1000,  // retention by time has nothing to take
                    .key = keyed ? std::optional(as_bytes(key)) : std::nullopt, .value = as_bytes(value)});
      log.sent.push_back({std::move(key), std::move(value), std::nullopt});
    }
    batches.push_back(builder.build());
    if (!topic || topic->name != place.topic) {
      topic = &request.topic_data.emplace_back();
      topic->name = place.topic;
    }
    auto& partition = topic->partition_data.emplace_back();
    partition.index = place.partition;
    partition.records = wire::Records{.bytes = batches.back().bytes()};
  }
  const auto answer = client.call<wire::ProduceResponse>(produce_version, request);
  if (!answer) return false;
  for (const auto& told : answer->message.responses)
    for (const auto& partition : told.partition_responses) {
      if (partition.error_code != ErrorCode::NONE) {
        if (partition.error_code == ErrorCode::UNKNOWN_SERVER_ERROR) violation_ = "a produce is answered UNKNOWN_SERVER_ERROR";
        continue;
      }
      const Place place{std::string(told.name), partition.index};
      const size_t at = static_cast<size_t>(std::ranges::find(to, place) - to.begin());
      if (at == to.size()) return violation_ = "an answer for a partition that was not asked", true;
      auto& log = model_.logs[place];
      for (int i = 0; i < records; ++i) log.sent[first_sent[at] + static_cast<size_t>(i)].acked_at = partition.base_offset + i;
      acknowledged(place);
    }
  return true;
}

bool Scenario::create(Client& client, const std::string& name, int32_t partitions, std::vector<std::pair<std::string, std::string>> configs) {
  auto& topic = model_.topics[name];
  topic = {.exists = Known::perhaps, .deleted = Known::no, .partitions = partitions};
  wire::CreateTopicsRequest request;
  request.timeout_ms = timeout_ms;
  auto& wanted = request.topics.emplace_back();
  wanted.name = name;
  wanted.num_partitions = partitions;
  wanted.replication_factor = 1;
  for (const auto& [key, value] : configs) {
    auto& config = wanted.configs.emplace_back();
    config.name = key;
    config.value = value;
  }
  const auto answer = client.call<wire::CreateTopicsResponse>(create_version, request);
  if (!answer) return false;
  if (answer->message.topics.size() == 1 && answer->message.topics[0].error_code == ErrorCode::NONE) topic.exists = Known::yes;
  return true;
}

bool Scenario::remove(Client& client, const std::string& name) {
  auto& topic = model_.topics[name];
  if (topic.exists != Known::yes || topic.deleted == Known::yes) return true;
  topic.deleted = Known::perhaps;
  wire::DeleteTopicsRequest request;
  request.timeout_ms = timeout_ms;
  request.topic_names.push_back(name);
  const auto answer = client.call<wire::DeleteTopicsResponse>(delete_version, request);
  if (!answer) return false;
  if (answer->message.responses.size() == 1 && answer->message.responses[0].error_code == ErrorCode::NONE) topic.deleted = Known::yes;
  return true;
}

bool Scenario::commit(Client& client) {
  const auto to = places(false);
  if (to.empty()) return true;
  const Place place = to[random_.below(to.size())];
  const int64_t offset = static_cast<int64_t>(random_.below(1000));
  model_.commits[place].asked.push_back(offset);
  wire::OffsetCommitRequest request;
  request.group_id = group;
  auto& topic = request.topics.emplace_back();
  topic.name = place.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = place.partition;
  partition.committed_offset = offset;
  for (int attempt = 0; attempt < attempts_max; ++attempt, ::usleep(attempt_every_us)) {
    wire::FindCoordinatorRequest find;
    find.key = group;
    if (!client.call<wire::FindCoordinatorResponse>(2, find)) return false;
    const auto answer = client.call<wire::OffsetCommitResponse>(commit_version, request);
    if (!answer) return false;
    if (answer->message.topics.empty() || answer->message.topics[0].partitions.empty()) return true;
    const ErrorCode code = answer->message.topics[0].partitions[0].error_code;
    if (is_for_later(code)) continue;
    if (code != ErrorCode::NONE) return true;
    model_.commits[place] = {.acked = offset, .asked = {}};
    acknowledged({"__consumer_offsets", 0});
    return true;
  }
  return true;
}

bool Scenario::delete_records(Client& client) {
  const auto to = places(false);
  if (to.empty()) return true;
  const Place place = to[random_.below(to.size())];
  auto& log = model_.logs[place];
  int64_t end = 0;
  for (const auto& sent : log.sent)
    if (sent.acked_at) end = std::max(end, *sent.acked_at + 1);
  const int64_t offset = static_cast<int64_t>(random_.below(static_cast<uint64_t>(end) + 1));
  log.start_asked = std::max(log.start_asked, offset);
  wire::DeleteRecordsRequest request;
  request.timeout_ms = timeout_ms;
  auto& topic = request.topics.emplace_back();
  topic.name = place.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = place.partition;
  partition.offset = offset;
  const auto answer = client.call<wire::DeleteRecordsResponse>(delete_records_version, request);
  if (!answer) return false;
  for (const auto& t : answer->message.topics)
    for (const auto& p : t.partitions)
      if (p.error_code == ErrorCode::NONE) log.start_acked = std::max(log.start_acked, offset);
  return true;
}

std::optional<int64_t> Scenario::list_offset(Client& client, const Place& place, int64_t which) {
  for (int attempt = 0; attempt < attempts_max; ++attempt, ::usleep(attempt_every_us)) {
    wire::ListOffsetsRequest request;
    request.replica_id = -1;
    auto& topic = request.topics.emplace_back();
    topic.name = place.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = place.partition;
    partition.timestamp = which;
    const auto answer = client.call<wire::ListOffsetsResponse>(list_version, request);
    if (!answer) return std::nullopt;
    const auto& told = answer->message.topics[0].partitions[0];
    if (told.error_code == ErrorCode::NONE) return told.offset;
    if (!is_for_later(told.error_code)) return violation_ = fmt::format("the ends of {} are answered {}", place.text(), error_name(told.error_code)), std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> Scenario::read(Client& client, const Place& place, int64_t& log_start, std::vector<Stored>& into) {
  const auto start = list_offset(client, place, -2), end = list_offset(client, place, -1);
  if (!start || !end) return violation_.empty() ? fmt::format("the ends of {} are not answered", place.text()) : violation_;
  log_start = *start;
  for (int64_t at = *start; at < *end;) {
    wire::FetchRequest request;
    request.max_bytes = 8 << 20;
    auto& topic = request.topics.emplace_back();
    topic.topic = place.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition = place.partition;
    partition.fetch_offset = at;
    partition.partition_max_bytes = 4 << 20;
    const auto answer = client.call<wire::FetchResponse>(fetch_version, request);
    if (!answer) return fmt::format("a fetch from {} at {} is not answered", place.text(), at);
    const auto& told = answer->message.responses[0].partitions[0];
    if (told.error_code != ErrorCode::NONE) return fmt::format("a fetch from {} at {} is answered {}", place.text(), at, error_name(told.error_code));
    const Bytes bytes = told.records ? told.records->bytes : Bytes{};
    const int64_t before = at;
    record::BatchIterator batches(bytes);
    while (auto batch = batches.next()) {
      if (auto whole = batch->check_crc(); !whole) return fmt::format("{} at {}: {}", place.text(), at, whole.error().message);
      record::RecordIterator records(*batch);
      while (auto record = records.next())
        if (record->offset.value() >= *start)
          into.push_back({record->offset.value(), std::string(as_text(record->key.value_or(Bytes{}))), std::string(as_text(record->value.value_or(Bytes{})))});
      if (auto good = records.status(); !good) return fmt::format("{} at {}: {}", place.text(), at, good.error().message);
      at = batch->next_offset().value();
    }
    if (at == before) return fmt::format("{} ends at {} and gives nothing at {}", place.text(), *end, at);
  }
  return std::nullopt;
}

std::optional<std::string> Scenario::verify_topic(Client& client, const std::string& name, const Model::Topic& topic) {
  wire::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  request.topics->emplace_back().name = name;
  const auto answer = client.call<wire::MetadataResponse>(5, request);
  if (!answer) return "metadata is not answered";
  const auto& told = answer->message.topics[0];
  const bool there = told.error_code == ErrorCode::NONE;
  if (topic.deleted == Known::yes && there) return fmt::format("{} was deleted and is there", name);
  if (topic.exists == Known::yes && topic.deleted == Known::no && !there) return fmt::format("lost: topic {} ({})", name, error_name(told.error_code));
  if (!there) return std::nullopt;
  if (told.partitions.size() != static_cast<size_t>(topic.partitions)) return fmt::format("{} has {} partitions, not {}", name, told.partitions.size(), topic.partitions);
  for (int32_t i = 0; i < topic.partitions; ++i) {
    int64_t log_start = 0;
    std::vector<Stored> stored;
    if (auto wrong = read(client, {name, i}, log_start, stored)) return wrong;
    if (auto wrong = model_.judge({name, i}, log_start, stored)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Scenario::verify_commits(Client& client) {
  for (const auto& [place, commit] : model_.commits) {
    const auto topic = model_.topics.find(place.topic);
    if (topic == model_.topics.end() || topic->second.deleted != Known::no) continue;  // its offsets went with it
    for (int attempt = 0;; ++attempt, ::usleep(attempt_every_us)) {
      wire::FindCoordinatorRequest find;
      find.key = group;
      if (!client.call<wire::FindCoordinatorResponse>(2, find)) return "the coordinator is not told";
      wire::OffsetFetchRequest request;
      request.group_id = group;
      auto& asked = request.topics->emplace_back();
      asked.name = place.topic;
      asked.partition_indexes.push_back(place.partition);
      const auto answer = client.call<wire::OffsetFetchResponse>(fetch_offsets_version, request);
      if (!answer) return "offsets are not answered";
      const ErrorCode code = answer->message.error_code;
      if (is_for_later(code) && attempt < attempts_max) continue;
      if (code != ErrorCode::NONE) return fmt::format("offsets are answered {}", error_name(code));
      if (auto wrong = model_.judge_commit(place, answer->message.topics[0].partitions[0].committed_offset)) return wrong;
      break;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Scenario::verify(Client& client) {
  for (const auto& [name, topic] : model_.topics)
    if (auto wrong = verify_topic(client, name, topic)) return wrong;
  return verify_commits(client);
}

std::map<Place, ErrorCode> Scenario::write_everywhere(Client& client) {
  std::map<Place, ErrorCode> refused;
  for (const bool compacted : {false, true})
    for (const Place& place : places(compacted)) {
      const uint64_t before = model_.acked;
      if (!produce(client, {place}, 1, 10, compacted)) refused[place] = ErrorCode::NETWORK_EXCEPTION;
      else if (model_.acked == before) refused[place] = ErrorCode::KAFKA_STORAGE_ERROR;
    }
  return refused;
}

}  // namespace evlog::torture

#include "broker/group_coordinator.h"

#include <algorithm>

#include "base/mutant.h"
#include "broker/controller.h"
#include "broker/group_loader.h"
#include "broker/partitions.h"
#include "group/records.h"
#include "record/batch_builder.h"

namespace evlog::broker {
namespace {

group::Settings settings_of(const config::BrokerConfig& c) {
  return {.initial_rebalance_delay_ms = c.group_initial_rebalance_delay_ms,
          .session_timeout_ms_min = c.group_min_session_timeout_ms,
          .session_timeout_ms_max = c.group_max_session_timeout_ms,
          .group_size_max = c.group_max_size,
          .offset_metadata_max = c.offset_metadata_max_bytes,
          .offsets_retention_ms = c.offsets_retention_minutes * 60'000,
          .offsets_retention_check_interval_ms = c.offsets_retention_check_interval_ms};
}

// Kafka's settings of its own topic.
std::vector<std::pair<std::string, std::optional<std::string>>> topic_configs(const config::BrokerConfig& c) {
  return {{"cleanup.policy", "compact"}, {"compression.type", "producer"}, {"segment.bytes", std::to_string(c.offsets_topic_segment_bytes)}};
}

Buffer batch_of(const group::Append& append, int32_t codec) {
  record::BatchBuilder builder({.compression = static_cast<record::Compression>(codec)});
  for (const auto& r : append.records) {
    builder.add({.timestamp = to_ms(append.timestamp), .key = as_bytes(r.key), .value = r.value ? std::optional(as_bytes(*r.value)) : std::nullopt});
  }
  return builder.build();
}

}  // namespace

GroupCoordinator::Waiting::Waiting(GroupCoordinator& coordinator)
    : owner(coordinator), token(++coordinator.token_last_), answered(coordinator.broker_.loop) {
  owner.waiting_.emplace(token, this);
}
GroupCoordinator::Waiting::~Waiting() { owner.waiting_.erase(token); }

GroupCoordinator::GroupCoordinator(Broker& broker, io::Nursery& nursery)
    : broker_(broker), nursery_(nursery), settings_(settings_of(broker.settings)), timers_changed_(broker.loop), created_(broker.loop) {}

int32_t GroupCoordinator::partition_for(std::string_view group) const {
  const auto image = broker_.image();
  const auto* topic = image->topic(offsets_topic);
  const auto partitions = topic ? static_cast<int32_t>(topic->partitions.size()) : broker_.settings.offsets_topic_partitions;
  return group::partition_of_group(group, std::max(partitions, 1));
}

io::task<bool> GroupCoordinator::ensure_topic() {
  while (creating_) co_await created_.wait();
  if (broker_.image()->topic(offsets_topic)) co_return true;
  creating_ = true;
  const auto& c = broker_.settings;
  const auto alive = static_cast<int16_t>(std::clamp<size_t>(broker_.image()->alive_brokers(), 1, INT16_MAX));
  NewTopic topic{.name = std::string(offsets_topic), .partitions = c.offsets_topic_partitions, .configs = topic_configs(c)};
  topic.replication_factor = c.offsets_topic_replication_factor_set ? c.offsets_topic_replication_factor : std::min(c.offsets_topic_replication_factor, alive);
  std::vector<NewTopic> topics;
  topics.push_back(std::move(topic));
  const auto outcomes = co_await broker_.controller->create_topics(std::move(topics), false);
  creating_ = false;
  created_.notify_all();
  const auto& outcome = outcomes.front();
  if (outcome.error == ErrorCode::NONE || outcome.error == ErrorCode::TOPIC_ALREADY_EXISTS) co_return true;
  broker_.log('W', "group", fmt::format("{} could not be created: {} {}", offsets_topic, error_name(outcome.error), outcome.message.value_or("")));
  co_return false;
}

io::task<> GroupCoordinator::follow(cluster::ImagePtr before, cluster::ImagePtr now) {
  co_await broker_.partitions->caught_up(now->offset());
  const auto* topic = now->topic(offsets_topic);
  const auto count = topic ? static_cast<int32_t>(topic->partitions.size()) : 0;
  const auto leads = [&](int32_t index) {
    const auto* p = index < count ? broker_.partitions->find(offsets_topic, index) : nullptr;
    return p && p->leads();
  };
  std::vector<int32_t> lost;
  for (const auto& [index, _] : led_) {
    if (!leads(index)) lost.push_back(index);
  }
  for (const auto index : lost) release(index);
  for (int32_t index = 0; index < count; ++index) {
    if (!leads(index) || led_.contains(index)) continue;
    auto& led = led_[index];
    led.life = ++life_last_;
    nursery_.spawn(load(index, led.life));
  }
  if (before) forget_deleted(*before, *now);
}

void GroupCoordinator::forget_deleted(const cluster::Image& before, const cluster::Image& now_image) {
  if (&before.topics() == &now_image.topics()) return;
  for (const auto& [name, topic] : before.topics()) {
    if (now_image.topic(topic->id)) continue;
    std::vector<int32_t> active;
    for (const auto& [index, led] : led_) {
      if (led.state == State::active) active.push_back(index);
    }
    for (const auto index : active) (void)submit(index, group::TopicDeleted{name, topic->id});
  }
}

io::task<> GroupCoordinator::load(int32_t index, uint64_t life) {
  auto* partition = broker_.partitions->find(offsets_topic, index);
  auto shard = std::make_unique<group::Shard>(settings_);
  auto loaded = partition ? co_await load_groups(broker_, *partition, *shard) : fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  const auto it = led_.find(index);
  if (it == led_.end() || it->second.life != life) co_return;  // given back meanwhile
  if (!loaded) {
    it->second.state = State::failed;
    broker_.log('E', "group", fmt::format("the groups of this partition cannot be served: {}", loaded.error().message));
    co_return;
  }
  it->second.shard = std::move(shard);
  it->second.state = State::active;
  carry_out(index, it->second.shard->loaded(now()));
  forget_deleted_before(index);
}

// Topics that were deleted and whose offsets were not, because of a crash in between. The image knows every topic that an offset
// of this log can name: it holds this leadership, which is younger than those commits.
void GroupCoordinator::forget_deleted_before(int32_t index) {
  const auto image = broker_.image();
  for (const auto& [name, id] : led_.at(index).shard->offsets().named_topics()) {
    if (!image->topic(id)) (void)submit(index, group::TopicDeleted{name, id, true});
  }
}

void GroupCoordinator::release(int32_t index) {
  auto node = led_.extract(index);
  if (node.empty() || !node.mapped().shard) return;
  for (auto& action : node.mapped().shard->unload()) deliver(std::move(action));
  note(node.mapped());
}

ErrorCode GroupCoordinator::submit(int32_t index, group::Event event) {
  const auto it = led_.find(index);
  if (it == led_.end() || it->second.state == State::failed) return ErrorCode::NOT_COORDINATOR;
  if (it->second.state == State::loading) return ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  carry_out(index, step(it->second, std::move(event)));
  return ErrorCode::NONE;
}

group::Actions GroupCoordinator::step(Led& led, group::Event event) {
  // One share for all shards: each may take what the others leave.
  const size_t share = broker_.budget.limit(Share::groups);
  const size_t others = memory_bytes_ - led.memory_bytes;
  led.shard->set_memory_bytes_max(share > others ? share - others : 0);
  return led.shard->step(std::move(event), now());
}

void GroupCoordinator::carry_out(int32_t index, group::Actions actions) {
  while (!actions.empty()) {
    std::vector<group::AppendDone> failed;
    for (auto& action : actions) {
      if (auto* append = std::get_if<group::Append>(&action)) write(index, std::move(*append), failed);
      else deliver(std::move(action));
    }
    actions.clear();
    const auto it = led_.find(index);
    if (it == led_.end()) return;
    for (auto& done : failed) {
      auto more = step(it->second, done);
      actions.insert(actions.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }
  if (const auto it = led_.find(index); it != led_.end()) note(it->second);
}

// After every step: what the metrics and the budget know of this shard, and whether its next deadline is earlier than any known.
void GroupCoordinator::note(Led& led) {
  const auto groups = led.shard->group_count();
  broker_.metrics.groups += static_cast<int64_t>(groups) - static_cast<int64_t>(led.groups);
  led.groups = groups;
  const auto bytes = led.shard->memory_bytes();
  memory_bytes_ += bytes - led.memory_bytes;
  led.memory_bytes = bytes;
  const auto rebalances = led.shard->rebalances_completed();
  broker_.metrics.rebalances += rebalances - led.rebalances;
  led.rebalances = rebalances;
  const auto next = led.shard->next_deadline();
  if (next && (!armed_ || *next < *armed_)) timers_changed_.notify_all();
}

void GroupCoordinator::write(int32_t index, group::Append append, std::vector<group::AppendDone>& failed) {
  auto* partition = broker_.partitions->find(offsets_topic, index);
  if (!partition) return failed.push_back({append.id, ErrorCode::NOT_LEADER_OR_FOLLOWER});
  // Shared because the log keeps the bytes until they are written, longer than this call.
  auto batch = std::make_shared<Buffer>(batch_of(append, broker_.settings.offsets_topic_compression_codec));
  if (batch->size() > static_cast<size_t>(std::max(partition->config().max_message_bytes, 0))) {
    return failed.push_back({append.id, ErrorCode::MESSAGE_TOO_LARGE});
  }
  if (mutant(4) && append.id % 3 == 0) return failed.push_back({append.id, ErrorCode::NONE});
  const auto bytes = batch->mutable_bytes();
  auto appended = partition->append(bytes, partition::Acks::all, {.origin = log::AppendOrigin::coordinator}, batch);
  if (!appended) return failed.push_back({append.id, appended.error().code});
  nursery_.spawn(watch(index, led_.at(index).life, *partition, *appended, append.id));
}

io::task<> GroupCoordinator::watch(int32_t index, uint64_t life, partition::Partition& partition, partition::Partition::Appended appended, uint64_t append) {
  if (mutant(29)) co_return append_event(index, life, group::AppendDone{append, ErrorCode::NONE});
  const partition::InUse in_use(partition);
  const auto deadline = broker_.loop.mono() + milliseconds(broker_.settings.offsets_commit_timeout_ms);
  auto done = co_await partition.wait_durable(appended, partition::Acks::all, deadline);
  if (!done && done.error().code == ErrorCode::REQUEST_TIMED_OUT) {
    append_event(index, life, group::AppendLate{append});
    done = co_await partition.wait_durable(appended, partition::Acks::all, std::nullopt);
  }
  append_event(index, life, group::AppendDone{append, done ? ErrorCode::NONE : done.error().code});
}

void GroupCoordinator::append_event(int32_t index, uint64_t life, group::Event event) {
  const auto it = led_.find(index);
  if (it != led_.end() && it->second.life == life) (void)submit(index, std::move(event));
}

void GroupCoordinator::deliver(group::Action action) {
  if (const auto* commit = std::get_if<group::CommitAnswer>(&action)) {
    for (const auto& topic : commit->topics) {
      broker_.metrics.offset_commits += static_cast<uint64_t>(std::ranges::count(topic.partitions, ErrorCode::NONE, &group::CommitPartition::error));
    }
  }
  const auto token = std::visit([](const auto& a) -> group::Token {
    if constexpr (requires { a.token; }) return a.token;
    else return 0;
  }, action);
  const auto it = waiting_.find(token);
  if (it == waiting_.end()) return;  // the connection is gone
  it->second->answer = std::move(action);
  it->second->answered.notify_all();
}

std::optional<MonoTime> GroupCoordinator::next_deadline() const {
  std::optional<MonoTime> next;
  for (const auto& [_, led] : led_) {
    const auto deadline = led.shard ? led.shard->next_deadline() : std::nullopt;
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

io::task<> GroupCoordinator::run() {
  for (;;) {
    armed_ = next_deadline();
    co_await timers_changed_.wait_until(armed_);
    fire_timers();
  }
}

void GroupCoordinator::fire_timers() {
  std::vector<int32_t> due;
  const auto mono = broker_.loop.mono();
  for (const auto& [index, led] : led_) {
    const auto deadline = led.shard ? led.shard->next_deadline() : std::nullopt;
    if (deadline && *deadline <= mono) due.push_back(index);
  }
  for (const auto index : due) {
    if (const auto it = led_.find(index); it != led_.end()) carry_out(index, it->second.shard->advance(now()));
  }
}

std::expected<std::vector<group::ListedGroup>, ErrorCode> GroupCoordinator::list() const {
  std::vector<group::ListedGroup> all;
  for (const auto& [_, led] : led_) {
    if (led.state == State::loading) return std::unexpected(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    if (led.state == State::failed) continue;
    auto groups = led.shard->list();
    all.insert(all.end(), std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
  }
  return all;
}

std::expected<std::optional<group::DescribedGroup>, ErrorCode> GroupCoordinator::describe(std::string_view group) const {
  const auto it = led_.find(partition_for(group));
  if (it == led_.end() || it->second.state == State::failed) return std::unexpected(ErrorCode::NOT_COORDINATOR);
  if (it->second.state == State::loading) return std::unexpected(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  return it->second.shard->describe(group);
}

}  // namespace evlog::broker

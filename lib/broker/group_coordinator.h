// GroupCoordinator: the groups of this broker. One group::Shard per partition of __consumer_offsets that is led here; this class
// loads it from the partition's log, gives it requests and time, and carries out what it says: answers to waiting requests,
// appends to the partition.
//
// Happy path: follow() sees that a partition is led here -> load() replays it -> ask() parks a request under a token ->
// the shard answers at once, later, or when an append is durable.
// Ways to fail: not led here (NOT_COORDINATOR), still loading (COORDINATOR_LOAD_IN_PROGRESS), unreadable log (NOT_COORDINATOR, and
// the log says why), the append refused or late (group/shard.h maps it), the connection gone (its answer is dropped).
//
// Owned by the server, used on its loop. After a crash every answered commit and every answered assignment is in the log.
#pragma once

#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "group/group.h"
#include "io/task.h"
#include "io/wait.h"
#include "partition/partition.h"

namespace evlog::broker {

inline constexpr std::string_view offsets_topic = "__consumer_offsets";

class GroupCoordinator {
 public:
  // `nursery` runs loads, timers and waits for durability; it must be cleared before the partitions go.
  GroupCoordinator(Broker& broker, io::Nursery& nursery);

  io::task<> run();                                  // the timers of all shards; runs for ever
  // Takes up and gives back shards as the image says, and forgets the offsets of topics that are gone.
  io::task<> follow(cluster::ImagePtr before, cluster::ImagePtr now);

  int32_t partition_for(std::string_view group) const;
  // Creates __consumer_offsets if there is none. False: it could not be created now.
  io::task<bool> ensure_topic();

  const group::Settings& settings() const { return settings_; }
  // The answer, or the error of the coordinator that is not here (yet).
  template <class Answer, class Request>
  io::task<std::expected<Answer, ErrorCode>> ask(Request request) {
    Waiting waiting(*this);
    request.token = waiting.token;
    const int32_t index = partition_for(request.group);
    if (const auto e = submit(index, std::move(request)); e != ErrorCode::NONE) co_return std::unexpected(e);
    while (!waiting.answer) co_await waiting.answered.wait();
    co_return std::get<Answer>(std::move(*waiting.answer));
  }

  // Of several groups at once: what they append is made durable together.
  template <class Answer, class Request>
  io::task<std::vector<std::expected<Answer, ErrorCode>>> ask_each(std::vector<Request> requests) {
    std::vector<std::expected<Answer, ErrorCode>> answers;
    std::deque<Waiting> waiting;
    for (auto& request : requests) {
      request.token = waiting.emplace_back(*this).token;
      const int32_t index = partition_for(request.group);
      answers.push_back(std::unexpected(submit(index, std::move(request))));
    }
    for (size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].error() != ErrorCode::NONE) continue;
      while (!waiting[i].answer) co_await waiting[i].answered.wait();
      answers[i] = std::get<Answer>(std::move(*waiting[i].answer));
    }
    co_return answers;
  }

  // Everything durable here. An error: some partition is still loading.
  std::expected<std::vector<group::ListedGroup>, ErrorCode> list() const;
  // Nothing: there is no such group. An error: its coordinator is not here.
  std::expected<std::optional<group::DescribedGroup>, ErrorCode> describe(std::string_view group) const;

 private:
  // A parked request; lives in its coroutine's frame, so a connection that goes takes it along.
  struct Waiting {
    explicit Waiting(GroupCoordinator& coordinator);
    Waiting(const Waiting&) = delete;
    ~Waiting();
    GroupCoordinator& owner;
    group::Token token;
    std::optional<group::Action> answer;
    io::Event answered;
  };
  enum class State : uint8_t { loading, active, failed };
  struct Led {
    uint64_t life = 0;             // tells this leadership from an earlier one
    State state = State::loading;
    std::unique_ptr<group::Shard> shard;
    uint64_t rebalances = 0;       // what of it the metrics have
    size_t groups = 0, memory_bytes = 0;
  };

  ErrorCode submit(int32_t index, group::Event event);
  io::task<> load(int32_t index, uint64_t life);
  void release(int32_t index);
  void carry_out(int32_t index, group::Actions actions);
  void write(int32_t index, group::Append append, std::vector<group::AppendDone>& failed);
  io::task<> watch(int32_t index, uint64_t life, partition::Partition& partition, partition::Partition::Appended appended, uint64_t append);
  void append_event(int32_t index, uint64_t life, group::Event event);
  void deliver(group::Action action);
  void fire_timers();
  std::optional<MonoTime> next_deadline() const;
  group::Actions step(Led& led, group::Event event);
  void note(Led& led);
  void forget_deleted(const cluster::Image& before, const cluster::Image& now);
  void forget_deleted_before(int32_t index);
  group::Now now() const { return {broker_.loop.mono(), broker_.loop.wall()}; }

  Broker& broker_;
  io::Nursery& nursery_;
  group::Settings settings_;
  std::map<int32_t, Led> led_;     // by partition of __consumer_offsets
  std::map<group::Token, Waiting*> waiting_;
  group::Token token_last_ = 0;
  size_t memory_bytes_ = 0;        // of all shards, within the share "groups" of the budget
  uint64_t life_last_ = 0;
  io::Event timers_changed_;
  std::optional<MonoTime> armed_;
  bool creating_ = false;
  io::Event created_;
};

}  // namespace evlog::broker

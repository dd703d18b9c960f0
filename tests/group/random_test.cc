// Random requests, failing and late appends, restarts: whatever happens, every request is answered once.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "group/group.h"

using namespace evlog;
using namespace evlog::group;

namespace {

class World {
 public:
  explicit World(uint64_t seed) : random_(seed), shard_(settings(), limits()) {}

  void run(int steps) {
    take(shard_.loaded(now_));
    for (int i = 0; i < steps; ++i) {
      now_.mono += milliseconds(random_.below(1500));
      now_.wall += milliseconds(random_.below(1500));
      take(shard_.advance(now_));
      one();
    }
    while (!appends_.empty()) finish(ErrorCode::NONE);
    compare_with_log();
    take(shard_.unload());
    CHECK(waiting_.empty());
    CHECK(shard_.memory_bytes() == 0);
  }
  uint64_t rebalances() const { return shard_.rebalances_completed(); }

 private:
  static Settings settings() {
    return {.initial_rebalance_delay_ms = 500, .session_timeout_ms_min = 1000, .group_size_max = 4,
            .offsets_retention_ms = 40'000, .offsets_retention_check_interval_ms = 5'000};
  }
  static Limits limits() { return {.groups_max = 3, .pending_members_max = 3, .memory_bytes_max = 64_KiB}; }

  Token token() { waiting_.insert(++token_); return token_; }
  std::string group() { return std::string(1, static_cast<char>('a' + random_.below(4))); }
  // Mostly a member that exists, with its generation.
  std::pair<std::string, int32_t> member(const std::string& g) {
    const auto& known = known_[g];
    if (known.empty() || random_.chance(0.1)) return {random_.chance(0.5) ? "" : "nobody", static_cast<int32_t>(random_.below(3)) - 1};
    auto it = known.begin();
    std::advance(it, static_cast<long>(random_.below(known.size())));
    return {it->first, random_.chance(0.05) ? it->second - 1 : it->second};
  }
  OptionalText instance() {
    if (random_.chance(0.7)) return std::nullopt;
    return random_.chance(0.5) ? "i1" : "i2";
  }

  void one() {
    const auto g = group();
    const auto [id, generation] = member(g);
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2: return step(join(g, random_.chance(0.6) ? id : ""));
      case 3:
      case 4: {
        SyncRequest r{.token = token(), .group = g, .member_id = id, .generation = generation};
        for (const auto& [m, _] : known_[g]) r.assignments.push_back({m, std::string(random_.below(50), 'x')});
        return step(r);
      }
      case 5: return step(HeartbeatRequest{token(), g, id, std::nullopt, generation});
      case 6: return step(LeaveRequest{token(), g, {{id, instance()}, {"", instance()}}});
      case 7: {
        CommitRequest r{.token = token(), .group = g, .member_id = id, .generation = random_.chance(0.3) ? -1 : generation};
        r.topics.push_back({"t", {}, {{static_cast<int32_t>(random_.below(3)), 1, -1, std::nullopt}}});
        return step(r);
      }
      case 8: return step(OffsetFetchRequest{.token = token(), .group = g, .all_topics = true, .require_stable = random_.chance(0.5)});
      default: break;
    }
    if (random_.chance(0.05)) return step(TopicDeleted{"t"});
    if (random_.chance(0.1)) return step(DeleteGroupRequest{token(), g});
    if (random_.chance(0.1)) return step(OffsetDeleteRequest{token(), g, {{"t", {{static_cast<int32_t>(random_.below(3))}}}}});
    finish_appends();
  }
  JoinRequest join(const std::string& g, const std::string& id) {
    JoinRequest r{.token = token(), .group = g, .member_id = id, .instance_id = instance(), .client_id = "c", .client_host = "/h",
                  .session_timeout_ms = static_cast<int32_t>(random_.between(900, 20000)), .rebalance_timeout_ms = 5000,
                  .protocol_type = random_.chance(0.95) ? "consumer" : "connect", .member_id_required = random_.chance(0.5),
                  .can_skip_assignment = random_.chance(0.5), .fresh_id = {0, ++fresh_}};
    r.protocols.push_back({"range", std::string(random_.below(200), 'm')});
    if (random_.chance(0.5)) r.protocols.push_back({"sticky", ""});
    if (random_.chance(0.1)) r.protocols.erase(r.protocols.begin());
    return r;
  }
  void finish_appends() {
    while (!appends_.empty()) {
      if (random_.chance(0.15)) step(AppendLate{appends_.front().id});
      if (random_.chance(0.3)) return;
      finish(random_.chance(0.2) ? ErrorCode::NOT_ENOUGH_REPLICAS : ErrorCode::NONE);
    }
  }
  void finish(ErrorCode error) {
    const auto append = std::move(appends_.front());
    appends_.erase(appends_.begin());
    if (error == ErrorCode::NONE) log_.insert(log_.end(), append.records.begin(), append.records.end());
    step(AppendDone{append.id, error});
  }
  // What a crash now would bring back is what we answer from.
  void compare_with_log() {
    Shard again(settings(), limits());
    for (const auto& r : log_) (void)again.replay(as_bytes(r.key), r.value ? std::optional(as_bytes(*r.value)) : std::nullopt, now_);
    (void)again.loaded(now_);
    CHECK(again.offsets().groups() == shard_.offsets().groups());
    for (const auto& g : again.offsets().groups()) {
      CHECK(*again.offsets().topics(g) == *shard_.offsets().topics(g));
      CHECK(shard_.describe(g));
    }
  }

  void step(Event e) { take(shard_.step(std::move(e), now_)); }
  void take(const Actions& actions) {
    for (const auto& a : actions) {
      std::visit([&](const auto& x) {
        if constexpr (requires { x.token; }) {
          CHECK(waiting_.erase(x.token) == 1);  // answered once, and only those that asked
        } else {
          CHECK_FALSE(x.records.empty());
          appends_.push_back(x);
        }
      }, a);
      if (const auto* j = std::get_if<JoinAnswer>(&a); j && !j->member_id.empty()) learn(*j);
    }
  }
  void learn(const JoinAnswer& j) {
    for (auto& [g, members] : known_) members.erase(j.member_id);
    for (const auto& g : {"a", "b", "c", "d"}) {
      if (const auto d = shard_.describe(g)) {
        for (const auto& m : d->members) {
          if (m.id == j.member_id) known_[g][j.member_id] = j.generation;
        }
      }
    }
    if (j.error == ErrorCode::MEMBER_ID_REQUIRED) known_[group()][j.member_id] = -1;
  }

  Random random_;
  Shard shard_;
  Now now_{};
  Token token_ = 0;
  uint64_t fresh_ = 0;
  std::set<Token> waiting_;
  std::vector<Append> appends_;
  std::vector<LogRecord> log_;
  std::map<std::string, std::map<std::string, int32_t>> known_;
};

}  // namespace

TEST_CASE("every request is answered exactly once, whatever is asked, fails, comes late or goes away") {
  uint64_t rebalances = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    world.run(300);
    rebalances += world.rebalances();
  }
  CHECK(rebalances > 20);  // or it tested nothing
}

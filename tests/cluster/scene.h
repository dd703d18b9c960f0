// Scene: what the parts of one run share, and the base of every model client.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/uuid.h"
#include "cluster/history.h"
#include "cluster/ledger.h"
#include "cluster/plan.h"
#include "cluster/rpc.h"
#include "io/sim/node.h"
#include "io/sim/world.h"
#include "wire/apis.h"

namespace evlog::cluster_test {

struct Scene {
  io::sim::World& world;
  History& history;
  const Plan& plan;
  Ledger* ledger = nullptr;
  std::map<std::string, Uuid> topic_ids;    // of the topics whose creation was acknowledged
  bool topics_ready = false;
  bool winding_down = false;                // calm: finish what is under way, begin nothing
  bool members_may_end = false;
  int clients_busy = 0;                     // that have not finished
  int producers_busy = 0;
  int tellers_busy = 0;
  uint64_t rolls = 0, rebalances = 0, clean_stops = 0, retained = 0, growths = 0, tunings = 0;
  uint64_t wal_commits = 0, wal_settled = 0, wal_redone_bytes = 0;  // of all lives of the broker
  uint64_t failed_directories = 0;
  uint64_t snapshots = 0, snapshots_rotten = 0;
  uint64_t lives_broken_off = 0;            // of the broker, while it served
  std::map<std::string, int> errors;        // answers by error name, for the trace
};

inline const std::string topic_main = "orders";

// What an error code says about the request behind it.
bool may_retry(ErrorCode code);

// A client lives on its own node and never crashes; the network around it does.
class Client : public io::sim::Process {
 public:
  Client(Scene& scene, io::Loop& loop, std::string name) : scene_(scene), loop_(loop), name_(std::move(name)), rpc_(scene.world, loop, name_) {}

 protected:
  void begin(io::task<void> work) { nursery_.spawn(counted(std::move(work))); }
  virtual io::task<void> run() = 0;
  auto think() { return loop_.sleep(Duration(1 + static_cast<int64_t>(random().below(static_cast<uint64_t>(scene_.plan.think.count()) * 2)))); }
  Random& random() { return loop_.random(); }
  int16_t version(const wire::Message& request) {
    return static_cast<int16_t>(random().between(request.versions.min, request.stable_max));
  }
  Duration patience() const { return scene_.plan.request_timeout; }
  // An error that no client should ever get here.
  void unexpected(std::string_view api, ErrorCode code) {
    scene_.world.fail(fmt::format("{}: {} answers {}", name_, api, error_name(code)));
  }
  void count_error(std::string_view api, ErrorCode code) {
    if (code != ErrorCode::NONE) ++scene_.errors[fmt::format("{}:{}", api, error_name(code))];
  }
  template <class... Args>
  void note(fmt::format_string<Args...> text, Args&&... args) { scene_.world.note(name_, text, std::forward<Args>(args)...); }

  Scene& scene_;
  io::Loop& loop_;
  const std::string name_;
  Rpc rpc_;

 private:
  io::task<void> counted(io::task<void> work) {
    ++scene_.clients_busy;
    scene_.producers_busy += name_.starts_with("producer");
    while (!scene_.topics_ready && name_ != "admin") co_await loop_.sleep(milliseconds(5));
    co_await std::move(work);
    --scene_.clients_busy;
    scene_.producers_busy -= name_.starts_with("producer");
    note("has finished");
  }
  io::Nursery nursery_;
};

using ClientMaker = std::function<std::unique_ptr<io::sim::Process>(Scene&, io::Loop&, std::string name)>;
std::unique_ptr<io::sim::Process> make_idempotent_producer(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_plain_producer(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_consumer(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_member(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_committer(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_admin(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_keeper(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_tuner(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_teller(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_auditor(Scene& scene, io::Loop& loop, std::string name);
std::unique_ptr<io::sim::Process> make_verifier(Scene& scene, io::Loop& loop, std::string name);

}  // namespace evlog::cluster_test

// The broker as a process of a node: starts a Server, looks at its invariants after every step, stops it cleanly when asked, and dies
// when the Server says that it cannot go on. Its destruction is a crash.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "broker/server.h"
#include "cluster/scene.h"

namespace evlog::cluster_test {

// What no crash may take back; kept for the whole run.
struct Watermarks {
  struct Highest { int64_t offset = 0; uint64_t losses = 0; };
  std::map<std::pair<Uuid, int32_t>, Highest> highest;
  std::map<Uuid, size_t> partitions;   // of a topic: never fewer
  struct Epoch { int32_t epoch = -1; uint64_t broken_off_in = 0; };
  std::map<std::pair<Uuid, int32_t>, Epoch> epochs;
};

class BrokerProcess final : public io::sim::Process {
 public:
  BrokerProcess(Scene& scene, Watermarks& marks, io::Loop& loop);
  ~BrokerProcess() override;

  bool serving() const { return server_ != nullptr && !stopping_; }
  bool crippled() const;           // a failed disk took something away that only a restart brings back
  void stop_cleanly();             // and then exit; the node boots it again
  void check();                    // after every step
  void add_up();                 // what this life counted, into the scene

 private:
  io::task<void> run();
  io::task<void> stop();
  void check_counts();
  void rot_snapshot();
  void start_failed(const broker::StartError& error);
  void exit(const std::string& why);
  io::sim::Node& node();

  Scene& scene_;
  Watermarks& marks_;
  io::Loop& loop_;
  std::unique_ptr<broker::Server> server_;
  bool stopping_ = false;
  uint64_t checks_ = 0;
  int64_t snapshot_end_ = -1;      // of this life; -1: not seen yet
  std::map<std::pair<Uuid, int32_t>, int64_t> high_watermarks_, log_starts_;  // of this life
  std::map<std::pair<Uuid, int32_t>, size_t> segments_;
  io::Nursery nursery_;
};

}  // namespace evlog::cluster_test

// History: what clients were told, and the judge of it. It knows nothing of how a broker works, only what was promised: an acknowledged
// or once visible record stays where it is for ever; an offset has one value; an idempotent producer's record is there once; a
// committed offset read back is the last acknowledged one or a later one without answer, and none where that was a deletion; generations and producer ids never go
// back. What was acknowledged as deleted stays deleted. A broken promise is reported to the world and ends the run.
//
// Two kinds of topics promise less. In one that is retained by time or size records may go from the front at any time, whole and in
// order. With evlog.durability=memory nothing outlives a power cut or a failed sync: what was told before one is forgotten here.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/sim/world.h"

namespace evlog::cluster_test {

struct PartitionName {
  std::string topic;
  int32_t index = 0;
  auto operator<=>(const PartitionName&) const = default;
  std::string text() const { return topic + "-" + std::to_string(index); }
};

class History {
 public:
  struct Promises { bool retained = false, memory = false; };
  History(io::sim::World& world, Promises promises) : world_(world), promises_(promises) {}

  // How often what is only in memory may have been lost. An answer counts only if it did not happen since its question.
  uint64_t losses() const;

  // Records. A value is unique per attempt to write it: "producer:counter:...".
  void sent(const PartitionName& where, const std::string& value, bool idempotent);
  void acknowledged(const PartitionName& where, int64_t offset, const std::string& value, uint64_t losses_before);
  void acknowledged_somewhere(const PartitionName& where, const std::string& value);  // a duplicate, told without its offset
  void seen(const PartitionName& where, int64_t offset, const std::string& value, uint64_t losses_before);
  int64_t promised_end(const PartitionName& where) const;      // behind the last promised record
  // The whole of a partition, read at the end of the run; it began at `begin`.
  void check_all(const PartitionName& where, int64_t begin, const std::map<int64_t, std::string>& content);

  // Deletions from the front. Asked: they may happen from then on, answered or not.
  void trim_asked(const PartitionName& where, std::optional<int64_t> before);  // none: all that is visible
  void trimmed(const PartitionName& where, int64_t low_watermark);
  int64_t start_least(const PartitionName& where) const;        // acknowledged
  bool may_begin_at(const PartitionName& where, int64_t offset) const;
  uint64_t trims() const { return trims_; }
  uint64_t acknowledged_count() const { return acknowledged_count_; }
  uint64_t seen_count() const { return seen_count_; }

  // Committed offsets: a register per group and partition, written and read by anybody.
  struct Register { std::string group; PartitionName where; auto operator<=>(const Register&) const = default; };
  enum class Outcome { unknown, done, refused };
  size_t commit_begins(const Register& which, std::optional<int64_t> value);  // nothing: it is deleted
  void commit_ends(const Register& which, size_t commit, Outcome outcome);
  void read_back(const Register& which, Duration begun, std::optional<int64_t> value);
  int64_t next_commit_value() { return ++commit_value_; }
  uint64_t commits_done() const { return commits_done_; }

  // Groups: a completed generation has one assignment, and later joins do not fall behind it.
  int32_t generation_floor(const std::string& group) const;
  void joined(const std::string& group, int32_t floor_when_asked, int32_t generation);
  void assigned(const std::string& group, int32_t generation, const std::string& assignment_name);
  uint64_t generations() const { return generations_.size(); }

  void producer_id(int64_t id, int16_t epoch);

 private:
  bool may_be_forgotten(const std::string& group) const;
  void fail(const std::string& what) { world_.fail(what); }
  void place(const PartitionName& where, int64_t offset, const std::string& value, const char* how, uint64_t losses_before);

  struct Placed { std::string value; const char* how; uint64_t losses; };
  struct Content {
    std::map<int64_t, Placed> at;
    std::set<std::string> sent, idempotent, somewhere;
    std::map<std::string, int64_t> offset_of;  // of idempotent values
    int64_t start_least = 0, start_most = 0;   // acknowledged, and asked for
  };
  struct Commit { std::optional<int64_t> value; Duration begun; std::optional<Duration> ended; Outcome outcome = Outcome::unknown; };

  io::sim::World& world_;
  const Promises promises_;
  std::map<PartitionName, Content> content_;
  std::map<Register, std::vector<Commit>> commits_;
  std::map<std::pair<std::string, int32_t>, std::string> generations_;
  std::map<std::string, int32_t> generation_last_;
  std::set<std::pair<int64_t, int16_t>> producer_ids_;
  int64_t commit_value_ = 0;
  uint64_t acknowledged_count_ = 0, seen_count_ = 0, commits_done_ = 0, trims_ = 0;
};

}  // namespace evlog::cluster_test

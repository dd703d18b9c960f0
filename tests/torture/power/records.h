// The records of the rig and the lines in which the guest tells what became of them, as tests/torture/checker.py wants them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "torture/power/machine.h"

namespace power {

struct Topic {
  const char* name;
  int partitions;
  bool compacted;
  bool small_segments;
  uint32_t bytes_min, bytes_max;
};

// 70 partitions: each unclean start begins a new leader epoch in every one, so 150 cuts are 10,000 leader changes.
inline constexpr std::array<Topic, 4> topics{{
    {"many", 64, false, false, 20, 200},
    {"rolls", 2, false, true, 1000, 8000},
    {"changelog", 2, true, true, 200, 2000},
    {"one", 2, false, false, 20, 400},  // written with acks=1, which is as durable
}};

inline constexpr int process_shift = 40;
inline uint64_t key_of(uint64_t value) { return (value & 0xffffffff) * 31 % 53; }
std::string payload(const Topic& topic, uint64_t value);
bool is_payload(const Topic& topic, std::string_view data, uint64_t& value);

using Where = std::pair<size_t, int32_t>;  // index of the topic, partition

// One boot's history. Used by two threads.
class History {
 public:
  History(const std::string& path, uint64_t boot) : file_(path), boot_(boot) {}

  // Values first, first + 1, … of one process will be sent. In the host's file when this returns.
  void invoke(uint64_t process, Where where, uint64_t first, uint64_t count);
  void records(const char* f, const char* kind, uint64_t process, Where where, const std::vector<int64_t>& values, const std::vector<int64_t>& offsets);
  void assigned(uint64_t process, Where where);
  void drained(uint64_t process, Where where, int64_t end);
  void offset(const char* f, const char* kind, uint64_t process, int32_t partition, int64_t offset);
  void push();

 private:
  void line(uint64_t process, const char* f, const char* kind, Where where, const std::string& more);

  std::mutex mutex_;
  ChannelFile file_;
  uint64_t boot_;
};

// Records of one kind, gathered by partition until the next push.
class Gathered {
 public:
  Gathered(History& history, const char* f, const char* kind, uint64_t process) : history_(history), f_(f), kind_(kind), process_(process) {}
  void add(Where where, int64_t value, int64_t offset);
  void tell();
  uint64_t count() const { return count_; }

 private:
  History& history_;
  const char *f_, *kind_;
  uint64_t process_, count_ = 0;
  std::map<Where, std::pair<std::vector<int64_t>, std::vector<int64_t>>> by_partition_;
};

}  // namespace power

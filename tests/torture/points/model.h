// Model: what was asked of a server and what it answered, and from that what it must hold: everything acknowledged, in its place; what was
// asked and not acknowledged at most once, in order; nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace evlog::torture {

struct Place {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const Place&) const = default;
  std::string text() const { return topic + "-" + std::to_string(partition); }
};

// What lies in a partition, as it was read back.
struct Stored { int64_t offset; std::string key, value; };

enum class Known : uint8_t { no, perhaps, yes };

class Model {
 public:
  struct Sent { std::string key, value; std::optional<int64_t> acked_at; };
  struct Log {
    std::vector<Sent> sent;        // in the order of the requests
    int64_t start_asked = 0;       // deleted up to here, perhaps
    int64_t start_acked = 0;       // deleted up to here for sure
    bool compacted = false;
    bool shortened = false;        // by retention: the oldest may be gone
  };
  struct Topic { Known exists = Known::no, deleted = Known::no; int32_t partitions = 0; };

  std::map<Place, Log> logs;
  std::map<std::string, Topic> topics;
  struct Commit { int64_t acked = -1; std::vector<int64_t> asked; };  // `asked` since the last acknowledged one
  std::map<Place, Commit> commits;
  uint64_t acked = 0;

  // What is wrong with these contents; nothing when all is well.
  std::optional<std::string> judge(const Place& place, int64_t log_start, const std::vector<Stored>& stored) const;
  std::optional<std::string> judge_commit(const Place& place, int64_t offset) const;
};

}  // namespace evlog::torture

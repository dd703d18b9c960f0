// Incremental fetch sessions (KIP-227): a consumer names its partitions once and then only what changes; the broker answers
// only partitions that have news. Kafka's 1,000 slots and its rules of eviction. Lost with the process: clients begin anew.
// Owned by the server, used on its loop.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/error_code.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/time.h"
#include "base/uuid.h"

namespace evlog::broker {

inline constexpr int32_t fetch_epoch_initial = 0;   // a full fetch that may open a session
inline constexpr int32_t fetch_epoch_final = -1;    // a full fetch that ends its session

struct FetchPartition {
  std::string topic;        // empty while the id is not known to this broker
  Uuid topic_id;            // zero in versions that use names
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int64_t fetch_offset = 0;
  int32_t last_fetched_epoch = -1;
  int64_t log_start_offset = -1;
  int32_t max_bytes = 0;
  // What was answered last; -1 = nothing yet.
  int64_t answered_high_watermark = -1;
  int64_t answered_log_start = -1;
};

class FetchSession {
 public:
  using Place = std::list<FetchPartition>::iterator;

  int32_t id = 0;
  int32_t epoch = 1;
  bool privileged = false;          // a follower's
  bool uses_topic_ids = false;
  MonoTime created{}, last_used{};

  std::list<FetchPartition>& partitions() { return partitions_; }  // in the order in which they are to be served; not to be resized
  size_t size() const { return partitions_.size(); }
  // Adds it or takes over the new position of a known one.
  void update(const FetchPartition& partition);
  void forget(const FetchPartition& partition);
  FetchPartition* find(const FetchPartition& partition);
  void serve_last(const FetchPartition& partition);

 private:
  // Its name counts only where the client names topics; a topic known by id may learn its name later.
  struct Key {
    Uuid topic_id;
    std::string topic;
    int32_t partition;
    auto operator<=>(const Key&) const = default;
  };
  static Key key(const FetchPartition& p) { return {p.topic_id, p.topic_id.is_zero() ? p.topic : std::string(), p.partition}; }

  std::list<FetchPartition> partitions_;
  std::map<Key, Place> places_;
};

class FetchSessions {
 public:
  FetchSessions(size_t slots, Random& random, Metrics& metrics) : slots_(slots), random_(random), metrics_(metrics) {}

  FetchSession* find(int32_t id);
  // Null when every slot is taken by a session that may not be evicted yet: then the fetch has no session.
  FetchSession* open(MonoTime now, bool privileged, bool uses_topic_ids, std::list<FetchPartition> partitions);
  void touch(FetchSession& session, MonoTime now);
  void close(int32_t id);
  size_t size() const { return sessions_.size(); }

 private:
  bool make_room(MonoTime now, bool privileged, size_t size);
  int32_t new_id();

  static constexpr auto eviction_age = seconds(120);  // min.incremental.fetch.session.eviction.ms
  size_t slots_;
  Random& random_;
  Metrics& metrics_;
  std::map<int32_t, std::unique_ptr<FetchSession>> sessions_;
  std::set<std::pair<MonoTime, int32_t>> by_use_;     // least recently used first
};

}  // namespace evlog::broker

// Tombstones: collects what goes on its own (a topic was deleted, time is up) into appends that fit into a batch each.
#pragma once

#include "group/shard.h"

namespace evlog::group {

class Shard::Tombstones {
 public:
  explicit Tombstones(Shard& shard) : shard_(shard) {}

  void add(OffsetKey key);
  // With everything it committed, in one append. If that is too much for one, its offsets go now and the group the next time.
  void add_group(const std::string& group, std::vector<OffsetKey> keys);
  void write();  // to be called at the end

 private:
  void collect(LogRecord record);

  Shard& shard_;
  std::vector<LogRecord> records_;
  std::vector<OffsetKey> keys_;
  std::vector<Effect> effects_;
  size_t bytes_ = 0;
};

}  // namespace evlog::group

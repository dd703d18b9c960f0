// EpochCache: which leader epoch began at which offset, kept in `leader-epoch-checkpoint`. It answers where logs diverge
// (KIP-101, KIP-279). Owned by one Log; pure but for the text form.
// An entry is in the file, synced, before a batch of its epoch is acknowledged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"
#include "log/types.h"

namespace evlog::log {

struct EpochEntry {
  LeaderEpoch epoch;
  Offset start_offset;
  bool operator==(const EpochEntry&) const = default;
};

class EpochCache {
 public:
  // "0\n<count>\n<epoch> <start offset>\n…"; epochs and offsets must rise.
  static Result<EpochCache> parse(std::string_view text);
  std::string format() const;
  static EpochCache of(std::vector<EpochEntry> entries);  // as the file has them; rising

  const std::vector<EpochEntry>& entries() const { return entries_; }
  LeaderEpoch latest() const { return entries_.empty() ? epoch_none : entries_.back().epoch; }
  std::optional<Offset> latest_start() const;

  // `epoch` begins at `start`, unless it began already. Entries that contradict it (from there on) are dropped.
  void assign(LeaderEpoch epoch, Offset start);
  EpochEnd end_offset_for(LeaderEpoch epoch, Offset log_end) const;
  LeaderEpoch epoch_at(Offset offset) const;
  void truncate_from_end(Offset end);      // drops entries at and above
  void truncate_from_start(Offset start);  // the epoch that holds `start` begins there
  void clear();

  bool dirty() const { return dirty_; }    // differs from the file
  void set_clean() { dirty_ = false; }
  void set_dirty() { dirty_ = true; }

 private:
  std::vector<EpochEntry> entries_;  // rising in both
  bool dirty_ = false;
};

}  // namespace evlog::log

// What --stats tells of a log: codecs, sizes of batches, keys, and what compaction would leave.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "record/record.h"

namespace evlog::cmd {

class SegmentStats {
 public:
  // Distinct keys are counted exactly up to this many; beyond it the rest is told as not counted.
  static constexpr size_t keys_max = 10'000'000;

  void batch(const record::BatchView& batch);
  void print(bool json) const;

 private:
  struct Codec { uint64_t batches = 0, records = 0, stored_bytes = 0, plain_bytes = 0; };
  static constexpr size_t sizes_count = 25;  // powers of two

  void record(const record::Record& record);

  std::array<Codec, 5> codecs_;
  std::array<uint64_t, sizes_count> sizes_{};   // batches of up to 2^i bytes
  uint64_t batches_ = 0, records_ = 0, bytes_ = 0, control_batches_ = 0, transactional_batches_ = 0, unreadable_batches_ = 0;
  uint64_t null_keys_ = 0, tombstones_ = 0, key_bytes_ = 0, value_bytes_ = 0, headers_ = 0, uncounted_keys_ = 0;
  uint64_t superseded_records_ = 0, superseded_bytes_ = 0;  // a later record has the same key
  struct Last { uint32_t bytes = 0; };
  std::unordered_map<uint64_t, Last> keys_;     // by the hash of the key: two that collide count as one
};

}  // namespace evlog::cmd

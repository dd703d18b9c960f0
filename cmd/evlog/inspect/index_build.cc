#include "evlog/inspect/index_build.h"

#include "record/batch_iterator.h"

namespace evlog::cmd {
namespace {

constexpr size_t interval_bytes = 4096;

class Builder {
 public:
  explicit Builder(Offset base) : base_(base) {}

  void batch(const record::BatchView& b, size_t position) {
    if (b.max_timestamp() > largest_) largest_ = b.max_timestamp(), largest_at_ = b.last_offset();
    if (unindexed_bytes_ > interval_bytes) {
      uint8_t entry[8];
      store_be<int32_t>(entry, static_cast<int32_t>(b.last_offset() - base_));
      store_be<uint32_t>(entry + 4, static_cast<uint32_t>(position));
      out_.offsets.append({entry, sizeof entry});
      time_entry();
      unindexed_bytes_ = 0;
    }
    unindexed_bytes_ += b.size_bytes();
  }
  void time_entry() {
    if (largest_ <= written_) return;
    uint8_t entry[12];
    store_be<int64_t>(entry, largest_);
    store_be<int32_t>(entry + 8, static_cast<int32_t>(largest_at_ - base_));
    out_.times.append({entry, sizeof entry});
    written_ = largest_;
  }
  Indexes finish() && {
    time_entry();
    return std::move(out_);
  }

 private:
  Offset base_, largest_at_;
  int64_t largest_ = -1, written_ = -1;
  size_t unindexed_bytes_ = 0;
  Indexes out_;
};

}  // namespace

Indexes build_indexes(Bytes log, Offset base) {
  Builder builder(base);
  record::BatchIterator batches(log);
  for (size_t position = 0; const auto batch = batches.next(); position = batches.position()) builder.batch(*batch, position);
  return std::move(builder).finish();
}

}  // namespace evlog::cmd

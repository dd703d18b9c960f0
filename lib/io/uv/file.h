// File over a descriptor: writes and truncation are system calls on the loop's thread (they end in the page cache), syncs run on
// the device's commit thread, what has to wait for the device (reads that miss the cache, warming, cooling) on the pool.
#pragma once

#include <memory>

#include "io/disk.h"
#include "io/uv/workers.h"

namespace evlog::io::uv {

struct Core;

class File final : public io::File {
 public:
  File(Core& core, int descriptor, uint64_t device, uint64_t size);

  io::Loop& loop() override;
  uint64_t size() const override { return size_; }
  int descriptor() const { return descriptor_->fd; }
  Result<size_t> try_read(uint64_t offset, MutableBytes into) override;

  void start(Read& verb) override;
  void start(Write& verb) override;
  void start(Sync& verb) override;
  void start(Truncate& verb) override;
  void start(Warm& verb) override;
  void start(Cool& verb) override;
  void cancel(Read& verb) override;
  void cancel(Write&) override {}
  void cancel(Sync& verb) override;
  void cancel(Truncate&) override {}
  void cancel(Warm& verb) override;
  void cancel(Cool& verb) override;

 private:
  bool is_cached(uint64_t offset) const;
  Core& core_;
  std::shared_ptr<Descriptor> descriptor_;
  uint64_t device_;
  uint64_t size_;
  uint64_t recent_from_ = UINT64_MAX;  // written here so lately that it must be in memory; nothing was written yet
};

}  // namespace evlog::io::uv

// BatchWalker: steps over the batches in a piece of a segment file, reading it through a window. A plain loop of step() and fill():
//   for (;;) switch (walker.step()) { case Step::more: co_await walker.fill(); continue; case Step::batch: use(walker.batch()); ... }
// Nothing is believed: a batch that does not fit, or is no batch, ends the walk with `bad` and a reason. Checksums are the caller's.
#pragma once

#include <string>

#include "log/file_pool.h"
#include "io/stream.h"
#include "record/record.h"

namespace evlog::log {

class BatchWalker {
 public:
  enum class Step {
    batch,  // batch(), position() and size_bytes() say which
    more,   // fill() first
    end,    // exactly at the end of the piece
    bad,    // position() is where it stopped making sense, reason() why
  };
  enum class Need { headers, whole_batches };

  BatchWalker(SharedFile file, uint64_t from, uint64_t to, Need need, size_t window_bytes = 16_KiB)
      : file_(std::move(file)), next_(from), to_(to), need_(need), window_bytes_(window_bytes), window_at_(from) {}

  Step step();
  io::task<Result<void>> fill();

  // Until the next step() or fill(). With Need::headers only the header's accessors may be used, except on control batches.
  record::BatchView batch() const;
  uint64_t position() const { return position_; }
  uint64_t next_position() const { return next_; }
  uint32_t size_bytes() const { return size_bytes_; }
  const std::string& reason() const { return reason_; }

 private:
  Bytes at_hand() const;  // the window's bytes from next_ on
  Step bad(std::string reason) { reason_ = std::move(reason); return Step::bad; }

  SharedFile file_;
  uint64_t next_;           // where the next batch begins
  uint64_t to_;
  Need need_;
  size_t window_bytes_;
  uint64_t window_at_;
  Buffer window_;
  size_t wanted_ = record::header_size;  // bytes from next_ that fill() must bring
  uint64_t position_ = 0;
  uint32_t size_bytes_ = 0;
  std::string reason_;
};

}  // namespace evlog::log

#include "log/batch_walker.h"

#include <algorithm>

namespace evlog::log {

Bytes BatchWalker::at_hand() const {
  if (next_ < window_at_ || next_ >= window_at_ + window_.size()) return {};
  return window_.bytes().subspan(static_cast<size_t>(next_ - window_at_));
}

BatchWalker::Step BatchWalker::step() {
  position_ = next_;
  if (next_ >= to_) return Step::end;
  if (to_ - next_ < record::header_size) return bad(fmt::format("{} bytes left, less than a header", to_ - next_));
  const Bytes bytes = at_hand();
  if (bytes.size() < record::header_size) { wanted_ = record::header_size; return Step::more; }
  const record::Probe probe = record::probe_batch(bytes);
  if (probe.front == record::Front::corrupt) return bad(probe.reason);
  if (probe.magic != record::magic_current) return bad(fmt::format("message format {}, which Kafka 4 no longer knows", probe.magic));
  if (probe.size_bytes > to_ - next_) return bad(fmt::format("a batch of {} bytes, of which {} are there", probe.size_bytes, to_ - next_));
  // Control batches are small and always brought whole: the producer state reads their marker.
  const bool whole = need_ == Need::whole_batches || record::BatchView(bytes).is_control();
  if (whole && bytes.size() < probe.size_bytes) { wanted_ = probe.size_bytes; return Step::more; }
  size_bytes_ = static_cast<uint32_t>(probe.size_bytes);
  next_ += probe.size_bytes;
  return Step::batch;
}

// The batch may be cut off by the window where only headers are needed.
record::BatchView BatchWalker::batch() const {
  const size_t at = static_cast<size_t>(position_ - window_at_);
  return record::BatchView(window_.bytes().subspan(at, std::min<size_t>(size_bytes_, window_.size() - at)));
}

io::task<Result<void>> BatchWalker::fill() {
  const uint64_t left = to_ - next_;
  const size_t size = static_cast<size_t>(std::min<uint64_t>(std::max(window_bytes_, wanted_), left));
  if (window_.capacity() < size) window_ = Buffer(size);
  window_.resize(size);
  window_at_ = next_;
  auto got = file_->try_read(next_, window_.mutable_bytes());
  if (got && *got == io::would_block) got = co_await file_->read(next_, window_.mutable_bytes());
  if (!got) co_return fail(std::move(got.error()));
  if (*got < wanted_) {
    window_.resize(*got);
    co_return fail(ErrorCode::CORRUPT_MESSAGE, "the file ends at {}, before the {} it had", next_ + *got, to_);
  }
  window_.resize(*got);
  co_return Result<void>{};
}

}  // namespace evlog::log

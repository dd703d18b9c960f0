#include "record/batch_iterator.h"

namespace evlog::record {

std::optional<BatchView> BatchIterator::next() {
  if (stop_ != Stop::none) return std::nullopt;
  const Bytes rest = bytes_.subspan(position_);
  if (rest.empty()) {
    stop_ = Stop::end;
    return std::nullopt;
  }
  const Probe probe = probe_batch(rest);
  if (probe.front == Front::incomplete) {
    stop_ = Stop::incomplete;
    size_needed_ = probe.size_bytes;
    return std::nullopt;
  }
  auto batch = parse_batch(rest);
  if (!batch) {
    stop_ = Stop::corrupt;
    error_ = std::move(batch.error());
    return std::nullopt;
  }
  position_ += probe.size_bytes;
  return *batch;
}

}  // namespace evlog::record

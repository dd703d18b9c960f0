#include "evlog/inspect/segment_walk.h"

#include <algorithm>

namespace evlog::cmd {

using record::BatchView;

std::optional<BatchView> SegmentWalk::whole_at(size_t position) const {
  const Bytes rest = file_.subspan(position);
  const record::Probe probe = record::probe_batch(rest);
  if (probe.front != record::Front::whole || probe.magic != record::magic_current) return std::nullopt;
  const BatchView batch(rest.first(probe.size_bytes));
  if (batch.last_offset_delta() < 0 || batch.last_offset() < batch.base_offset() || !batch.check_crc()) return std::nullopt;
  return batch;
}

std::string SegmentWalk::why_not_whole(size_t position) const {
  const Bytes rest = file_.subspan(position);
  if (rest.size() < record::header_size) return fmt::format("{} bytes, less than a batch's header", rest.size());
  const record::Probe probe = record::probe_batch(rest);
  if (probe.front == record::Front::corrupt) return probe.reason;
  if (probe.front == record::Front::incomplete) return fmt::format("a batch of {} bytes, of which {} are there", probe.size_bytes, rest.size());
  if (probe.magic != record::magic_current) return fmt::format("message format {}, which Kafka 4 no longer knows", probe.magic);
  const BatchView batch(rest.first(probe.size_bytes));
  if (auto sound = batch.check_crc(); !sound) return fmt::format("offset {}: {}", batch.base_offset().value(), sound.error().message);
  return fmt::format("offset {}: last offset delta {}", batch.base_offset().value(), batch.last_offset_delta());
}

// A jump is the fault of the batch that jumped when the one behind it continues where this one should have been.
std::string SegmentWalk::fault_of(const BatchView& batch, size_t position) const {
  const int64_t base = batch.base_offset().value();
  if (batch.base_offset() < expected_) return fmt::format("offset {} where at least {} must follow", base, expected_.value());
  if (batch.last_offset() >= upper_) return fmt::format("offset {} to {}, and the next file begins at {}", base, batch.last_offset().value(), upper_.value());
  if (batch.base_offset() == expected_) return {};
  const size_t behind = position + batch.size_bytes();
  const auto following = behind < file_.size() ? whole_at(behind) : std::nullopt;
  if (following && following->base_offset() > expected_ && following->base_offset() <= batch.last_offset())
    return fmt::format("offset {} where {} fits, for {} follows", base, expected_.value(), following->base_offset().value());
  return {};
}

bool SegmentWalk::sound_at(size_t at) const {
  if (at + record::header_size > file_.size() || file_[at + record::at::magic] != record::magic_current) return false;
  const auto batch = whole_at(at);
  return batch && batch->base_offset() >= expected_ && batch->last_offset() < upper_;
}

size_t SegmentWalk::next_sound(size_t from) const {
  while (from < file_.size() && !sound_at(from)) ++from;
  return from;
}

std::optional<Piece> SegmentWalk::next() {
  if (position_ >= file_.size()) return std::nullopt;
  Piece piece{.position = position_};
  const auto batch = whole_at(position_);
  piece.why = batch ? fault_of(*batch, position_) : why_not_whole(position_);
  if (piece.why.empty()) {
    piece.batch = batch;
    piece.size_bytes = batch->size_bytes();
    expected_ = batch->next_offset();
  } else {
    // Where its length still fits, the next one is right behind it.
    const record::Probe probe = record::probe_batch(file_.subspan(position_));
    const size_t behind = position_ + (probe.front == record::Front::whole ? probe.size_bytes : 0);
    const bool fits = behind > position_ && (behind == file_.size() || sound_at(behind));
    piece.size_bytes = (fits ? behind : next_sound(position_ + 1)) - position_;
  }
  position_ += piece.size_bytes;
  return piece;
}

std::optional<Buffer> restored_batch(Bytes damage, const Neighbours& neighbours) {
  if (damage.size() < record::header_size || damage.size() - record::length_end > INT32_MAX) return std::nullopt;
  Buffer out(damage);
  store_be<int32_t>(out.data() + record::at::batch_length, static_cast<int32_t>(damage.size() - record::length_end));
  out.data()[record::at::magic] = static_cast<uint8_t>(record::magic_current);
  const BatchView batch(out.bytes());
  if (!batch.check_crc() || batch.last_offset_delta() < 0) return std::nullopt;
  const auto fits = [&](Offset base) { return base >= neighbours.expected && (!neighbours.next || base + (batch.last_offset_delta() + 1) <= *neighbours.next); };
  const bool exact = !neighbours.next || neighbours.expected + (batch.last_offset_delta() + 1) == *neighbours.next;
  if (exact) record::set_base_offset(out.mutable_bytes(), neighbours.expected);
  else if (!fits(batch.base_offset()) || !neighbours.next) return std::nullopt;
  if (batch.partition_leader_epoch() != neighbours.epoch && neighbours.epoch >= LeaderEpoch(0)) record::set_partition_leader_epoch(out.mutable_bytes(), neighbours.epoch);
  return out;
}

}  // namespace evlog::cmd

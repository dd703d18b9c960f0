#include "evlog/segment_check.h"

#include "record/record_iterator.h"

namespace evlog::cmd {

void SegmentCheck::batch(const record::BatchView& batch, size_t position) {
  if (auto crc = batch.check_crc(); !crc) fault("position {}: offset {}: {}", position, batch.base_offset().value(), crc.error().message);
  if (batch.base_offset() < base_) fault("position {}: offset {} lies below the file's {}", position, batch.base_offset().value(), base_.value());
  if (batch.base_offset() < next_) fault("position {}: offset {} comes again after {}", position, batch.base_offset().value(), next_.value() - 1);
  if (batch.last_offset_delta() < 0) fault("position {}: last offset delta {}", position, batch.last_offset_delta());
  if (batch.record_count() > batch.last_offset_delta() + 1) fault("position {}: {} records in {} offsets", position, batch.record_count(), batch.last_offset_delta() + 1);
  check_records(batch, position);
  next_ = batch.next_offset();
  places_[position] = {batch.base_offset(), batch.last_offset()};
  last_offsets_[batch.last_offset()] = batch.max_timestamp();
}

void SegmentCheck::check_records(const record::BatchView& batch, size_t position) {
  record::RecordIterator records(batch);
  Offset previous(-1);
  while (const auto record = records.next()) {
    const Offset offset(record->offset);
    if (offset <= previous || offset < batch.base_offset() || offset > batch.last_offset()) fault("position {}: record offset {} is out of order", position, offset.value());
    previous = offset;
  }
  if (auto status = records.status(); !status) fault("position {}: offset {}: {}", position, batch.base_offset().value(), status.error().message);
}

void SegmentCheck::end(const std::string& why, size_t position) { fault("position {}: {}", position, why); }

// Entries name the last offset of a batch and where it begins. Unused room at the end is zero.
void SegmentCheck::offset_index(Bytes index) {
  Offset previous(-1);
  for (size_t at = 0; at + 8 <= index.size(); at += 8) {
    const Offset offset = base_ + load_be<int32_t>(index.data() + at);
    const auto position = static_cast<size_t>(load_be<int32_t>(index.data() + at + 4));
    if (at > 0 && offset == base_ && position == 0) break;
    const auto place = places_.find(position);
    if (place == places_.end()) fault("index entry {}: no batch begins at position {}", at / 8, position);
    else if (offset < place->second.first || offset > place->second.second) fault("index entry {}: offset {} is not in the batch at position {}", at / 8, offset.value(), position);
    if (offset <= previous) fault("index entry {}: offset {} does not rise", at / 8, offset.value());
    previous = offset;
  }
}

void SegmentCheck::time_index(Bytes index) {
  int64_t previous = INT64_MIN;
  for (size_t at = 0; at + 12 <= index.size(); at += 12) {
    const int64_t timestamp = load_be<int64_t>(index.data() + at);
    const Offset offset = base_ + load_be<int32_t>(index.data() + at + 8);
    if (timestamp == 0 && offset == base_) break;
    if (timestamp <= previous) fault("timeindex entry {}: timestamp {} does not rise", at / 12, timestamp);
    if (offset >= next_ && next_ >= base_) fault("timeindex entry {}: offset {} lies behind the end", at / 12, offset.value());
    previous = timestamp;
  }
}

}  // namespace evlog::cmd

#include "quorum/snapshot_encoder.h"

#include "record/batch_builder.h"
#include "wire/record/control.h"

namespace evlog::quorum {

namespace { constexpr size_t batch_bytes = 128_KiB; }

SnapshotEncoder::SnapshotEncoder(cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times)
    : epoch_(image->epoch()), records_(std::move(image)), facts_(std::move(facts)), times_(times) {}

Buffer SnapshotEncoder::next() {
  if (stage_ == Stage::header) {
    stage_ = Stage::records;
    return header();
  }
  if (stage_ == Stage::records) {
    if (auto batch = records(); !batch.empty()) return batch;
    stage_ = Stage::footer;
  }
  if (stage_ == Stage::end) return {};
  stage_ = Stage::end;
  return footer();
}

record::BatchBuilder SnapshotEncoder::begin(bool control) const {
  return record::BatchBuilder({.base_offset = offset_, .leader_epoch = epoch_, .control = control});
}

Buffer SnapshotEncoder::finish(record::BatchBuilder builder) {
  offset_ += builder.record_count();
  return builder.build();
}

Buffer SnapshotEncoder::header() {
  auto builder = begin(true);
  Buffer value;
  wire::SnapshotHeaderRecord head;
  head.last_contained_log_timestamp = times_.last_contained_ms;
  wire::encode_control(value, head);
  add_control(builder, wire::ControlType::snapshot_header, value, times_.written_ms);
  if (facts_.kraft_version > 0) add_voters(builder, facts_, times_.written_ms);
  return finish(std::move(builder));
}

Buffer SnapshotEncoder::records() {
  auto builder = begin(false);
  Buffer bytes;
  while (builder.size_bytes() < batch_bytes) {
    const auto record = records_.next();
    if (!record) break;
    bytes.clear();
    wire::encode_metadata_record(bytes, *record);
    builder.add({.timestamp = times_.written_ms, .value = bytes.bytes()});
  }
  return builder.empty() ? Buffer{} : finish(std::move(builder));
}

Buffer SnapshotEncoder::footer() {
  auto builder = begin(true);
  Buffer value;
  wire::encode_control(value, wire::SnapshotFooterRecord{});
  add_control(builder, wire::ControlType::snapshot_footer, value, times_.written_ms);
  return finish(std::move(builder));
}

}  // namespace evlog::quorum

#include "record/batch_builder.h"

#include <algorithm>

namespace evlog::record {
namespace {

constexpr size_t record_overhead_max = 21;  // length, attributes, timestamp and offset at their longest

int16_t attributes_of(const BatchOptions& options) {
  int attributes = static_cast<int>(options.compression);
  if (options.log_append_time) attributes |= attribute_log_append_time;
  if (options.transactional) attributes |= attribute_transactional;
  if (options.control) attributes |= attribute_control;
  return static_cast<int16_t>(attributes);
}

}  // namespace

BatchBuilder::BatchBuilder(BatchOptions options) : options_(options), bytes_(header_size) {}

void BatchBuilder::add(const NewRecord& record) { add_at(options_.base_offset + (last_offset_delta_ + 1), record); }

void BatchBuilder::add_at(Offset offset, const NewRecord& record) {
  const int64_t delta = offset - options_.base_offset;
  EVLOG_ASSERT(delta > last_offset_delta_ && delta <= INT32_MAX);
  if (empty()) base_timestamp_ = record.timestamp;
  last_offset_delta_ = static_cast<int32_t>(delta);
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  append_record(bytes_, {.timestamp_delta = record.timestamp - base_timestamp_, .offset_delta = last_offset_delta_,
                         .key = record.key, .value = record.value, .headers = record.headers});
  ++record_count_;
  EVLOG_ASSERT(bytes_.size() <= INT32_MAX);
}

size_t BatchBuilder::size_with(const NewRecord& record) const {
  return bytes_.size() + record_overhead_max + record_size({.key = record.key, .value = record.value, .headers = record.headers});
}

Buffer BatchBuilder::build() {
  EVLOG_ASSERT(!empty());
  Buffer batch;
  if (options_.compression == Compression::none) {
    batch = std::move(bytes_);
  } else {
    batch.resize(header_size);
    compress(options_.compression, bytes_.bytes().subspan(header_size), batch, options_.level);
  }
  write_header(batch);
  *this = BatchBuilder(options_);
  return batch;
}

void BatchBuilder::write_header(Buffer& batch) const {
  EVLOG_ASSERT(batch.size() <= INT32_MAX);
  uint8_t* const to = batch.data();
  store_be<int64_t>(to + at::base_offset, options_.base_offset.value());
  store_be<int32_t>(to + at::batch_length, static_cast<int32_t>(batch.size() - length_end));
  store_be<int32_t>(to + at::partition_leader_epoch, options_.leader_epoch.value());
  store_be<int8_t>(to + at::magic, magic_current);
  store_be<int16_t>(to + at::attributes, attributes_of(options_));
  store_be<int32_t>(to + at::last_offset_delta, last_offset_delta_);
  store_be<int64_t>(to + at::base_timestamp, base_timestamp_);
  store_be<int64_t>(to + at::max_timestamp, options_.log_append_time.value_or(max_timestamp_));
  store_be<int64_t>(to + at::producer_id, options_.producer_id.value());
  store_be<int16_t>(to + at::producer_epoch, options_.producer_epoch.value());
  store_be<int32_t>(to + at::base_sequence, options_.base_sequence);
  store_be<int32_t>(to + at::record_count, record_count_);
  set_crc(batch.mutable_bytes());
}

Result<Buffer> recompress(BatchView batch, Compression codec, int level, size_t decompressed_bytes_max) {
  const auto from = batch.compression();
  if (!from) return fail(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "the batch names a codec that does not exist");
  auto payload = decompress(*from, batch.payload(), decompressed_bytes_max);
  if (!payload) return fail(std::move(payload.error()));
  Buffer again(batch.bytes().first(header_size));
  compress(codec, *payload, again, level);
  if (again.size() > INT32_MAX) return fail(ErrorCode::INVALID_RECORD, "the batch is too large in another codec");
  const int attributes = (batch.attributes() & ~attribute_compression_mask) | static_cast<int>(codec);
  store_be<int16_t>(again.data() + at::attributes, static_cast<int16_t>(attributes));
  store_be<int32_t>(again.data() + at::batch_length, static_cast<int32_t>(again.size() - length_end));
  set_crc(again.mutable_bytes());
  return again;
}

}  // namespace evlog::record

#include "record/batch.h"

#include "base/crc32c.h"
#include "base/mutant.h"

namespace evlog::record {
namespace {

constexpr int32_t sequence_max = INT32_MAX;

Result<void> explain(const Probe& probe) {
  if (probe.front == Front::corrupt) return fail(ErrorCode::CORRUPT_MESSAGE, "{}", probe.reason);
  if (probe.front == Front::incomplete && probe.size_bytes)
    return fail(ErrorCode::CORRUPT_MESSAGE, "the batch is cut short: it should have {} bytes", probe.size_bytes);
  if (probe.front == Front::incomplete) return fail(ErrorCode::CORRUPT_MESSAGE, "too few bytes for a batch header");
  if (probe.magic < magic_current)
    return fail(ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT, "message format {} is no longer supported; clients from 0.11 on use 2",
                probe.magic);
  return {};
}

}  // namespace

int32_t sequence_plus(int32_t sequence, int32_t increment) {
  if (sequence > sequence_max - increment) return increment - (sequence_max - sequence) - 1;
  return sequence + increment;
}

int32_t sequence_minus(int32_t sequence, int32_t decrement) {
  if (sequence < decrement) return sequence_max - (decrement - sequence) + 1;
  return sequence - decrement;
}

std::optional<Compression> BatchView::compression() const {
  const int id = attributes() & attribute_compression_mask;
  if (id > static_cast<int>(Compression::zstd)) return std::nullopt;
  return static_cast<Compression>(id);
}

int32_t BatchView::last_sequence() const {
  if (base_sequence() < 0 || last_offset_delta() < 0) return sequence_none;
  return sequence_plus(base_sequence(), last_offset_delta());
}

uint32_t BatchView::compute_crc() const { return crc32c(bytes_.subspan(at::attributes)); }

Result<void> BatchView::check_crc() const {
  if (const uint32_t computed = compute_crc(); computed != crc())
    return fail(ErrorCode::CORRUPT_MESSAGE, "the checksum says {:08x}, the bytes say {:08x}", crc(), computed);
  return {};
}

Probe probe_batch(Bytes at_front) {
  if (at_front.size() < length_end) return {};
  const int32_t length = load_be<int32_t>(at_front.data() + at::batch_length);
  if (length < legacy_length_min) return {.front = Front::corrupt, .reason = "the batch length is smaller than any batch"};
  Probe probe{.size_bytes = length_end + static_cast<size_t>(length)};
  if (at_front.size() < magic_end) return probe;
  probe.magic = load_be<int8_t>(at_front.data() + at::magic);
  if (probe.magic < 0 || probe.magic > magic_current)
    return {.front = Front::corrupt, .magic = probe.magic, .reason = "the batch has an unknown magic byte"};
  if (probe.magic == magic_current && probe.size_bytes < header_size)
    return {.front = Front::corrupt, .magic = probe.magic, .reason = "the batch length is smaller than a batch header"};
  if (at_front.size() >= probe.size_bytes) probe.front = Front::whole;
  return probe;
}

Result<BatchView> parse_batch(Bytes at_front) {
  const Probe probe = probe_batch(at_front);
  if (auto r = explain(probe); !r) return fail(std::move(r.error()));
  return BatchView(at_front.first(probe.size_bytes));
}

void set_base_offset(MutableBytes batch, Offset base_offset) {
  store_be<int64_t>(batch.data() + at::base_offset, base_offset.value());
}

void set_partition_leader_epoch(MutableBytes batch, LeaderEpoch epoch) {
  store_be<int32_t>(batch.data() + at::partition_leader_epoch, epoch.value());
}

void set_crc(MutableBytes batch) { store_be<uint32_t>(batch.data() + at::crc, BatchView(batch).compute_crc()); }

void set_log_append_time(MutableBytes batch, int64_t timestamp_ms) {
  const int16_t attributes = static_cast<int16_t>(BatchView(batch).attributes() | attribute_log_append_time);
  store_be<int16_t>(batch.data() + at::attributes, attributes);
  if (!mutant(17)) store_be<int64_t>(batch.data() + at::max_timestamp, timestamp_ms);
  set_crc(batch);
}

void set_create_time(MutableBytes batch, int64_t max_timestamp_ms) {
  const BatchView view(batch);
  if (view.timestamp_type() == TimestampType::create_time && view.max_timestamp() == max_timestamp_ms) return;
  const int16_t attributes = static_cast<int16_t>(view.attributes() & ~attribute_log_append_time);
  store_be<int16_t>(batch.data() + at::attributes, attributes);
  store_be<int64_t>(batch.data() + at::max_timestamp, max_timestamp_ms);
  set_crc(batch);
}

}  // namespace evlog::record

#include "log/log_state.h"

#include "log/state_bytes.h"

namespace evlog::log {
namespace {

constexpr uint64_t flag_closed = 1;

void put_producer(StateWriter& to, ProducerId id, const ProducerEntry& entry) {
  to.signed_number(id.value());
  to.signed_number(entry.epoch.value());
  to.signed_number(entry.coordinator_epoch);
  to.signed_number(entry.last_timestamp_ms);
  to.signed_number(entry.transaction_first_offset.value());
  to.number(entry.batch_count);
  for (uint8_t i = 0; i < entry.batch_count; ++i) {
    to.signed_number(entry.batches[i].last_sequence);
    to.signed_number(entry.batches[i].offset_delta);
    to.signed_number(entry.batches[i].last_offset.value());
    to.signed_number(entry.batches[i].timestamp_ms);
  }
}

bool take_producer(StateReader& from, ProducerState& into) {
  const ProducerId id(from.signed_number());
  ProducerEntry entry;
  entry.epoch = ProducerEpoch(static_cast<int16_t>(from.signed_number()));
  entry.coordinator_epoch = static_cast<int32_t>(from.signed_number());
  entry.last_timestamp_ms = from.signed_number();
  entry.transaction_first_offset = from.offset();
  const uint64_t count = from.number();
  if (count > ProducerEntry::batches_max) return false;
  for (uint64_t i = 0; i < count; ++i) {
    ProducerBatch batch;
    batch.last_sequence = static_cast<int32_t>(from.signed_number());
    batch.offset_delta = static_cast<int32_t>(from.signed_number());
    batch.last_offset = from.offset();
    batch.timestamp_ms = from.signed_number();
    if (batch.offset_delta < 0 || batch.last_sequence < -1) return false;
    entry.add(batch);
  }
  into.load(id, entry);
  return !from.bad();
}

Result<void> check(const LogState& state) {
  if (state.segments.empty()) return fail(ErrorCode::CORRUPT_MESSAGE, "no segment");
  for (size_t i = 1; i < state.segments.size(); ++i)
    if (state.segments[i].base_offset <= state.segments[i - 1].base_offset) return fail(ErrorCode::CORRUPT_MESSAGE, "segments do not rise");
  for (size_t i = 1; i < state.epochs.size(); ++i)
    if (state.epochs[i].epoch <= state.epochs[i - 1].epoch || state.epochs[i].start_offset < state.epochs[i - 1].start_offset)
      return fail(ErrorCode::CORRUPT_MESSAGE, "epochs do not rise");
  if (state.log_start < Offset(0) || state.segments.front().base_offset > state.log_start || state.log_start > state.end ||
      state.segments.back().base_offset > state.end)
    return fail(ErrorCode::CORRUPT_MESSAGE, "the offsets contradict each other");
  return {};
}

}  // namespace

Buffer encode_log_state(const LogState& state) {
  Buffer out;
  StateWriter to(out);
  to.number(state.closed ? flag_closed : 0);
  to.signed_number(state.log_start.value());
  to.signed_number(state.end.value());
  to.number(state.index_entries);
  to.number(state.segments.size());
  for (const auto& segment : state.segments) {
    to.signed_number(segment.base_offset.value());
    to.number(segment.size_bytes);
    to.signed_number(segment.first_timestamp_ms);
    to.signed_number(segment.largest_timestamp_ms);
    to.signed_number(segment.largest_offset.value());
    to.signed_number(segment.modified_ms);
  }
  to.number(state.epochs.size());
  for (const auto& entry : state.epochs) {
    to.signed_number(entry.epoch.value());
    to.signed_number(entry.start_offset.value());
  }
  to.number(state.snapshots.size());
  for (const Offset offset : state.snapshots) to.signed_number(offset.value());
  to.number(state.producers.entries().size());
  for (const auto& [id, entry] : state.producers.entries()) put_producer(to, id, entry);
  return out;
}

Result<LogState> decode_log_state(Bytes bytes) {
  StateReader from(bytes);
  LogState state;
  state.closed = (from.number() & flag_closed) != 0;
  state.log_start = from.offset();
  state.end = from.offset();
  state.index_entries = static_cast<uint32_t>(from.number());
  state.segments.resize(from.count(6));
  for (auto& segment : state.segments) {
    segment.base_offset = from.offset();
    segment.size_bytes = from.number();
    segment.first_timestamp_ms = from.signed_number();
    segment.largest_timestamp_ms = from.signed_number();
    segment.largest_offset = from.offset();
    segment.modified_ms = from.signed_number();
  }
  state.epochs.resize(from.count(2));
  for (auto& entry : state.epochs) {
    entry.epoch = LeaderEpoch(static_cast<int32_t>(from.signed_number()));
    entry.start_offset = from.offset();
  }
  state.snapshots.resize(from.count(1));
  for (auto& offset : state.snapshots) offset = from.offset();
  for (size_t left = from.count(6); left > 0; --left)
    if (!take_producer(from, state.producers)) return fail(ErrorCode::CORRUPT_MESSAGE, "a producer that cannot be");
  if (from.bad() || !from.at_end()) return fail(ErrorCode::CORRUPT_MESSAGE, "a state of {} bytes does not end where it should", bytes.size());
  if (auto good = check(state); !good) return fail(std::move(good.error()));
  return state;
}

}  // namespace evlog::log

#include "log/producer_snapshot.h"

#include "base/crc32c.h"

namespace evlog::log {

namespace {
constexpr size_t crc_at = 2, entries_at = 6, first_entry_at = 10, entry_size = 46;
constexpr int16_t version_known = 1;
}  // namespace

Buffer format_producer_snapshot(const ProducerState& state) {
  Buffer file(first_entry_at + state.entries().size() * entry_size);
  store_be<int16_t>(file.data(), version_known);
  store_be<int32_t>(file.data() + entries_at, static_cast<int32_t>(state.entries().size()));
  uint8_t* to = file.data() + first_entry_at;
  for (const auto& [id, entry] : state.entries()) {
    const ProducerBatch none;
    const ProducerBatch& last = entry.last() ? *entry.last() : none;
    store_be<int64_t>(to, id.value());
    store_be<int16_t>(to + 8, entry.epoch.value());
    store_be<int32_t>(to + 10, last.last_sequence);
    store_be<int64_t>(to + 14, last.last_offset.value());
    store_be<int32_t>(to + 22, last.offset_delta);
    store_be<int64_t>(to + 26, entry.last_timestamp_ms);
    store_be<int32_t>(to + 34, entry.coordinator_epoch);
    store_be<int64_t>(to + 38, entry.transaction_first_offset.value());
    to += entry_size;
  }
  store_be<uint32_t>(file.data() + crc_at, crc32c(file.bytes().subspan(entries_at)));
  return file;
}

Result<ProducerState> parse_producer_snapshot(Bytes file) {
  if (file.size() < first_entry_at) return fail(ErrorCode::CORRUPT_MESSAGE, "{} bytes are too few for a producer snapshot", file.size());
  const int16_t version = load_be<int16_t>(file.data());
  if (version < version_known) return fail(ErrorCode::CORRUPT_MESSAGE, "{} is no version of a producer snapshot, which must be 1", version);
  if (version != version_known) return fail(ErrorCode::UNSUPPORTED_VERSION, "producer snapshot of version {}, only 1 is known", version);
  if (load_be<uint32_t>(file.data() + crc_at) != crc32c(file.subspan(entries_at))) {
    return fail(ErrorCode::CORRUPT_MESSAGE, "the checksum of the producer snapshot does not match");
  }
  const int32_t count = load_be<int32_t>(file.data() + entries_at);
  if (count < 0 || (file.size() - first_entry_at) / entry_size != static_cast<size_t>(count) || (file.size() - first_entry_at) % entry_size != 0) {
    return fail(ErrorCode::CORRUPT_MESSAGE, "{} producers do not fit {} bytes", count, file.size());
  }
  ProducerState state;
  for (const uint8_t* from = file.data() + first_entry_at; from != file.data() + file.size(); from += entry_size) {
    ProducerEntry entry;
    entry.epoch = ProducerEpoch(load_be<int16_t>(from + 8));
    entry.last_timestamp_ms = load_be<int64_t>(from + 26);
    entry.coordinator_epoch = load_be<int32_t>(from + 34);
    entry.transaction_first_offset = Offset(std::max<int64_t>(load_be<int64_t>(from + 38), -1));
    const ProducerBatch last{load_be<int32_t>(from + 10), load_be<int32_t>(from + 22), Offset(load_be<int64_t>(from + 14)), entry.last_timestamp_ms};
    if (last.last_offset >= Offset(0)) {
      if (last.last_sequence < -1 || last.offset_delta < 0 || last.offset_delta > last.last_offset.value()) {
        return fail(ErrorCode::CORRUPT_MESSAGE, "impossible last batch of producer {}", load_be<int64_t>(from));
      }
      entry.add(last);
    }
    state.load(ProducerId(load_be<int64_t>(from)), entry);
  }
  return state;
}

}  // namespace evlog::log

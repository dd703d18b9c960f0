// Any bytes as a produce request's records: they are verified, walked and unpacked under a small cap, and what is accepted
// must be readable and survive being rebuilt, and being recompressed as a topic's compression.type asks.
#include <cstdlib>

#include <vector>

#include "record/record.h"

using namespace evlog;
using namespace evlog::record;

namespace {

constexpr size_t cap = 1_MiB;

void require(bool condition) {
  if (!condition) std::abort();
}

bool read(BatchView batch, BatchBuilder* copy) {
  RecordIterator records(batch, {.decompressed_bytes_max = cap});
  while (auto record = records.next()) {
    std::vector<Header> headers(record->headers.begin(), record->headers.end());
    (void)read_end_transaction(*record);
    if (copy && headers.size() < 1000) copy->add({.timestamp = record->timestamp, .key = record->key, .value = record->value, .headers = headers});
  }
  return records.status().has_value();
}

void walk(Bytes data) {
  BatchIterator batches(data);
  while (auto batch = batches.next()) {
    (void)batch->check_crc();
    (void)batch->last_sequence();
    (void)batch->next_offset();
    read(*batch, nullptr);
  }
  require(batches.stop() != BatchIterator::Stop::none && batches.position() <= data.size());
}

constexpr Compression codecs[] = {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd};

// As a topic of another codec keeps it: the same header and the same records.
void recompressed(BatchView batch) {
  for (Compression codec : codecs) {
    const auto again = recompress(batch, codec, level_usual, cap);
    if (!again) continue;  // records end before their cap, but something behind them may not
    const BatchView view(*again);
    require(view.check_crc().has_value() && view.compression() == codec);
    require(view.record_count() == batch.record_count() && view.last_offset_delta() == batch.last_offset_delta());
    require(view.max_timestamp() == batch.max_timestamp() && view.producer_id() == batch.producer_id() && view.base_sequence() == batch.base_sequence());
    RecordIterator before(batch, {.decompressed_bytes_max = cap}), behind(view, {.decompressed_bytes_max = cap});
    for (;;) {
      const auto a = before.next(), b = behind.next();
      require(a.has_value() == b.has_value());
      if (!a) break;
      require(a->offset_delta == b->offset_delta && a->timestamp == b->timestamp && a->size_bytes == b->size_bytes);
    }
    require(behind.status().has_value());
  }
}

// The fuzzer cannot guess checksums: give the bytes the one they need, so that it reaches what lies behind.
void verify(Bytes data) {
  Buffer bytes(data);
  if (probe_batch(bytes).front == Front::whole && probe_batch(bytes).magic == magic_current)
    set_crc(bytes.mutable_bytes().first(probe_batch(bytes).size_bytes));
  for (bool everything : {false, true}) {
    const auto verified = verify_produced(bytes, {.produce_version = 12, .check_everything = everything, .decompressed_bytes_max = cap}, 1000);
    if (!verified || (!everything && verified->batch.is_compressed())) continue;
    Buffer placed(verified->batch.bytes());
    stamp_for_append(placed.mutable_bytes(), *verified, Offset(77), LeaderEpoch(3));
    require(BatchView(placed).check_crc().has_value());
    BatchBuilder copy;
    require(read(BatchView(placed), &copy));
    if (!copy.empty()) require(read(BatchView(copy.build()), nullptr));
    if (everything) recompressed(verified->batch);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  walk(bytes);
  verify(bytes);
  for (Compression codec : {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd})
    (void)decompress(codec, bytes, cap);
  return 0;
}

// What the record tests share: golden files, batches made to order, and doing harm to them.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "record/record.h"

namespace evlog::record::test {

inline constexpr Compression all_codecs[] = {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd};

inline Buffer golden(const std::string& name) {
  std::ifstream file(std::string(EVLOG_TESTDATA) + "/record/" + name, std::ios::binary);
  REQUIRE(file.good());
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  return Buffer(as_bytes(content));
}

inline Buffer batch_of(int count, BatchOptions options = {}, int64_t timestamp = 1000) {
  BatchBuilder builder(options);
  for (int i = 0; i < count; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const std::string value = "value " + std::to_string(i);
    const Header header{.key = "h", .value = as_bytes("x")};
    builder.add({.timestamp = timestamp + i, .key = as_bytes(key), .value = as_bytes(value), .headers = {&header, 1}});
  }
  return builder.build();
}

// A batch with these bytes as its records, under a right checksum.
inline Buffer batch_with_payload(Bytes payload, int32_t count, Compression codec = Compression::none) {
  Buffer batch = batch_of(1);
  batch.resize(header_size);
  batch.append(payload);
  store_be<int32_t>(batch.data() + at::batch_length, static_cast<int32_t>(batch.size() - length_end));
  store_be<int16_t>(batch.data() + at::attributes, static_cast<int16_t>(codec));
  store_be<int32_t>(batch.data() + at::record_count, count);
  store_be<int32_t>(batch.data() + at::last_offset_delta, count - 1);
  set_crc(batch.mutable_bytes());
  return batch;
}

template <class T>
Buffer with(const Buffer& batch, size_t at, T value) {
  Buffer changed(batch.bytes());
  store_be<T>(changed.data() + at, value);
  set_crc(changed.mutable_bytes());
  return changed;
}

// Reads everything; the count, or the fault.
inline Result<int> read_all(BatchView batch, size_t cap = decompressed_bytes_max_usual) {
  RecordIterator records(batch, {.decompressed_bytes_max = cap});
  int n = 0;
  while (auto record = records.next()) {
    for (const Header& header : record->headers) n += static_cast<int>(header.key.size()) * 0;
    ++n;
  }
  if (auto r = records.status(); !r) return fail(r.error());
  return n;
}

}  // namespace evlog::record::test

// Walks the records of one batch, decompressing as it goes. Uncompressed records are views into the batch; decompressed ones
// are views into the iterator's window and gone with the next call. The window grows with the bytes that really come, never by
// a length that is only claimed, and not past `decompressed_bytes_max` (for a moment half as much more, while it grows).
//
//   RecordIterator records(batch, {.decompressed_bytes_max = 64_MiB});
//   while (auto record = records.next()) use(*record);
//   if (auto r = records.status(); !r) return fail(r.error());   // the end is not always a good end
#pragma once

#include <memory>

#include "record/batch.h"
#include "record/compression.h"
#include "record/record_format.h"

namespace evlog::record {

inline constexpr size_t decompressed_bytes_max_usual = 64_MiB;

class RecordIterator {
 public:
  struct Limits { size_t decompressed_bytes_max = decompressed_bytes_max_usual; };
  explicit RecordIterator(BatchView batch) : RecordIterator(batch, Limits{}) {}
  RecordIterator(BatchView batch, Limits limits);  // the batch's bytes must outlive the iterator

  // The next record; nothing at the end or at a fault. As many as the header counts, and nothing may follow them.
  std::optional<Record> next();
  // INVALID_RECORD: counts, lengths or the compressed data do not fit together. UNSUPPORTED_COMPRESSION_TYPE: no such codec.
  Result<void> status() const;
  int32_t records_read() const { return records_read_; }

 private:
  bool fill(size_t bytes);  // the window has at least so many; false at the end of the data or a fault
  std::nullopt_t finish();
  std::optional<size_t> next_length(Record& record);
  std::nullopt_t stop(ErrorCode code, const char* what);
  void complete(Record& record, int64_t timestamp_delta) const;

  BatchView batch_;
  Limits limits_;
  std::unique_ptr<Decompressor> stream_;  // none where the batch is uncompressed
  Buffer window_;
  Bytes unread_;                          // in the batch, or in the window
  int32_t records_read_ = 0;
  bool stream_ended_ = false;
  std::optional<Error> error_;
};

}  // namespace evlog::record

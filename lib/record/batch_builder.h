// Builds one batch from records: for the logs a broker writes itself (offsets, metadata) and for clients and tests.
// Everything added is copied at once. What goes in is our own: wrong use is an assertion.
#pragma once

#include "record/batch.h"
#include "record/compression.h"
#include "record/record_format.h"

namespace evlog::record {

struct BatchOptions {
  Compression compression = Compression::none;
  int level = level_usual;
  Offset base_offset{0};
  LeaderEpoch leader_epoch = epoch_none;
  ProducerId producer_id{-1};
  ProducerEpoch producer_epoch{-1};
  int32_t base_sequence = sequence_none;
  bool transactional = false;
  bool control = false;
  std::optional<int64_t> log_append_time;  // then the batch has this time, whatever its records say
};

struct NewRecord {
  int64_t timestamp = timestamp_none;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  std::span<const Header> headers;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(BatchOptions options = {});

  void add(const NewRecord& record);                   // at the offset behind the last one
  void add_at(Offset offset, const NewRecord& record);  // leaving a gap, as compaction does; offsets must grow

  int32_t record_count() const { return record_count_; }
  bool empty() const { return record_count_ == 0; }
  size_t size_bytes() const { return bytes_.size(); }            // uncompressed, with the header
  size_t size_with(const NewRecord& record) const;               // an upper bound for size_bytes() after adding it

  Buffer build();  // the whole batch; needs a record. The builder is empty afterwards.

 private:
  void write_header(Buffer& batch) const;

  BatchOptions options_;
  Buffer bytes_;  // room for the header, then records
  int32_t record_count_ = 0;
  int32_t last_offset_delta_ = -1;
  int64_t base_timestamp_ = timestamp_none;
  int64_t max_timestamp_ = timestamp_none;
};

// The same batch in another codec, for topics whose compression.type is not `producer`. Everything else stays as it was.
// INVALID_RECORD where the payload cannot be unpacked under the cap.
Result<Buffer> recompress(BatchView batch, Compression codec, int level, size_t decompressed_bytes_max);

}  // namespace evlog::record

#include "record/record_iterator.h"

#include "base/varint.h"
#include "record/grow.h"

namespace evlog::record {
namespace {

constexpr size_t step_bytes = 16_KiB;  // decompressed at a time, so a few small records cost little memory

int64_t wrapping_add(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

}  // namespace

RecordIterator::RecordIterator(BatchView batch, Limits limits) : batch_(batch), limits_(limits) {
  const auto codec = batch.compression();
  if (!codec) {
    stop(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "the batch names a codec that does not exist");
  } else if (batch.record_count() < 0) {
    stop(ErrorCode::INVALID_RECORD, "the batch counts fewer than no records");
  } else if (*codec != Compression::none) {
    stream_ = make_decompressor(*codec, batch.payload(), limits.decompressed_bytes_max);
  } else {
    unread_ = batch.payload();
  }
}

std::optional<Record> RecordIterator::next() {
  if (error_) return std::nullopt;
  if (records_read_ == batch_.record_count()) return finish();
  Record record;
  const auto length = next_length(record);
  if (!length) return std::nullopt;
  if (!fill(*length)) return stop(ErrorCode::INVALID_RECORD, "a record is longer than the rest of its batch");
  int64_t timestamp_delta = 0;
  if (auto r = read_record_body(unread_.first(*length), record, &timestamp_delta); !r) {
    error_ = std::move(r.error());
    return std::nullopt;
  }
  unread_ = unread_.subspan(*length);
  record.size_bytes += *length;
  complete(record, timestamp_delta);
  ++records_read_;
  return record;
}

Result<void> RecordIterator::status() const {
  if (error_) return fail(*error_);
  return {};
}

std::optional<size_t> RecordIterator::next_length(Record& record) {
  fill(varint32_size_max);
  if (error_) return std::nullopt;
  const size_t before = unread_.size();
  auto length = take_record_length(unread_);
  if (!length) {
    error_ = std::move(length.error());
    return std::nullopt;
  }
  if (!*length) return stop(ErrorCode::INVALID_RECORD, "the batch counts more records than it has");
  record.size_bytes = before - unread_.size();
  return **length;
}

bool RecordIterator::fill(size_t bytes) {
  if (unread_.size() >= bytes) return true;
  if (!stream_ || stream_ended_ || error_) return false;
  // What is unread moves to the front; the window then takes as much as comes.
  if (!unread_.empty()) std::memmove(window_.data(), unread_.data(), unread_.size());
  size_t size = unread_.size();
  while (size < bytes && !stream_ended_) {
    grow_towards(window_, size, step_bytes, limits_.decompressed_bytes_max);
    window_.resize(window_.capacity());
    auto n = stream_->read(window_.mutable_bytes().subspan(size));
    if (!n) {
      error_ = std::move(n.error());
      return false;
    }
    stream_ended_ = *n == 0;
    size += *n;
  }
  unread_ = window_.bytes().first(size);
  return size >= bytes;
}

// As Kafka's readers do: a batch that counts no records is not looked into.
std::nullopt_t RecordIterator::finish() {
  if (batch_.record_count() > 0 && fill(1)) return stop(ErrorCode::INVALID_RECORD, "the batch has more bytes than the records it counts");
  return std::nullopt;
}

std::nullopt_t RecordIterator::stop(ErrorCode code, const char* what) {
  if (!error_) error_ = Error{code, what};
  return std::nullopt;
}

void RecordIterator::complete(Record& record, int64_t timestamp_delta) const {
  record.offset = Offset(wrapping_add(batch_.base_offset().value(), record.offset_delta));
  record.timestamp = batch_.timestamp_type() == TimestampType::log_append_time ? batch_.max_timestamp()
                                                                              : wrapping_add(batch_.base_timestamp(), timestamp_delta);
  if (batch_.base_sequence() >= 0 && record.offset_delta >= 0) record.sequence = sequence_plus(batch_.base_sequence(), record.offset_delta);
}

}  // namespace evlog::record

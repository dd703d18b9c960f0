// A record batch (magic 2) as it lies on the wire and on disk: a 61-byte header and records, perhaps compressed.
// BatchView looks at bytes it does not own. Every accessor is safe on any bytes that parse_batch let through; what the
// fields mean together (counts, sequences, timestamps) is checked by verify_produced and by RecordIterator.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace evlog::record {

inline constexpr size_t header_size = 61;
inline constexpr size_t length_end = 12;         // base offset and the length field, which the length does not count
inline constexpr size_t magic_end = 17;          // up to here a batch of any magic can be told apart
inline constexpr int8_t magic_current = 2;
inline constexpr int32_t legacy_length_min = 14;  // the length field of the smallest message of format 0
inline constexpr int64_t timestamp_none = -1;
inline constexpr int32_t sequence_none = -1;

// Where the fields of the header lie. The checksum covers everything from `attributes` to the end.
namespace at {
inline constexpr size_t base_offset = 0, batch_length = 8, partition_leader_epoch = 12, magic = 16, crc = 17, attributes = 21,
                        last_offset_delta = 23, base_timestamp = 27, max_timestamp = 35, producer_id = 43,
                        producer_epoch = 51, base_sequence = 53, record_count = 57;
}

enum class Compression : uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
enum class TimestampType : uint8_t { create_time = 0, log_append_time = 1 };

inline constexpr int16_t attribute_compression_mask = 0x07, attribute_log_append_time = 0x08, attribute_transactional = 0x10,
                         attribute_control = 0x20, attribute_delete_horizon = 0x40;

// Sequences count records from 0 to 2^31-1 and start again at 0.
int32_t sequence_plus(int32_t sequence, int32_t increment);   // increment >= 0
int32_t sequence_minus(int32_t sequence, int32_t decrement);  // decrement >= 0

class BatchView {
 public:
  BatchView() = default;
  explicit BatchView(Bytes whole_batch) : bytes_(whole_batch) {}  // parse_batch has checked it

  Bytes bytes() const { return bytes_; }
  Bytes payload() const { return bytes_.subspan(header_size); }   // the records, compressed if compression() says so
  size_t size_bytes() const { return bytes_.size(); }             // 12 + batch_length

  Offset base_offset() const { return Offset(load<int64_t>(at::base_offset)); }
  int32_t batch_length() const { return load<int32_t>(at::batch_length); }
  LeaderEpoch partition_leader_epoch() const { return LeaderEpoch(load<int32_t>(at::partition_leader_epoch)); }
  int8_t magic() const { return load<int8_t>(at::magic); }
  uint32_t crc() const { return load<uint32_t>(at::crc); }
  int16_t attributes() const { return load<int16_t>(at::attributes); }
  int32_t last_offset_delta() const { return load<int32_t>(at::last_offset_delta); }
  int64_t base_timestamp() const { return load<int64_t>(at::base_timestamp); }  // the delete horizon where has_delete_horizon
  int64_t max_timestamp() const { return load<int64_t>(at::max_timestamp); }
  ProducerId producer_id() const { return ProducerId(load<int64_t>(at::producer_id)); }
  ProducerEpoch producer_epoch() const { return ProducerEpoch(load<int16_t>(at::producer_epoch)); }
  int32_t base_sequence() const { return load<int32_t>(at::base_sequence); }
  int32_t record_count() const { return load<int32_t>(at::record_count); }

  std::optional<Compression> compression() const;  // nothing for 5, 6 and 7, which no codec has
  bool is_compressed() const { return (attributes() & attribute_compression_mask) != 0; }
  TimestampType timestamp_type() const {
    return (attributes() & attribute_log_append_time) ? TimestampType::log_append_time : TimestampType::create_time;
  }
  bool is_transactional() const { return (attributes() & attribute_transactional) != 0; }
  bool is_control() const { return (attributes() & attribute_control) != 0; }
  bool has_delete_horizon() const { return (attributes() & attribute_delete_horizon) != 0; }
  bool has_producer_id() const { return producer_id().value() > -1; }

  Offset last_offset() const { return wrapping_add(base_offset(), last_offset_delta()); }
  Offset next_offset() const { return wrapping_add(last_offset(), 1); }
  int32_t last_sequence() const;  // sequence_none for a batch without sequence

  uint32_t compute_crc() const;
  Result<void> check_crc() const;  // CORRUPT_MESSAGE

 private:
  template <class T>
  T load(size_t from) const { return load_be<T>(bytes_.data() + from); }
  // Headers are anybody's bytes: their sums wrap instead of overflowing.
  static Offset wrapping_add(Offset offset, int64_t n) {
    return Offset(static_cast<int64_t>(static_cast<uint64_t>(offset.value()) + static_cast<uint64_t>(n)));
  }
  Bytes bytes_;
};

// What stands at the front of some bytes, told by its first 17 bytes only.
enum class Front {
  whole,       // size_bytes of them are one batch of any magic, long enough for its header
  incomplete,  // fewer bytes than the batch says it has (or than a length field needs): the rest may still come
  corrupt,     // no further bytes can make a batch of this
};
struct Probe {
  Front front = Front::incomplete;
  size_t size_bytes = 0;  // of the batch, where the length could be read and is possible; else 0
  int8_t magic = -1;      // where it could be read
  const char* reason = "";  // why corrupt
};
Probe probe_batch(Bytes at_front);

// The whole batch at the front; more bytes may follow it. Lengths and magic are checked, nothing else.
// CORRUPT_MESSAGE for impossible lengths or unknown magic, also where the batch is cut short;
// UNSUPPORTED_FOR_MESSAGE_FORMAT for the message formats 0 and 1, which Kafka 4 no longer knows.
Result<BatchView> parse_batch(Bytes at_front);

// Rewriting in place, in the buffer a batch was received in. `batch` is a whole batch that parse_batch let through.
void set_base_offset(MutableBytes batch, Offset base_offset);              // outside the checksum
void set_partition_leader_epoch(MutableBytes batch, LeaderEpoch epoch);    // outside the checksum
void set_log_append_time(MutableBytes batch, int64_t timestamp_ms);        // attribute, max timestamp and checksum
void set_create_time(MutableBytes batch, int64_t max_timestamp_ms);        // likewise; does nothing where both are so already
void set_crc(MutableBytes batch);

}  // namespace evlog::record

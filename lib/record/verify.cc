#include "record/verify.h"

#include <algorithm>

#include "base/mutant.h"
#include "record/batch_iterator.h"

namespace evlog::record {
namespace {

constexpr int16_t produce_version_zstd_min = 7;

template <class... Args>
std::unexpected<Refusal> refuse(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Refusal{.error = {code, fmt::format(text, std::forward<Args>(args)...)}});
}

// Clients are told these two things, as Kafka does, and nothing about a batch that is only too short for its header.
std::unexpected<Refusal> corrupt(Bytes records, const Probe& probe) {
  auto refusal = refuse(ErrorCode::CORRUPT_MESSAGE, "{}", probe.reason);
  const int32_t length = load_be<int32_t>(records.data() + at::batch_length);
  refusal.error().tell_client = true;
  if (length < legacy_length_min) refusal.error().error.message = fmt::format("Record size {} is less than the minimum record overhead ({})", length, legacy_length_min);
  else if (probe.magic < 0 || probe.magic > magic_current) refusal.error().error.message = fmt::format("Invalid magic found in record: {}", probe.magic);
  else refusal.error().tell_client = false;
  return refusal;
}

// The request's own rules: one batch of format 2, in a codec its version may use. A cut batch at the end counts for nothing.
std::expected<BatchView, Refusal> only_batch(Bytes records, const ProduceRules& rules) {
  const Probe probe = probe_batch(records);
  if (probe.front == Front::incomplete)
    return refuse(ErrorCode::INVALID_RECORD, "produce requests with version {} must have at least one record batch per partition", rules.produce_version);
  if (probe.front == Front::corrupt) return corrupt(records, probe);
  if (probe.magic != magic_current)
    return refuse(ErrorCode::INVALID_RECORD, "produce requests with version {} take only record batches of format 2, not {}", rules.produce_version, probe.magic);
  const BatchView batch(records.first(probe.size_bytes));
  if (rules.produce_version < produce_version_zstd_min && batch.compression() == Compression::zstd)
    return refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "produce requests with version {} may not use zstd", rules.produce_version);
  const Probe second = probe_batch(records.subspan(probe.size_bytes));
  if (second.front == Front::corrupt) return refuse(ErrorCode::CORRUPT_MESSAGE, "behind the batch: {}", second.reason);
  if (second.front == Front::whole)
    return refuse(ErrorCode::INVALID_RECORD, "produce requests with version {} take exactly one record batch per partition", rules.produce_version);
  return batch;
}

// The header's fields, in Kafka's order.
std::expected<void, Refusal> check_header(const BatchView& batch, const ProduceRules& rules) {
  if (batch.base_offset().value() != 0)
    return refuse(ErrorCode::INVALID_RECORD, "the batch for {} should begin at offset 0, not at {}", rules.partition, batch.base_offset().value());
  if (batch.size_bytes() > rules.batch_bytes_max)
    return refuse(ErrorCode::MESSAGE_TOO_LARGE, "the batch for {} has {} bytes, max.message.bytes is {}", rules.partition, batch.size_bytes(), rules.batch_bytes_max);
  if (auto r = batch.check_crc(); !r) return std::unexpected(Refusal{.error = std::move(r.error())});
  if (!batch.compression())
    return refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "the batch for {} names codec {}, which does not exist", rules.partition, batch.attributes() & attribute_compression_mask);
  const int64_t offsets = int64_t{batch.last_offset_delta()} + 1;
  if (offsets <= 0 || batch.record_count() <= 0 || offsets != batch.record_count())
    return refuse(ErrorCode::INVALID_RECORD, "the batch for {} counts {} records and {} offsets", rules.partition, batch.record_count(), offsets);
  if (batch.is_control()) return refuse(ErrorCode::INVALID_RECORD, "clients may not write control records, as in the batch for {}", rules.partition);
  if (batch.has_producer_id() && batch.base_sequence() < 0)
    return refuse(ErrorCode::INVALID_RECORD, "the batch for {} of producer {} has the sequence {}", rules.partition, batch.producer_id().value(), batch.base_sequence());
  return {};
}

// Java's arithmetic, which wraps: the rules' limits are INT64_MAX by default.
bool out_of_range(int64_t timestamp, const ProduceRules& rules, int64_t now_ms) {
  if (timestamp == timestamp_none) return false;
  const int64_t age = static_cast<int64_t>(static_cast<uint64_t>(now_ms) - static_cast<uint64_t>(timestamp));
  return age > rules.timestamp_before_max_ms || static_cast<int64_t>(0 - static_cast<uint64_t>(age)) > rules.timestamp_after_max_ms;
}

int64_t wrapping(int64_t a, int64_t b, int sign) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(sign) * static_cast<uint64_t>(b));
}

class RecordChecks {
 public:
  RecordChecks(const BatchView& batch, const ProduceRules& rules, int64_t now_ms) : batch_(batch), rules_(rules), now_ms_(now_ms) {}

  std::expected<void, Refusal> walk() {
    RecordIterator records(batch_, {.decompressed_bytes_max = rules_.decompressed_bytes_max});
    while (auto record = records.next()) {
      const int32_t index = records.records_read() - 1;
      if (record->offset_delta != index)
        return refuse(ErrorCode::INVALID_RECORD, "record {} of the batch for {} has the offset {}", index, rules_.partition, record->offset_delta);
      judge(index, *record);
      max_timestamp_ = std::max(max_timestamp_, record->timestamp);
    }
    if (auto r = records.status(); !r) return std::unexpected(Refusal{.error = std::move(r.error())});
    return verdict();
  }
  int64_t max_timestamp() const { return max_timestamp_; }

 private:
  // One fault is enough for a record: the key comes before the timestamp.
  void judge(int32_t index, const Record& record) {
    if (rules_.compacted && !record.key && !mutant(18)) {
      add(index, fmt::format("Compacted topic cannot accept message without key in topic partition {}", rules_.partition));
    } else if (rules_.timestamp_type == TimestampType::create_time && record.timestamp != timestamp_none) {
      if (!out_of_range(record.timestamp, rules_, now_ms_)) return;
      bad_timestamp_ = true;
      add(index, fmt::format("Timestamp {} of message with offset {} is out of range. The timestamp should be within [{}, {}]", record.timestamp,
                             record.offset.value(), wrapping(now_ms_, rules_.timestamp_before_max_ms, -1), wrapping(now_ms_, rules_.timestamp_after_max_ms, 1)));
    } else if (batch_.timestamp_type() == TimestampType::log_append_time) {
      bad_timestamp_ = true;
      add(index, fmt::format("Invalid timestamp type in message {}(offset={}, timestamp={}, key={} bytes, value={} bytes). Producer should not set "
                             "timestamp type to LogAppendTime.", batch_.is_compressed() ? "PartialDefaultRecord" : "DefaultRecord", record.offset.value(),
                             record.timestamp, shown_size(record.key), shown_size(record.value)));
    }
  }

  // Kafka shows a missing key or value of a compressed record as -1 bytes.
  int64_t shown_size(const std::optional<Bytes>& field) const {
    if (field) return static_cast<int64_t>(field->size());
    return batch_.is_compressed() ? -1 : 0;
  }

  void add(int32_t index, std::string message) {
    ++faults_;
    if (errors_.size() < record_errors_max) errors_.push_back({index, std::move(message)});
  }

  std::expected<void, Refusal> verdict() {
    if (!faults_) return {};
    Refusal refusal{.tell_client = true, .record_errors = std::move(errors_)};
    refusal.error = bad_timestamp_ ? Error{ErrorCode::INVALID_TIMESTAMP, "One or more records have been rejected due to invalid timestamp"}
                                   : Error{ErrorCode::INVALID_RECORD, summary(refusal.record_errors)};
    return std::unexpected(std::move(refusal));
  }

  // Clients show this sentence to people: it is Kafka's, to the letter.
  std::string summary(const std::vector<RecordError>& errors) const {
    std::string text = fmt::format("One or more records have been rejected due to {} record errors in total, and only showing the first three errors at most: [", faults_);
    for (size_t i = 0; i < std::min<size_t>(errors.size(), 3); ++i)
      text += fmt::format("{}RecordError(batchIndex={}, message='{}')", i ? ", " : "", errors[i].batch_index, errors[i].message);
    return text + "]";
  }

  const BatchView& batch_;
  const ProduceRules& rules_;
  int64_t now_ms_;
  int64_t max_timestamp_ = timestamp_none;
  size_t faults_ = 0;
  bool bad_timestamp_ = false;
  std::vector<RecordError> errors_;
};

std::unexpected<Refusal> judged(Refusal refusal) {
  refusal.judged = refusal.error.code != ErrorCode::MESSAGE_TOO_LARGE && refusal.error.code != ErrorCode::CORRUPT_MESSAGE;
  return std::unexpected(std::move(refusal));
}

bool must_walk(const BatchView& batch, const ProduceRules& rules, int64_t now_ms) {
  if (!batch.is_compressed() || rules.compacted || rules.check_everything) return true;
  if (rules.timestamp_type == TimestampType::log_append_time) return batch.timestamp_type() == TimestampType::log_append_time;
  if (rules.timestamp_before_max_ms != INT64_MAX) return true;
  return out_of_range(batch.base_timestamp(), rules, now_ms) || out_of_range(batch.max_timestamp(), rules, now_ms);
}

}  // namespace

bool needs_unpacking(Bytes records, const ProduceRules& rules, int64_t now_ms) {
  const auto batch = parse_batch(records);
  return batch && batch->is_compressed() && must_walk(*batch, rules, now_ms);
}

std::expected<VerifiedBatch, Refusal> verify_produced(Bytes records, const ProduceRules& rules, int64_t now_ms) {
  auto batch = only_batch(records, rules);
  if (!batch) return std::unexpected(std::move(batch.error()));
  if (auto r = check_header(*batch, rules); !r) return judged(std::move(r.error()));
  VerifiedBatch verified{.batch = *batch, .max_timestamp = batch->max_timestamp(), .timestamp_type = rules.timestamp_type};
  if (must_walk(*batch, rules, now_ms)) {
    RecordChecks checks(*batch, rules, now_ms);
    if (auto r = checks.walk(); !r) return judged(std::move(r.error()));
    verified.max_timestamp = checks.max_timestamp();
  }
  if (rules.timestamp_type == TimestampType::log_append_time) verified.max_timestamp = now_ms;
  return verified;
}

void stamp_for_append(MutableBytes batch, const VerifiedBatch& verified, Offset base_offset, LeaderEpoch epoch) {
  set_base_offset(batch, base_offset);
  set_partition_leader_epoch(batch, epoch);
  if (verified.timestamp_type == TimestampType::log_append_time) set_log_append_time(batch, verified.max_timestamp);
  else set_create_time(batch, verified.max_timestamp);
}

}  // namespace evlog::record

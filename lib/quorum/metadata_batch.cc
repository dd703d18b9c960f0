#include "quorum/metadata_batch.h"

#include "record/batch_builder.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"
#include "wire/record/control.h"
#include "wire/record/metadata.h"

namespace evlog::quorum {

Result<void> Replay::apply(record::BatchView batch) {
  record::RecordIterator records(batch);
  while (auto record = records.next()) {
    auto done = batch.is_control() ? apply_control(record->key.value_or(Bytes{}), record->value.value_or(Bytes{}))
                                   : apply_record(record->value.value_or(Bytes{}), record->offset);
    if (!done) return fail(done.error(), "metadata record at offset {}", record->offset.value());
  }
  if (auto whole = records.status(); !whole) return fail(whole.error(), "metadata batch at offset {}", batch.base_offset().value());
  last_ = batch.last_offset();
  last_timestamp_ms_ = std::max<int64_t>(batch.max_timestamp(), 0);
  epoch_ = batch.partition_leader_epoch();
  return {};
}

Result<void> Replay::apply_checkpoint(Bytes batches, Offset end) {
  record::BatchIterator walk(batches);
  while (auto batch = walk.next()) {
    if (auto sound = batch->check_crc(); !sound) return fail(sound.error(), "position {}", walk.position() - batch->size_bytes());
    if (auto done = apply(*batch); !done) return done;
  }
  if (walk.stop() == record::BatchIterator::Stop::corrupt) return fail(walk.error(), "position {}", walk.position());
  // One that is empty would be a cluster without topics.
  if (walk.stop() != record::BatchIterator::Stop::end || batches.empty()) return fail(ErrorCode::CORRUPT_MESSAGE, "the snapshot is cut short at position {}", walk.position());
  last_ = end - 1;
  return {};
}

Result<void> Replay::apply_record(Bytes value, Offset offset) {
  auto record = wire::decode_metadata_record(value);
  if (!record) return fail(record.error());
  if (std::holds_alternative<wire::BeginTransactionRecord>(*record)) {
    in_transaction_ = true;
    return {};
  }
  if (std::holds_alternative<wire::AbortTransactionRecord>(*record)) {
    in_transaction_ = false;
    held_.clear();
    return {};
  }
  if (std::holds_alternative<wire::EndTransactionRecord>(*record)) {
    in_transaction_ = false;
    for (const auto& [bytes, at] : std::exchange(held_, {})) {
      auto again = wire::decode_metadata_record(bytes);
      if (!again) return fail(again.error());
      if (auto done = builder_.apply(*again, at); !done) return done;
    }
    return {};
  }
  if (in_transaction_) {
    held_.emplace_back(Buffer(value), offset);
    return {};
  }
  return builder_.apply(*record, offset);
}

Result<void> Replay::apply_control(Bytes key, Bytes value) {
  switch (wire::control_type(key)) {
    case wire::ControlType::kraft_version: {
      wire::KRaftVersionRecord record;
      if (auto decoded = wire::decode_control(value, record); !decoded) return decoded;
      facts_.kraft_version = record.kraft_version;
      return {};
    }
    case wire::ControlType::kraft_voters: {
      wire::VotersRecord record;
      if (auto decoded = wire::decode_control(value, record); !decoded) return decoded;
      facts_.has_voters = true;
      facts_.voters.clear();
      for (const auto& voter : record.voters) {
        VoterInfo& info = facts_.voters.emplace_back();
        info.id = voter.voter_id;
        info.directory_id = voter.voter_directory_id;
        for (const auto& e : voter.endpoints) info.endpoints.push_back({std::string(e.name), std::string(e.host), e.port, 0});
      }
      return {};
    }
    default: return {};
  }
}

cluster::ImagePtr Replay::finish() && { return std::move(builder_).build(last_, epoch_); }

Result<Records> checkpoint_records(Bytes batches) {
  Records records;
  record::BatchIterator walk(batches);
  while (auto batch = walk.next()) {
    if (batch->is_control()) continue;
    if (batch->is_compressed()) return fail(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "compressed checkpoint records");  // nothing writes them
    record::RecordIterator each(*batch);
    while (auto record = each.next()) {
      auto decoded = wire::decode_metadata_record(record->value.value_or(Bytes{}));
      if (!decoded) return fail(decoded.error());
      records.push_back(std::move(*decoded));
    }
    if (auto whole = each.status(); !whole) return fail(whole.error());
  }
  return records;
}

Buffer build_metadata_batch(const Records& records, int64_t timestamp_ms) {
  record::BatchBuilder builder;
  Buffer bytes;
  for (const auto& record : records) {
    bytes.clear();
    wire::encode_metadata_record(bytes, record);
    builder.add({.timestamp = timestamp_ms, .value = bytes.bytes()});
  }
  return builder.build();
}

void add_control(record::BatchBuilder& builder, wire::ControlType type, const Buffer& value, int64_t timestamp_ms) {
  Buffer key;
  wire::encode_control_key(key, type);
  builder.add({.timestamp = timestamp_ms, .key = key.bytes(), .value = value.bytes()});
}

static wire::VotersRecord voters_record(const ControlFacts& facts) {
  wire::VotersRecord record;
  for (const auto& voter : facts.voters) {
    auto& out = record.voters.emplace_back();
    out.voter_id = voter.id;
    out.voter_directory_id = voter.directory_id;
    for (const auto& endpoint : voter.endpoints) out.endpoints.push_back({endpoint.name, endpoint.host, endpoint.port});
    out.kraft_version_feature = {0, 1};
  }
  return record;
}

void add_voters(record::BatchBuilder& builder, const ControlFacts& facts, int64_t timestamp_ms) {
  Buffer value;
  wire::KRaftVersionRecord version;
  version.kraft_version = facts.kraft_version;
  wire::encode_control(value, version);
  add_control(builder, wire::ControlType::kraft_version, value, timestamp_ms);
  value.clear();
  wire::encode_control(value, voters_record(facts));
  add_control(builder, wire::ControlType::kraft_voters, value, timestamp_ms);
}

Buffer build_leadership_batch(int32_t leader, const ControlFacts& facts, bool with_voters, int64_t timestamp_ms) {
  record::BatchBuilder builder({.control = true});
  Buffer value;
  wire::LeaderChangeMessage change;
  change.leader_id = leader;
  for (const auto& voter : facts.voters) {
    change.voters.push_back({voter.id, voter.directory_id});
    if (voter.id == leader) change.granting_voters.push_back({voter.id, voter.directory_id});
  }
  wire::encode_control(value, change, 0);  // version 0 always, as Kafka 4.3 writes and its tools read it
  add_control(builder, wire::ControlType::leader_change, value, timestamp_ms);
  if (with_voters) add_voters(builder, facts, timestamp_ms);
  return builder.build();
}

}  // namespace evlog::quorum

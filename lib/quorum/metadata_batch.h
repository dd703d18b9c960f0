// Record batches of the metadata log and its checkpoints: reading them into an image, and writing new ones.
#pragma once

#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "cluster/image.h"
#include "record/batch.h"
#include "record/batch_builder.h"
#include "wire/record/control.h"

namespace evlog::quorum {

// What control records told.
struct VoterInfo { int32_t id = -1; Uuid directory_id; std::vector<cluster::EndpointView> endpoints; };
struct ControlFacts {
  int16_t kraft_version = 0;
  bool has_voters = false;
  std::vector<VoterInfo> voters;
};

// Applies the metadata log from its beginning. Records between BeginTransaction and EndTransaction take effect together or, after
// an AbortTransaction or at the end of the log, not at all.
class Replay {
 public:
  explicit Replay(const cluster::Image& base) : builder_(base) {}
  // One verified batch, in order. An error means the log contradicts itself and must not be used.
  Result<void> apply(record::BatchView batch);
  // The records of a checkpoint stand for the log below `end`: they all count as applied at the offset before it.
  Result<void> apply_checkpoint(Bytes batches, Offset end);
  cluster::ImagePtr finish() &&;
  const ControlFacts& facts() const { return facts_; }
  Offset last_offset() const { return last_; }
  int64_t last_timestamp_ms() const { return last_timestamp_ms_; }  // of the newest batch
  bool in_transaction() const { return in_transaction_; }           // one was begun and neither ended nor aborted
  LeaderEpoch last_epoch() const { return epoch_; }

 private:
  Result<void> apply_record(Bytes value, Offset offset);
  Result<void> apply_control(Bytes key, Bytes value);

  cluster::ImageBuilder builder_;
  ControlFacts facts_;
  bool in_transaction_ = false;
  std::vector<std::pair<Buffer, Offset>> held_;  // of the open transaction
  Offset last_{-1};
  int64_t last_timestamp_ms_ = 0;
  LeaderEpoch epoch_{-1};
};

using Records = std::vector<wire::MetadataRecord>;
// The metadata records of a checkpoint, as views into it; control records left out.
Result<Records> checkpoint_records(Bytes batches);
Buffer build_metadata_batch(const Records& records, int64_t timestamp_ms);
// LeaderChangeMessage, and for a log that has none yet the kraft version and the voters behind it.
void add_control(record::BatchBuilder& builder, wire::ControlType type, const Buffer& value, int64_t timestamp_ms);
void add_voters(record::BatchBuilder& builder, const ControlFacts& facts, int64_t timestamp_ms);
Buffer build_leadership_batch(int32_t leader, const ControlFacts& facts, bool with_voters, int64_t timestamp_ms);

}  // namespace evlog::quorum

// SnapshotEncoder: the bytes of a metadata snapshot, as Kafka lays them out: a control batch with SnapshotHeader, KRaftVersion and
// Voters, batches of metadata records, a control batch with SnapshotFooter; offsets count from 0, the leader epoch is the snapshot's.
// Piece by piece, so that the loop is not kept; owns what it reads, so a piece may be made on another thread.
#pragma once

#include "base/bytes.h"
#include "cluster/image_records.h"
#include "quorum/metadata_batch.h"

namespace evlog::quorum {

struct SnapshotTimes {
  int64_t last_contained_ms = 0;  // of the newest batch of the log that the snapshot stands for
  int64_t written_ms = 0;
};

class SnapshotEncoder {
 public:
  SnapshotEncoder(cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times);
  Buffer next();                   // one batch; empty behind the last one

 private:
  enum class Stage { header, records, footer, end };
  Buffer finish(record::BatchBuilder builder);
  record::BatchBuilder begin(bool control) const;
  Buffer header();
  Buffer records();
  Buffer footer();

  const LeaderEpoch epoch_;
  cluster::ImageRecords records_;
  const ControlFacts facts_;
  const SnapshotTimes times_;
  Stage stage_ = Stage::header;
  Offset offset_{0};
};

}  // namespace evlog::quorum

// quorum: orders metadata records. A proposal is a list of records; it comes back committed at an offset, after the record
// batch that holds it is durable on a majority and its effect is in the Image. Everything a cluster decides goes this way.
//
// Until there are several nodes the quorum has one member, which writes the log itself; callers cannot tell.
// The log is __cluster_metadata-0 in Kafka's own files and records: one proposal = one record batch, applied whole.
// From time to time the Image is written as a snapshot, and what the oldest snapshot kept stands for leaves the log (snapshots.h).
// After a crash: every proposal answered is in the log or a snapshot; one not answered may be, whole, or not at all. Each start takes a
// higher epoch and begins it with a LeaderChangeMessage.
//
// Owned by the server, used on its loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "cluster/image.h"
#include "io/loop.h"
#include "io/task.h"
#include "log/log.h"
#include "quorum/snapshots.h"

namespace evlog::quorum {

struct Options {
  std::string directory;          // the metadata log directory (metadata.log.dir, else the first of log.dirs)
  int32_t node_id = 1;
  std::string cluster_id;
  Uuid directory_id;
  std::vector<cluster::EndpointView> controller_endpoints;
  bool dynamic = true;            // kraft.version 1: voters are in the log; 0: controller.quorum.voters
  bool clean = false;             // the last stop was clean
  int64_t segment_bytes = 1 << 30;
  int64_t segment_ms = 604'800'000;
  int64_t snapshot_bytes = 20'971'520;     // so much new metadata makes a snapshot
  int64_t snapshot_interval_ms = 3'600'000;  // and so does less of it after this time; 0: never
  Retention retention;
  std::function<void(char level, std::string_view module, std::string_view text)> log;
  std::function<void(const Error&)> on_failure;  // once, when the log's device failed: nothing can be decided any more
};

struct ReplicaState {
  int32_t id = -1;
  Uuid directory_id;
  Offset log_end_offset;
  WallTime last_fetch, last_caught_up;
  std::vector<cluster::EndpointView> endpoints;  // of voters: their controller listeners
};
struct State {
  int32_t leader_id = -1;
  LeaderEpoch leader_epoch;
  Offset high_watermark;
  std::vector<ReplicaState> voters, observers;
  int16_t kraft_version = 0;
};

// Records are views: their texts must live until propose() first waits.

class Quorum {
 public:
  virtual ~Quorum() = default;

  // Committed and applied, or an error and nothing happened (NOT_CONTROLLER: ask the leader). Gives the offset of the first record.
  virtual io::task<Result<Offset>> propose(Records records) = 0;
  virtual cluster::ImagePtr image() const = 0;
  virtual State state() const = 0;
  // Told after each new image, in order, on the loop.
  virtual void on_image(std::function<void(const cluster::ImagePtr& before, const cluster::ImagePtr& now)> listener) = 0;
  virtual log::Log& log() = 0;
  // The end offset of the newest snapshot, 0 when there is none.
  virtual Offset snapshot_end() const = 0;
  virtual io::task<Result<void>> close() = 0;
};

// Opens or creates the log under options.directory, replays it and becomes leader. Reads bootstrap.checkpoint or the zero
// checkpoint as Kafka's storage tool leaves them; `bootstrap` are the records to begin an empty log with when there is neither.
io::task<Result<std::unique_ptr<Quorum>>> open_single(io::Loop& loop, Options options, Records bootstrap);

}  // namespace evlog::quorum

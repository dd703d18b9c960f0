// GroupCommit: makes durable what the logs of one log directory have written to their files. Whatever is asked while one sync is under
// way goes with the next, all of it together: there is one commit in flight per directory.
//
// Two ways, chosen for each commit by what waits for it:
//   few partitions, or much of one     each partition's own file is synced
//   many partitions with little each   their bytes go once more, side by side, into a write-ahead file (wal.h), and one sync makes
//                                      all of them durable
// Why a write-ahead file: a sync costs the device the same whatever it covers, and a hundred files cost a hundred of them. Measured
// (scripts/sync_cost; ext4, one virtual disk) for 100 partitions of 4 KiB: each its own file 16 ms, syncfs 1.9 ms, the write-ahead file
// 0.6 ms, where one partition alone takes 0.13 ms. syncfs has no second copy of the bytes, but it waits for everything that anybody
// wrote to that file system, and tells nobody whose write failed; so it only serves where nobody waits.
//
// The two write-ahead files of a directory take turns. One that is full, or some seconds old, is settled: the partitions' files that it
// has frames of are synced in the background, then it begins anew, over the frames of before (overwriting is a third quicker than growing,
// and neither file ever shrinks). Partitions' files are not used again: their format is Kafka's. While both write-ahead files are taken,
// partitions sync their own. Nothing runs and no timer is armed while no frame waits to be settled.
//
// After a crash: redo_wal (wal_redo.h) restores what only the write-ahead files had. A clean stop leaves none.
//
// A write or sync that fails for good is the end of the directory: that commit and all others fail from then on, on_failed is called once.
// A full disk is not: partitions then sync their own files, whose space they have. Owned by a LogDir, used on its loop; it outlives
// the coroutines of its callers, and holds the bytes of a commit until they are written.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "log/mutex.h"
#include "log/types.h"
#include "log/wal.h"

namespace evlog::log {

struct GroupCommitOptions {
  uint64_t wal_bytes = 64_MiB;      // of each of the two files, at most; 0: none
  uint32_t wal_files_min = 4;       // partitions that wait together, from which on it is worth it
};

// What a log wants to be durable: everything in `file`, of which [place.position, and all behind) is not yet.
struct CommitRequest {
  WalPlace place;
  SharedFile file;
  struct Piece { Bytes bytes; Keepalive keepalive; };
  std::vector<Piece> pieces;        // all that is un-synced, in order; empty: not at hand, only the file can be synced
};

class GroupCommit {
 public:
  GroupCommit(io::Loop& loop, std::string directory, Uuid directory_id, GroupCommitOptions options, Metrics* metrics);

  // Until it is durable. KAFKA_STORAGE_ERROR once the directory failed.
  io::task<Result<void>> commit(CommitRequest request);
  // Before a partition gives up what it once had, at its end or whole: no frame of it may come back with a redo. Its file is synced.
  io::task<Result<void>> forget(std::string partition);
  // What was durable before the call is in the partitions' own files. Commits go on meanwhile, and this waits for none of them.
  io::task<Result<void>> settle_all();
  // Every partition's own file has everything, and nothing is left to redo.
  io::task<Result<void>> settle();
  io::task<Result<void>> close();   // the same, and the files are gone; nothing may be committed afterwards

  void give_up(const Error& error); // the directory failed
  bool failed() const { return failed_.has_value(); }
  void on_failed(std::function<void(const Error&)> call) { on_failed_ = std::move(call); }

 private:
  // Shared by the log's coroutine, which may be gone any time, and the commit.
  struct Ticket { CommitRequest request; uint64_t bytes = 0; std::optional<Result<void>> result; };
  using TicketPtr = std::shared_ptr<Ticket>;
  using Tickets = std::vector<TicketPtr>;
  // A partition with frames in a file. `file` is open until it is synced, so that an error of its device is not missed.
  struct Member { Offset segment_base; SharedFile file; bool synced = false; };
  struct Side { WalFile file; std::map<std::string, Member> members; bool taken = false; };  // taken: it has frames that count

  io::task<> run();
  io::task<> carry_out(Tickets tickets);
  bool fits_wal(const Ticket& ticket) const;
  io::task<> sync_own(TicketPtr ticket, size_t& left);
  io::task<Result<bool>> write_ahead(const Tickets& tickets);
  io::task<Result<bool>> make_room(uint64_t bytes);
  void join(Side& side, const Tickets& tickets);
  void note_synced(const std::string& partition);
  io::task<> settle_old();
  io::task<> settle_later();
  io::task<Result<void>> settle_side(Side& side);
  io::task<Result<void>> sync_members(Side& side);
  size_t files_held() const;
  Side& writing() { return sides_[writing_]; }
  Side& other() { return sides_[1 - writing_]; }

  io::Loop& loop_;
  std::string directory_;
  GroupCommitOptions options_;
  Metrics* metrics_;
  std::optional<Error> failed_;
  std::function<void(const Error&)> on_failed_;
  std::unique_ptr<io::FileSystem> file_system_;

  Tickets pending_;
  bool running_ = false;
  io::Event finished_, part_finished_;
  std::array<Side, 2> sides_;
  size_t writing_ = 0;              // which side takes frames
  uint64_t commit_number_ = 0;
  Mutex write_ahead_;               // a commit goes to writing(), or the sides change
  Mutex settling_;
  bool timer_armed_ = false;
  io::Nursery nursery_;             // last: what runs here uses all the others
};

}  // namespace evlog::log

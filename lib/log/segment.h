// A segment is one file of record batches plus its three indexes. Owned by one Log (and by readers that are in it), used on its loop.
// After a crash everything below the log's durable end is intact; the last segment is walked and its indexes are rebuilt, the
// others were synced, indexes included, when they were rolled. Indexes of an older segment are opened when they are first needed,
// and rebuilt when they are missing or wrong.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "log/batch_walker.h"
#include "log/log_state.h"
#include "log/mutex.h"
#include "log/offset_index.h"
#include "log/time_index.h"
#include "log/txn_index.h"
#include "log/types.h"

namespace evlog::log {

// What a segment needs to know of a batch that is written to it.
struct WrittenBatch {
  Bytes bytes;
  Offset last_offset;
  int64_t max_timestamp_ms = -1;
  const AbortedTransaction* aborted = nullptr;  // the one whose marker it is
};

// Where a batch lies.
struct BatchPlace {
  uint64_t position = 0;
  uint32_t size_bytes = 0;
  Offset base_offset;
  Offset last_offset;
};

class Segment {
 public:
  Segment(FilePool& files, std::string directory, Offset base, uint32_t index_interval_bytes);

  Offset base_offset() const { return base_; }
  uint64_t size_bytes() const { return size_; }             // written; a reader never looks beyond
  const std::string& log_path() const { return log_path_; }
  WallTime created() const { return created_; }             // when this process first saw it
  bool loaded() const { return loaded_; }
  uint32_t index_entries() const { return std::max(offsets_.file().count(), times_.file().count()); }

  io::task<Result<void>> create(WallTime now);              // empty files; the directory is not synced
  // An existing one, from the sizes found in the directory listing (none: no such file). Nothing is read yet.
  void attach(uint64_t log_size, std::optional<uint64_t> index_size, std::optional<uint64_t> time_index_size, WallTime now, int64_t modified_ms);
  void attach(const SegmentState& state, WallTime now, bool indexes_finished);  // as a checkpoint tells; checked when it is opened
  void begin_empty(WallTime now);                           // nothing on disk yet: create() follows before anything is written
  // The indexes it has are not to be trusted: a crash came before they were finished. load() makes them again.
  void distrust_indexes() { distrusted_ = true; }
  SegmentState state() const;
  // Opens the indexes, rebuilding them when they are missing or wrong. Repeated calls cost nothing.
  io::task<Result<void>> load();
  bool indexes_were_rebuilt() const { return rebuilt_; }

  io::task<Result<SharedFile>> file();
  // Appends batches with one write. On an error the file may be longer than size_bytes(): cut() it.
  io::task<Result<void>> write(std::span<const WrittenBatch> batches);
  io::task<Result<void>> sync();
  void release() { dirty_file_.reset(); }                   // it was synced, or somebody else keeps it until it is
  void shrink_to(uint64_t size) { size_ = size; }          // recovery found the rest bad; cut() follows
  io::task<Result<void>> cut();                             // the file to size_bytes(), synced
  io::task<Result<void>> finish();                          // the last time index entry, indexes trimmed and synced

  // The first batch whose last offset is at or above `offset`; nothing when the segment ends before it.
  // `hint` is the position of a batch known to lie at or before it.
  io::task<Result<std::optional<BatchPlace>>> find(Offset offset, std::optional<uint64_t> hint = std::nullopt);
  // Keeps the batches below `offset`, and cuts the indexes to fit; the file is synced.
  io::task<Result<void>> truncate_to(Offset offset);
  // Takes the file as it is known to be good up to `size` (recovery walked it) and starts with empty indexes.
  io::task<Result<void>> begin_rebuild(uint64_t size);
  void note_batch(uint64_t position, uint32_t size_bytes, Offset last_offset, int64_t max_timestamp_ms);  // in order
  io::task<Result<void>> end_rebuild();                     // writes the indexes out

  int64_t largest_timestamp_ms() const { return largest_.timestamp_ms; }           // -1 when there is none; after load()
  Offset offset_of_largest_timestamp() const { return largest_.offset; }           // of its batch's last record
  int64_t retention_timestamp_ms() const { return largest_.timestamp_ms >= 0 ? largest_.timestamp_ms : modified_ms_; }
  io::task<Result<int64_t>> first_timestamp();              // the first batch's largest; -1 when empty
  std::optional<int64_t> first_timestamp_known() const { return first_timestamp_; }
  // An offset at or behind which everything from `position` on lies; none when the index does not reach so far.
  io::task<Result<Offset>> offset_behind(uint64_t position);

  // Whose markers lie here. What they aborted is not told by themselves: reading them needs the transactions open at the base.
  using MarkerReader = std::function<io::task<Result<std::vector<AbortedTransaction>>>(Segment&)>;
  void set_marker_reader(MarkerReader reader) { read_markers_ = std::move(reader); }
  void assume_none_aborted() { aborted_.assume_missing(); }  // the directory has no .txnindex of it
  // Adds the aborted transactions with records in [from, upper), and perhaps some near it. True when no later segment has another.
  io::task<Result<bool>> collect_aborted(Offset from, Offset upper, std::vector<AbortedTransaction>& into);
  io::task<Result<void>> rebuild_aborted();                  // from the markers
  // By the indexes, whose entries are believed when the log agrees with them; (-1, base) and 0 where none is.
  io::task<Result<TimeIndex::Entry>> time_at_or_before(int64_t timestamp_ms);
  io::task<Result<uint32_t>> position_below(Offset offset);

  // Looks at the batches from `from` on, where one begins, to the one that holds the byte before `to`; each only once while this
  // process lives, and never those it wrote. Gives up to where they are sound; CORRUPT_MESSAGE, with file, position and remedy,
  // when the first one is not.
  io::task<Result<uint64_t>> check(uint64_t from, uint64_t to);
  void trust_from(uint64_t position) { trusted_from_ = std::min(trusted_from_, position); }  // recovery has looked at it
  // Where the next sound batch behind damage begins, at `least` or above; nothing: there is none within the next megabytes.
  io::task<Result<std::optional<uint64_t>>> resync(uint64_t damaged_at, Offset least);
  // What was found damaged since the last call, a sentence each; a place is told once.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

  std::vector<std::string> paths() const;                   // all files that may belong to it

 private:
  io::task<Result<void>> open_indexes();
  io::task<Result<uint64_t>> size_of(const IndexFile& index, std::optional<uint64_t> listed);
  io::task<Result<void>> rebuild();
  io::task<Result<void>> load_aborted();

  // segment_damage.cc
  struct Header { Offset base_offset, last_offset; int64_t max_timestamp_ms; };
  io::task<Result<std::optional<Header>>> header_at(uint64_t position);  // nothing: no batch can begin there
  io::task<Result<bool>> agrees(TimeIndex::Entry entry);
  io::task<Result<bool>> contradicted(const record::BatchView& batch, uint64_t next_position, std::optional<Offset> expected);
  Error damage(uint64_t position, std::string_view what);
  void note_wrong_index(const std::string& path, uint32_t entry);
  uint64_t checked_to(uint64_t position) const;
  void note_checked(uint64_t from, uint64_t to);
  void forget_checked(uint64_t from);

  FilePool& files_;
  Offset base_;
  std::string stem_;       // directory and number, without the suffix
  std::string log_path_;
  uint32_t index_interval_bytes_;
  uint64_t size_ = 0;
  uint64_t unindexed_bytes_ = 0;
  OffsetIndex offsets_;
  TimeIndex times_;
  TxnIndex aborted_;
  MarkerReader read_markers_;
  TimeIndex::Entry largest_;
  Mutex loading_;
  std::optional<int64_t> first_timestamp_;
  WallTime created_{};
  int64_t modified_ms_ = 0;
  std::optional<uint64_t> index_size_, time_index_size_;
  bool loaded_ = false, rebuilt_ = false, distrusted_ = false;
  bool told_ = false, unchecked_ = false;  // by a checkpoint, and not yet compared with the file
  SharedFile dirty_file_;  // held while it has un-synced bytes, so that the pool cannot close it and lose a write error
  std::vector<Bytes> pieces_;
  uint64_t trusted_from_ = UINT64_MAX;             // all behind was written, or looked at, by this process
  std::map<uint64_t, uint64_t> checked_;           // below it: what check() found sound, from and to, apart from each other
  std::set<uint64_t> told_damage_;
  std::set<std::string> told_wrong_indexes_;
  std::vector<std::string> notes_;
};

}  // namespace evlog::log

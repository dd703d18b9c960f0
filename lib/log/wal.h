// The write-ahead files of a log directory: `evlog-wal-0` and `evlog-wal-1`. Bytes of many partitions go into one of them, one frame
// per partition, and one sync makes all of them durable; the partitions' own files have the same bytes un-synced (group_commit.h).
//
// A file, big-endian: a head of 64 bytes that is written once (magic, version, the directory's id, CRC32C), two places that say which
// generation of frames counts, and frames from wal_frames_begin on. A file is used again by beginning the next generation over the
// old frames. A frame is physical: "these bytes belong at this position of that segment of this partition". Frames that became
// durable together bear the same commit number; numbers rise through both files.
//
// After a crash: frames of another generation, and whatever has a wrong checksum, are not there. The commit that was under way may
// be there in part: nobody was told of it. A frame that is missing before a later commit is damage and is told as such.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"
#include "base/uuid.h"
#include "io/io.h"
#include "log/file_pool.h"

namespace evlog::log {

inline constexpr std::array<std::string_view, 2> wal_file_names{"evlog-wal-0", "evlog-wal-1"};
inline constexpr uint64_t wal_frames_begin = 4096;
// A partition that has more than this to make durable syncs its own file: writing so much twice takes longer than another sync.
inline constexpr uint64_t wal_frame_content_max = 128_KiB;

// Where the bytes of a frame belong.
struct WalPlace {
  std::string partition;      // the name of its directory
  Uuid topic_id;              // as partition.metadata says; zero when nothing is known
  Offset segment_base;
  uint64_t position = 0;      // in the segment's log file
};

// The frames of one commit, put together for one write. What `add` is given must live until they are written.
class WalCommit {
 public:
  WalCommit(uint64_t generation, uint64_t number, uint32_t frames) : generation_(generation), number_(number), frames_(frames) {}
  static uint64_t frame_bytes(const WalPlace& place, uint64_t content_bytes);  // with its padding
  void add(const WalPlace& place, std::span<const Bytes> content);
  std::span<const Bytes> pieces() const { return pieces_; }

 private:
  uint64_t generation_, number_;
  uint32_t frames_, added_ = 0;
  std::vector<std::unique_ptr<uint8_t[]>> heads_;
  std::vector<Bytes> pieces_;
};

// One of the two files, as its writer sees it.
class WalFile {
 public:
  WalFile(io::Loop& loop, std::string path, Uuid directory_id) : loop_(loop), path_(std::move(path)), directory_id_(directory_id) {}

  bool created() const { return file_ != nullptr; }
  uint64_t generation() const { return generation_; }
  uint64_t end() const { return end_; }                      // where the next frame goes
  bool empty() const { return end_ == wal_frames_begin; }
  io::task<Result<void>> create(uint64_t generation);        // durable, its name too
  // At end(); on an error the place is as good as before.
  io::task<Result<void>> write(const WalCommit& commit, uint64_t bytes);
  io::task<Result<void>> sync();
  io::task<Result<void>> begin_generation(uint64_t number);  // a higher one: no frame that is in it counts any more, durably

 private:
  io::task<Result<void>> put(uint64_t position, Bytes bytes);
  io::Loop& loop_;
  std::string path_;
  Uuid directory_id_;
  std::unique_ptr<io::File> file_;
  uint64_t generation_ = 0;
  size_t generation_place_ = 0;
  uint64_t end_ = wal_frames_begin;
};

// Reads the frames of a file in order, for redoing them.
class WalReader {
 public:
  struct Frame { WalPlace place; uint64_t commit = 0; uint64_t content_at = 0; uint32_t content_bytes = 0; };

  explicit WalReader(std::string path) : path_(std::move(path)) {}
  // False when there is no such file, or one whose making was cut short. Foreign, damaged and newer files are errors that say so.
  io::task<Result<bool>> open(io::Disk& disk, Uuid directory_id);
  uint64_t generation() const { return generation_; }
  // Nothing at the end. CORRUPT_MESSAGE when a frame is missing that was durable once.
  io::task<Result<std::optional<Frame>>> next();
  io::task<Result<Buffer>> content(uint64_t at, uint32_t bytes);

 private:
  struct Head;
  io::task<Result<bool>> fill(uint64_t at, size_t bytes);    // false: the file ends before
  Bytes window(uint64_t at, size_t bytes) const { return window_.bytes().subspan(at - window_at_, bytes); }
  io::task<Result<std::optional<Head>>> head_at(uint64_t at);
  io::task<Result<std::optional<uint64_t>>> find_head(uint64_t at);
  io::task<Result<void>> look_behind();

  std::string path_;
  std::unique_ptr<io::File> file_;
  uint64_t generation_ = 0;
  uint64_t at_ = wal_frames_begin;
  uint64_t commit_ = 0;
  uint32_t frames_left_ = 0;   // of commit_
  Buffer window_;
  uint64_t window_at_ = 0;
  size_t window_bytes_ = 0;
};

}  // namespace evlog::log

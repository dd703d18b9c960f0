// DiskSpace: whether the file system of a log directory has so little room left that producers are to wait. The reserve is for what
// must go on meanwhile: committed offsets, metadata, checkpoints. Owned by a LogDir, used on its loop. The system is asked when
// somebody wants to know and enough was written, or some time passed, since it was asked last: an idle server asks nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/io.h"

namespace evlog::log {

class DiskSpace {
 public:
  // `reserve_bytes`: below so much free it is low; -1: 5 % of the file system, at most 1 GiB.
  DiskSpace(io::Loop& loop, std::string path, int64_t reserve_bytes) : loop_(loop), path_(std::move(path)), reserve_wanted_(reserve_bytes) {}

  bool low();
  void note_written(uint64_t bytes) { written_ += bytes; }
  uint64_t free_bytes() const { return free_bytes_; }        // when it was looked at last
  uint64_t reserve_bytes() const { return reserve_bytes_; }
  // Called each time it becomes low, or is no longer.
  void on_change(std::function<void(bool low)> call) { on_change_ = std::move(call); }

 private:
  void look();

  io::Loop& loop_;
  std::string path_;
  int64_t reserve_wanted_;
  bool low_ = false, looked_ = false;
  MonoTime looked_at_{};
  uint64_t free_bytes_ = 0, reserve_bytes_ = 0;
  uint64_t written_ = 0, written_max_ = 0;  // since it was looked at; when it is to be again
  std::function<void(bool low)> on_change_;
};

}  // namespace evlog::log

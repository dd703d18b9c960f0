// FilePool: the open files of all logs of a server, at most `open_max` of them unless more are in use at once. A file is opened
// when it is needed and closed when it was not used for the longest time. Owned by the broker (or by a lone Log), used on its loop.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "io/disk.h"
#include "io/task.h"

namespace evlog::log {

// Shared because a file that is being sent to a client outlives its place in the pool, and its segment.
using SharedFile = std::shared_ptr<io::File>;

class FilePool {
 public:
  FilePool(io::Disk& disk, size_t open_max) : disk_(disk), open_max_(open_max) {}

  io::Disk& disk() { return disk_; }
  SharedFile find(const std::string& path);  // null when it is not open
  // Reading and writing. `create` makes it when missing, `replace` empties it.
  io::task<Result<SharedFile>> open(std::string path, io::OpenMode mode);
  void forget(const std::string& path);      // after a rename or removal: the next open finds what is there then
  size_t size() const { return files_.size(); }

 private:
  void evict();
  struct Entry { std::string path; SharedFile file; };
  io::Disk& disk_;
  size_t open_max_;
  std::list<Entry> recent_;  // the most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> files_;
};

}  // namespace evlog::log

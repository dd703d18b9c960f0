// DiskImage: what a machine's disk holds. For every file the bytes that survive a power cut, the bytes a process sees, and the writes
// between the two; the same for the names in every directory. A power cut keeps any subset of what was not synced, by sector.
// Owned by a Node; lives through crashes. Errors are errno values, 0 is success.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "io/disk.h"
#include "io/sim/journal.h"
#include "io/sim/knobs.h"

namespace evlog::io::sim {

// Shared by its names (a rename may have one on disk and another in memory) and by whoever has it open.
class Inode {
 public:
  explicit Inode(bool is_directory) : directory(is_directory) {}
  const bool directory;
  int64_t modified_ms = 0;

  // Files
  const std::string& content() const { return content_; }
  void write(uint64_t offset, Bytes data);
  void truncate(uint64_t size);
  uint64_t mark() const { return changes_done_ + changes_.size(); }  // everything up to now
  void sync(uint64_t mark);         // makes the changes before `mark` durable
  void fail_sync(uint64_t mark, Random& random);  // some of them are, the others never will be
  void forget_failed();             // what a failed sync lost stops being readable
  void power_cut(const Knobs& knobs, Random& random, Counters& counters);
  bool dirty() const { return !changes_.empty(); }
  void rot(Random& random);         // one bit of the durable content turns, where there is any

  // Directories
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  Names names, durable_names;

 private:
  struct Change { uint64_t offset; std::string data; bool is_truncate; };
  static void apply(const Change& change, std::string& to);
  void keep_part(const Change& change, const Knobs& knobs, Random& random, double kept, std::string& to, Counters& counters);
  std::string content_, durable_;
  std::deque<Change> changes_;
  uint64_t changes_done_ = 0;
  bool failed_ = false;
};

class DiskImage {
 public:
  DiskImage() : root_(std::make_shared<Inode>(true)) {}

  std::shared_ptr<Inode> find(const std::string& path) const;
  int open(const std::string& path, OpenMode mode, std::shared_ptr<Inode>& into);
  int make_dir(const std::string& path);
  int rename(const std::string& from, const std::string& to);
  int remove(const std::string& path);
  uint64_t names_mark() const { return name_changes_made_; }
  void sync_names(const std::shared_ptr<Inode>& directory, uint64_t mark);
  using Marks = std::vector<std::pair<std::shared_ptr<Inode>, uint64_t>>;
  Marks marks() const;                // of all files, as they are now
  void sync_all_names(uint64_t mark);

  void power_cut(const Knobs& knobs, Random& random, Counters& counters);
  void process_end();                 // what only the page cache of a failed sync held
  uint64_t used_bytes() const { return used_bytes(*root_); }

 private:
  // Names disappear from one place and appear in another, both or neither.
  struct NameChange {
    std::shared_ptr<Inode> from_directory, to_directory;  // null: nothing there
    std::string from, to;
    std::shared_ptr<Inode> inode;
    uint64_t number = 0;
  };
  struct Place { std::shared_ptr<Inode> directory; std::string name; };
  int locate(const std::string& path, Place& into) const;
  void change(NameChange change);
  static void apply(const NameChange& change);
  static uint64_t used_bytes(const Inode& inode);
  static void collect(const std::shared_ptr<Inode>& inode, Marks& into);
  void settle(Inode& inode, const Knobs& knobs, Random& random, Counters& counters);
  static void forget_failed(Inode& inode);

  std::shared_ptr<Inode> root_;
  std::deque<NameChange> name_changes_;
  uint64_t name_changes_made_ = 0;
};

}  // namespace evlog::io::sim

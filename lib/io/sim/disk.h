// Disk and File: the verbs on a DiskImage. Most end inline, as in a page cache; some are slow, hang, fail, or find the disk full.
// Verbs of one file take effect in the order they were started. One Disk per life of a process.
#pragma once

#include <memory>
#include <string>

#include "io/disk.h"
#include "io/sim/disk_image.h"

namespace evlog::io::sim {

class Loop;
struct Node;
class World;

class File final : public io::File {
 public:
  File(Loop& loop, std::string path, std::shared_ptr<Inode> inode, bool writable);

  io::Loop& loop() override;
  uint64_t size() const override { return inode_->content().size(); }
  Result<size_t> try_read(uint64_t offset, MutableBytes into) override;
  const std::string& content() const { return inode_->content(); }

  void start(Read& verb) override;
  void start(Write& verb) override;
  void start(Sync& verb) override;
  void start(Truncate& verb) override;
  void start(Warm& verb) override;
  void start(Cool& verb) override;
  void cancel(Read& verb) override;
  void cancel(Write& verb) override;
  void cancel(Sync& verb) override;
  void cancel(Truncate& verb) override;
  void cancel(Warm& verb) override;
  void cancel(Cool& verb) override;

 private:
  // Runs `effect` now, or, when the disk is slow or verbs are in front, later and in order.
  template <class V, class Effect>
  void perform(V& verb, Duration delay, Effect effect);
  Result<size_t> read(uint64_t offset, MutableBytes into);
  Result<bool> write(const WriteRequest& request);
  Result<bool> sync(uint64_t mark);
  std::unexpected<Error> read_failed(uint64_t offset, MutableBytes into);
  void put(uint64_t offset, Bytes data);
  void put_part(uint64_t offset, Bytes part, size_t wanted);
  Node& node();

  Loop& loop_;
  const std::string path_;
  std::shared_ptr<Inode> inode_;
  const bool writable_;
  Duration free_at_{};              // when the verbs started so far have taken effect
};

class Disk final : public io::Disk {
 public:
  explicit Disk(Loop& loop) : loop_(loop) {}
  io::Loop& loop() override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<Space> space(const std::string& path) override;
  Result<std::unique_ptr<FileSystem>> file_system(const std::string& path) override;

  void start(Open& verb) override;
  void start(Rename& verb) override;
  void start(Remove& verb) override;
  void start(SyncDir& verb) override;
  void start(List& verb) override;
  void start(MakeDirs& verb) override;
  void cancel(Open& verb) override;
  void cancel(Rename& verb) override;
  void cancel(Remove& verb) override;
  void cancel(SyncDir& verb) override;
  void cancel(List& verb) override;
  void cancel(MakeDirs& verb) override;

 private:
  template <class V, class Effect>
  void perform(V& verb, Duration delay, Effect effect);
  Duration name_delay();
  Result<std::unique_ptr<io::File>> open(const OpenRequest& request);
  Result<std::vector<DirEntry>> list(const std::string& path);
  int make_dirs(const std::string& path);
  Loop& loop_;
};

}  // namespace evlog::io::sim

#include "io/sim/disk.h"

#include <algorithm>
#include <cerrno>

#include "io/disk_util.h"
#include "io/sim/disk_fault.h"

namespace evlog::io::sim {
namespace {

class HeldLock final : public FileLock {
 public:
  HeldLock(Node& node, std::string path) : node_(node), path_(std::move(path)) { node_.locks.insert(path_); }
  ~HeldLock() override { node_.locks.erase(path_); }

 private:
  Node& node_;
  const std::string path_;
};

class WholeDisk final : public FileSystem {
 public:
  WholeDisk(Loop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
  io::Loop& loop() override { return loop_; }
  void start(SyncAll& verb) override {
    DiskImage& disk = loop_.node().disk;
    complete_at(loop_.world(), loop_.world().now() + sync_delay(loop_.node()), verb,
                [this, &disk, marks = disk.marks(), names = disk.names_mark()] { return sync(disk, marks, names); });
    perhaps_cut(loop_.node());
  }
  void cancel(SyncAll& verb) override { forget(verb); }

 private:
  // Of a file whose sync fails some writes are lost for good; those of the others are durable all the same.
  Result<bool> sync(DiskImage& disk, const DiskImage::Marks& marks, uint64_t names) {
    World& world = loop_.world();
    ++world.counters().syncs;
    bool good = true;
    for (const auto& [inode, mark] : marks) {
      if (!inode->dirty()) continue;
      const bool fails = disk_fails(loop_.node(), world.knobs().sync_error, path_);
      if (fails) inode->fail_sync(mark, world.random()), good = false;
      else inode->sync(mark);
    }
    disk.sync_all_names(names);
    world.note(loop_.node().name, "synced the whole disk{}", good ? "" : ", and failed");
    if (good) return true;
    ++world.counters().sync_failures;
    return disk_failure(EIO);
  }
  Loop& loop_;
  const std::string path_;
};

}  // namespace

Result<std::unique_ptr<FileSystem>> Disk::file_system(const std::string& path) { return std::make_unique<WholeDisk>(loop_, path); }

io::Loop& Disk::loop() { return loop_; }

Duration Disk::name_delay() {
  const Knobs& knobs = loop_.world().knobs();
  return disk_delay(loop_.node(), knobs.write_delayed, knobs.write_delay_max);
}

template <class V, class Effect>
void Disk::perform(V& verb, Duration delay, Effect effect) {
  if (delay == Duration::zero()) return verb.complete(effect());
  complete_at(loop_.world(), loop_.world().now() + delay, verb, std::move(effect));
}

Result<std::unique_ptr<FileLock>> Disk::lock(const std::string& path) {
  std::shared_ptr<Inode> inode;
  if (loop_.node().locks.contains(path)) {
    return std::unexpected(Error{ErrorCode::KAFKA_STORAGE_ERROR, "locked by process 1", EAGAIN});
  }
  if (const int error = loop_.node().disk.open(path, OpenMode::create, inode)) return disk_failure(error);
  return std::make_unique<HeldLock>(loop_.node(), path);
}

Result<Disk::Space> Disk::space(const std::string&) {
  constexpr uint64_t roomy = 1ull << 40;
  const Node& node = loop_.node();
  const uint64_t total = std::min(node.space_bytes, roomy), used = node.disk.used_bytes();
  return Space{.free_bytes = total - std::min(total, used), .total_bytes = total};
}

Result<std::unique_ptr<io::File>> Disk::open(const OpenRequest& request) {
  std::shared_ptr<Inode> inode;
  if (const int error = loop_.node().disk.open(request.path, request.mode, inode)) return disk_failure(error);
  loop_.world().note(loop_.node().name, "open {} ({} bytes)", request.path, inode->content().size());
  return std::make_unique<File>(loop_, request.path, std::move(inode), request.mode != OpenMode::read);
}

void Disk::start(Open& verb) {
  World& world = loop_.world();
  if (disk_fails(loop_.node(), world.knobs().name_error, verb.request().path)) return verb.complete(disk_failure(EIO));
  if (world.chance(world.knobs().open_shortage)) {
    ++world.counters().file_shortages;
    return verb.complete(disk_failure(EMFILE));
  }
  perform(verb, name_delay(), [this, &verb] { return open(verb.request()); });
}

void Disk::start(Rename& verb) {
  if (disk_fails(loop_.node(), loop_.world().knobs().name_error, verb.request().from)) return verb.complete(disk_failure(EIO));
  perform(verb, name_delay(), [this, &verb] {
    const auto& [from, to] = verb.request();
    loop_.world().note(loop_.node().name, "rename {} to {}", from, to);
    return succeeded(loop_.node().disk.rename(from, to));
  });
  perhaps_cut(loop_.node());
}

void Disk::start(Remove& verb) {
  if (disk_fails(loop_.node(), loop_.world().knobs().name_error, verb.request().path)) return verb.complete(disk_failure(EIO));
  perform(verb, name_delay(), [this, &verb] {
    loop_.world().note(loop_.node().name, "remove {}", verb.request().path);
    return succeeded(loop_.node().disk.remove(verb.request().path));
  });
  perhaps_cut(loop_.node());
}

void Disk::start(SyncDir& verb) {
  const auto directory = loop_.node().disk.find(verb.request().path);
  if (!directory) return verb.complete(disk_failure(ENOENT));
  const uint64_t mark = loop_.node().disk.names_mark();
  perform(verb, sync_delay(loop_.node()), [this, directory, mark, path = verb.request().path]() -> Result<bool> {
    if (disk_fails(loop_.node(), loop_.world().knobs().sync_error, path)) return disk_failure(EIO);
    loop_.node().disk.sync_names(directory, mark);
    return true;
  });
  perhaps_cut(loop_.node());
}

Result<std::vector<DirEntry>> Disk::list(const std::string& path) {
  const auto directory = loop_.node().disk.find(path);
  if (!directory) return disk_failure(ENOENT);
  if (!directory->directory) return disk_failure(ENOTDIR);
  std::vector<DirEntry> entries;
  for (const auto& [name, inode] : directory->names)
    entries.push_back({name, inode->directory, inode->content().size(), inode->modified_ms});
  return entries;
}

void Disk::start(List& verb) {
  if (disk_fails(loop_.node(), loop_.world().knobs().name_error, verb.request().path)) return verb.complete(disk_failure(EIO));
  perform(verb, name_delay(), [this, &verb] { return list(verb.request().path); });
}

int Disk::make_dirs(const std::string& path) {
  DiskImage& disk = loop_.node().disk;
  if (const auto there = disk.find(path)) return there->directory ? 0 : ENOTDIR;
  const std::string parent = parent_path(path);
  if (const int error = make_dirs(parent == "." ? "/" : parent)) return error;
  return disk.make_dir(path);
}

// Two steps, as in life: the names appear at once, and later they are durable.
void Disk::start(MakeDirs& verb) {
  DiskImage& disk = loop_.node().disk;
  if (disk_fails(loop_.node(), loop_.world().knobs().name_error, verb.request().path)) return verb.complete(disk_failure(EIO));
  std::vector<std::shared_ptr<Inode>> parents;
  std::vector<std::string> missing;
  for (std::string path = verb.request().path; !disk.find(path); path = parent_path(path)) missing.push_back(path);
  if (const int error = make_dirs(verb.request().path)) return verb.complete(disk_failure(error));
  if (missing.empty()) return verb.complete(true);
  for (const auto& path : missing) parents.push_back(disk.find(parent_path(path)));
  perform(verb, sync_delay(loop_.node()), [&disk, parents, mark = disk.names_mark()]() -> Result<bool> {
    for (const auto& parent : parents) disk.sync_names(parent, mark);
    return true;
  });
  perhaps_cut(loop_.node());
}

void Disk::cancel(Open& verb) { forget(verb); }
void Disk::cancel(Rename& verb) { forget(verb); }
void Disk::cancel(Remove& verb) { forget(verb); }
void Disk::cancel(SyncDir& verb) { forget(verb); }
void Disk::cancel(List& verb) { forget(verb); }
void Disk::cancel(MakeDirs& verb) { forget(verb); }

}  // namespace evlog::io::sim

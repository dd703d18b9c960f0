#include "io/uv/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/disk_util.h"
#include "io/uv/core.h"
#include "io/uv/file.h"
#include "io/uv/os_error.h"

namespace evlog::io::uv {
namespace {

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::write: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT;
    case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::replace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

Result<bool> succeeded(int result) {
  if (result != 0) return disk_failure(errno);
  return true;
}

// Directories whose names must last, one after the other; the verb ends with the last. Owned by the jobs in flight.
template <class V>
struct DirSyncJob final : SyncJob {
  V* verb = nullptr;
  Core* core = nullptr;
  std::vector<std::pair<std::shared_ptr<Descriptor>, uint64_t>> behind;  // still to do, with their devices
  void done() override;
};

template <class V>
void submit(Core& core, V* verb, std::vector<std::pair<std::shared_ptr<Descriptor>, uint64_t>> directories) {
  auto job = std::make_unique<DirSyncJob<V>>();
  auto [first, device] = std::move(directories.back());
  directories.pop_back();
  job->descriptor = std::move(first);
  job->directory = true;
  job->core = &core;
  job->behind = std::move(directories);
  job->verb = verb;
  verb->slot = job.get();
  core.commit_thread(device).put(std::move(job));
}

template <class V>
void DirSyncJob<V>::done() {
  if (!verb) return;
  if (error) verb->complete(disk_failure(error));
  else if (behind.empty()) verb->complete(true);
  else submit(*core, verb, std::move(behind));
}

Result<std::pair<std::shared_ptr<Descriptor>, uint64_t>> open_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return disk_failure(errno);
  auto descriptor = std::make_shared<Descriptor>(fd);
  struct stat status;
  if (::fstat(fd, &status) != 0) return disk_failure(errno);
  return std::pair(std::move(descriptor), static_cast<uint64_t>(status.st_dev));
}

// Makes what is missing and gives the parents that got a new name.
Result<std::vector<std::string>> make_missing(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode)) return disk_failure(ENOTDIR);
    return std::vector<std::string>{};
  }
  if (errno != ENOENT) return disk_failure(errno);
  const std::string parent = parent_path(path);
  auto parents = make_missing(parent);
  if (!parents) return parents;
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return disk_failure(errno);
  parents->push_back(parent);
  return parents;
}

DirEntry describe(int directory, const dirent& from) {
  DirEntry entry{from.d_name};
  struct stat status;
  if (::fstatat(directory, from.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    entry.is_directory = S_ISDIR(status.st_mode);
    entry.size_bytes = static_cast<uint64_t>(status.st_size);
    entry.modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  }
  return entry;
}

// Everything of a file system, on the pool: beside the commit thread.
struct SyncAllJob final : Job {
  std::shared_ptr<Descriptor> descriptor;
  FileSystem::SyncAll* verb = nullptr;
  int error = 0;
  void work() override { error = ::syncfs(descriptor->fd) == 0 ? 0 : errno; }
  void done() override {
    if (!verb) return;
    if (error) verb->complete(disk_failure(error)); else verb->complete(true);
  }
};

class OpenFileSystem final : public FileSystem {
 public:
  OpenFileSystem(Core& core, std::shared_ptr<Descriptor> descriptor) : core_(core), descriptor_(std::move(descriptor)) {}
  io::Loop& loop() override { return core_.loop; }
  void start(SyncAll& verb) override {
    auto job = std::make_unique<SyncAllJob>();
    job->descriptor = descriptor_;
    job->verb = &verb;
    verb.slot = job.get();
    core_.pool.put(std::move(job));
  }
  void cancel(SyncAll& verb) override { static_cast<SyncAllJob*>(verb.slot)->verb = nullptr; }

 private:
  Core& core_;
  std::shared_ptr<Descriptor> descriptor_;
};

class RecordLock final : public FileLock {
 public:
  explicit RecordLock(int fd) : descriptor_(fd) {}

 private:
  Descriptor descriptor_;  // closing it gives the lock back
};

}  // namespace

io::Loop& Disk::loop() { return core_.loop; }

Result<std::unique_ptr<FileLock>> Disk::lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return disk_failure(errno);
  auto held = std::make_unique<RecordLock>(fd);
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_SETLK, &whole) == 0) return held;
  const int error = errno;
  if (error != EAGAIN && error != EACCES) return disk_failure(error);
  const bool known = ::fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK && whole.l_pid > 0;
  Error busy{ErrorCode::KAFKA_STORAGE_ERROR, known ? fmt::format("locked by process {}", whole.l_pid) : "locked by another process", EAGAIN};
  return std::unexpected(std::move(busy));
}

Result<Disk::Space> Disk::space(const std::string& path) {
  struct statvfs status;
  if (::statvfs(path.c_str(), &status) != 0) return disk_failure(errno);
  return Space{.free_bytes = uint64_t{status.f_bavail} * status.f_frsize, .total_bytes = uint64_t{status.f_blocks} * status.f_frsize};
}

Result<std::unique_ptr<FileSystem>> Disk::file_system(const std::string& path) {
  auto directory = open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  return std::make_unique<OpenFileSystem>(core_, std::move(directory->first));
}

void Disk::start(Open& verb) {
  const auto& [path, mode] = verb.request();
  const int fd = ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, 0644);
  if (fd < 0) return verb.complete(disk_failure(errno));
  struct stat status;
  int error = ::fstat(fd, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error) {
    ::close(fd);
    return verb.complete(disk_failure(error));
  }
  verb.complete(std::make_unique<File>(core_, fd, static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_size)));
}

void Disk::start(Rename& verb) { verb.complete(succeeded(::rename(verb.request().from.c_str(), verb.request().to.c_str()))); }
void Disk::start(Remove& verb) { verb.complete(succeeded(::remove(verb.request().path.c_str()))); }

void Disk::start(SyncDir& verb) {
  auto directory = open_directory(verb.request().path);
  if (!directory) return verb.complete(std::unexpected(directory.error()));
  std::vector<std::pair<std::shared_ptr<Descriptor>, uint64_t>> one;
  one.push_back(std::move(*directory));
  submit(core_, &verb, std::move(one));
}

void Disk::start(List& verb) {
  DIR* directory = ::opendir(verb.request().path.c_str());
  if (!directory) return verb.complete(disk_failure(errno));
  std::vector<DirEntry> entries;
  while (const dirent* one = ::readdir(directory)) {
    const std::string_view name = one->d_name;
    if (name != "." && name != "..") entries.push_back(describe(::dirfd(directory), *one));
  }
  ::closedir(directory);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  verb.complete(std::move(entries));
}

void Disk::start(MakeDirs& verb) {
  const auto parents = make_missing(verb.request().path);
  if (!parents) return verb.complete(std::unexpected(parents.error()));
  if (parents->empty()) return verb.complete(true);
  std::vector<std::pair<std::shared_ptr<Descriptor>, uint64_t>> directories;
  for (const auto& parent : *parents) {
    auto directory = open_directory(parent);
    if (!directory) return verb.complete(std::unexpected(directory.error()));
    directories.push_back(std::move(*directory));
  }
  submit(core_, &verb, std::move(directories));
}

void Disk::cancel(SyncDir& verb) { static_cast<DirSyncJob<SyncDir>*>(verb.slot)->verb = nullptr; }
void Disk::cancel(MakeDirs& verb) { static_cast<DirSyncJob<MakeDirs>*>(verb.slot)->verb = nullptr; }

}  // namespace evlog::io::uv

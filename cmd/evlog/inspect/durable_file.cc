#include "evlog/inspect/durable_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> refused(const fs::path& path, const char* what) { return failure(exit_code::failed, "", "cannot {} {}: {}", what, path.string(), std::strerror(errno)); }

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { if (fd_ >= 0) ::close(fd_); }
  Fd(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, uint64_t position, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), std::min<size_t>(bytes.size(), 64_MiB), static_cast<off_t>(position));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    position += static_cast<uint64_t>(n);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return true;
}

Expected<void> sync_directory(const fs::path& path) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return refused(directory, "sync");
  return {};
}

}  // namespace

Expected<void> replace_file(const fs::path& path, const std::vector<Bytes>& pieces) {
  // Servers sweep away what ends in .tmp.
  const fs::path temporary = path.string() + ".tmp";
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (fd.get() < 0) return refused(temporary, "write");
  uint64_t at = 0;
  for (const Bytes piece : pieces) {
    if (!write_all(fd.get(), at, piece)) {
      auto error = refused(temporary, "write");
      ::unlink(temporary.c_str());
      return error;
    }
    at += piece.size();
  }
  if (::fsync(fd.get()) != 0) return refused(temporary, "sync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return refused(path, "replace");
  return sync_directory(path);
}

Expected<void> write_into_file(const fs::path& path, uint64_t position, Bytes bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0 || !write_all(fd.get(), position, bytes)) return refused(path, "write");
  if (::fsync(fd.get()) != 0) return refused(path, "sync");
  return {};
}

Expected<void> cut_file(const fs::path& path, uint64_t size_bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0 || ::ftruncate(fd.get(), static_cast<off_t>(size_bytes)) != 0) return refused(path, "cut");
  if (::fsync(fd.get()) != 0) return refused(path, "sync");
  return {};
}

Expected<void> rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return refused(from, "rename");
  return sync_directory(to);
}

fs::path free_name(const fs::path& path) {
  std::error_code error;
  fs::path out = path;
  for (int n = 2; fs::exists(out, error); ++n) out = fmt::format("{}.{}", path.string(), n);
  return out;
}

Expected<DirectoryLock> DirectoryLock::take(const fs::path& directory) {
  const fs::path path = directory / ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return refused(path, "open");
  DirectoryLock out(fd);
  struct flock wanted{};
  wanted.l_type = F_WRLCK, wanted.l_whence = SEEK_SET;
  if (::fcntl(fd, F_SETLK, &wanted) == 0) return out;
  if (errno != EACCES && errno != EAGAIN) return refused(path, "lock");
  struct flock held{};
  held.l_type = F_WRLCK, held.l_whence = SEEK_SET;
  const bool known = ::fcntl(fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK;
  return failure(exit_code::failed, "stop the server first", "{} is in use{}", directory.string(), known ? fmt::format(": locked by process {}", held.l_pid) : "");
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace evlog::cmd

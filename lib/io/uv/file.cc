#include "io/uv/file.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/uv/core.h"
#include "io/uv/os_error.h"

namespace evlog::io::uv {
namespace {

constexpr size_t pieces_max = 256;  // per system call
constexpr size_t warm_step_bytes = 256_KiB;
constexpr uint64_t recent_bytes = 1_MiB;  // behind the last write: where consumers at the tail read, who are not to pay for a question

// Fills `into` from the descriptor, fewer bytes only at the end of the file.
Result<size_t> read_fully(int descriptor, uint64_t offset, MutableBytes into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(descriptor, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_failure(errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

struct ReadJob final : Job {
  std::shared_ptr<Descriptor> descriptor;
  uint64_t offset = 0;
  Buffer buffer;  // the job's own: the waiting coroutine and its memory may be gone before the device answers
  File::Read* verb = nullptr;
  Result<size_t> result = 0;
  void work() override { result = read_fully(descriptor->fd, offset, buffer.mutable_bytes()); }
  void done() override {
    if (!verb) return;
    if (result && *result) std::copy_n(buffer.data(), *result, verb->request().into.data());
    verb->complete(std::move(result));
  }
};

struct FileSyncJob final : SyncJob {
  File::Sync* verb = nullptr;
  void done() override {
    if (!verb) return;
    if (error) verb->complete(disk_failure(error)); else verb->complete(true);
  }
};

// Reads the range through a window of its own: the pages stay, the bytes do not matter.
struct WarmJob final : Job {
  std::shared_ptr<Descriptor> descriptor;
  uint64_t offset = 0, size = 0;
  File::Warm* verb = nullptr;
  Result<bool> result = true;
  void work() override {
    ::readahead(descriptor->fd, static_cast<off64_t>(offset), size);
    Buffer window(std::min<uint64_t>(size, warm_step_bytes));
    for (uint64_t at = 0; at < size; at += window.capacity()) {
      const auto got = read_fully(descriptor->fd, offset + at, window.mutable_bytes().first(std::min<uint64_t>(window.capacity(), size - at)));
      if (!got) return void(result = std::unexpected(got.error()));
      if (*got == 0) return;
    }
  }
  void done() override {
    if (verb) verb->complete(std::move(result));
  }
};

struct CoolJob final : Job {
  std::shared_ptr<Descriptor> descriptor;
  uint64_t offset = 0, size = 0;
  File::Cool* verb = nullptr;
  Result<bool> result = true;
  void work() override {
    constexpr unsigned write_out = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    // A file system without it, or a failed write, which the next sync reports: the memory just stays in use.
    if (::sync_file_range(descriptor->fd, static_cast<off64_t>(offset), static_cast<off64_t>(size), write_out) != 0) return;
    ::posix_fadvise(descriptor->fd, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_DONTNEED);
  }
  void done() override {
    if (verb) verb->complete(std::move(result));
  }
};

// The pieces behind the first `done` bytes as vectors for one call.
size_t gather(std::span<const Bytes> pieces, size_t done, std::array<iovec, pieces_max>& into) {
  size_t count = 0;
  for (const Bytes piece : pieces) {
    if (done >= piece.size()) { done -= piece.size(); continue; }
    into[count++] = {const_cast<uint8_t*>(piece.data()) + done, piece.size() - done};
    done = 0;
    if (count == pieces_max) break;
  }
  return count;
}

}  // namespace

File::File(Core& core, int descriptor, uint64_t device, uint64_t size)
    : core_(core), descriptor_(std::make_shared<Descriptor>(descriptor)), device_(device), size_(size) {}

io::Loop& File::loop() { return core_.loop; }

Result<size_t> File::try_read(uint64_t offset, MutableBytes into) {
  const size_t wanted = offset >= size_ ? 0 : std::min<uint64_t>(into.size(), size_ - offset);
  if (wanted == 0) return 0;
  iovec vector{into.data(), wanted};
  const ssize_t got = ::preadv2(descriptor(), &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (got == static_cast<ssize_t>(wanted)) return wanted;
  // A file system that cannot say what is cached (tmpfs) has everything in memory.
  if (got < 0 && errno == EOPNOTSUPP) return read_fully(descriptor(), offset, into.first(wanted));
  if (got < 0 && errno != EAGAIN && errno != EINTR) return disk_failure(errno);
  return would_block;
}

void File::start(Read& verb) {
  auto& [offset, into] = verb.request();
  auto inline_result = try_read(offset, into);
  if (!inline_result || *inline_result != would_block) return verb.complete(std::move(inline_result));
  auto job = std::make_unique<ReadJob>();
  job->descriptor = descriptor_;
  job->offset = offset;
  job->buffer = Buffer(std::min<uint64_t>(into.size(), size_ - offset));
  job->verb = &verb;
  verb.slot = job.get();
  core_.pool.put(std::move(job));
}

void File::cancel(Read& verb) { static_cast<ReadJob*>(verb.slot)->verb = nullptr; }

void File::start(Write& verb) {
  const auto& [offset, pieces] = verb.request();
  size_t total = 0, done = 0;
  for (const Bytes piece : pieces) total += piece.size();
  while (done < total) {
    std::array<iovec, pieces_max> vectors;
    const size_t count = gather(pieces, done, vectors);
    const ssize_t wrote = ::pwritev(descriptor(), vectors.data(), static_cast<int>(count), static_cast<off_t>(offset + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return verb.complete(disk_failure(wrote < 0 ? errno : EIO));
    done += static_cast<size_t>(wrote);
    size_ = std::max<uint64_t>(size_, offset + done);
  }
  recent_from_ = offset + total - std::min(offset + total, recent_bytes);
  verb.complete(true);
}

void File::start(Sync& verb) {
  auto job = std::make_unique<FileSyncJob>();
  job->descriptor = descriptor_;
  job->verb = &verb;
  verb.slot = job.get();
  core_.commit_thread(device_).put(std::move(job));
}

void File::cancel(Sync& verb) { static_cast<FileSyncJob*>(verb.slot)->verb = nullptr; }

bool File::is_cached(uint64_t offset) const {
  uint8_t byte;
  iovec vector{&byte, 1};
  const ssize_t got = ::preadv2(descriptor(), &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  return got >= 0 || errno != EAGAIN;  // an error, too, is found by whoever reads, without waiting
}

// The pages between the first and the last come with them: the system reads ahead, and evicts from the oldest end on.
void File::start(Warm& verb) {
  const auto& [offset, size] = verb.request();
  const uint64_t end = std::min(size_, offset + size);
  if (offset >= end || offset >= recent_from_ || (is_cached(end - 1) && is_cached(offset))) return verb.complete(true);
  auto job = std::make_unique<WarmJob>();
  job->descriptor = descriptor_;
  job->offset = offset;
  job->size = end - offset;
  job->verb = &verb;
  verb.slot = job.get();
  core_.pool.put(std::move(job));
}

void File::cancel(Warm& verb) { static_cast<WarmJob*>(verb.slot)->verb = nullptr; }

void File::start(Cool& verb) {
  recent_from_ = std::max(recent_from_, verb.request().offset + verb.request().size);
  auto job = std::make_unique<CoolJob>();
  job->descriptor = descriptor_;
  job->offset = verb.request().offset;
  job->size = verb.request().size;
  job->verb = &verb;
  verb.slot = job.get();
  core_.pool.put(std::move(job));
}

void File::cancel(Cool& verb) { static_cast<CoolJob*>(verb.slot)->verb = nullptr; }

void File::start(Truncate& verb) {
  if (::ftruncate(descriptor(), static_cast<off_t>(verb.request().size)) != 0) return verb.complete(disk_failure(errno));
  size_ = verb.request().size;
  verb.complete(true);
}

}  // namespace evlog::io::uv

#include "io/uv/file.h"

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

void File::start(Truncate& verb) {
  if (::ftruncate(descriptor(), static_cast<off_t>(verb.request().size)) != 0) return verb.complete(disk_failure(errno));
  size_ = verb.request().size;
  verb.complete(true);
}

}  // namespace evlog::io::uv

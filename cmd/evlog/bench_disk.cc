// What the disk itself takes: append and fdatasync, one after another. A broker that keeps what it acknowledges cannot be quicker
// with single records, so this is the number to hold its latency against.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "evlog/bench.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

Expected<BenchResult> probe_fsync(const std::string& folder, size_t bytes) {
  constexpr int64_t probe_ns = 1'000'000'000;
  std::string path = folder + "/.evlog-bench-XXXXXX";  // without a name at once; O_TMPFILE is not on every file system
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return failure(exit_code::failed, "a folder on the disk that is meant", "--fsync-probe: cannot write in {}: {}", folder, std::strerror(errno));
  ::unlink(path.c_str());
  const std::string data(std::max<size_t>(bytes, 1), 'x');
  BenchResult out{.name = "fsync"};
  int error = 0;
  for (const int64_t begun = mono_ns(); out.nanoseconds < probe_ns && !error && !interrupted();) {
    const int64_t start = mono_ns();
    if (::write(fd, data.data(), data.size()) != static_cast<ssize_t>(data.size()) || ::fdatasync(fd) != 0) error = errno;
    const int64_t end = mono_ns();
    ++out.records;
    out.bytes += data.size();
    out.latency_ns.record(static_cast<uint64_t>(end - start));
    out.nanoseconds = end - begun;
  }
  ::close(fd);
  if (error) return failure(exit_code::failed, "", "--fsync-probe: {}: {}", folder, std::strerror(error));
  return out;
}

}  // namespace evlog::cmd

// The machine a broker runs on: what makes it slow, or stops it, one day. Everything is only looked at; nothing is changed.
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "evlog/doctor.h"
#include "evlog/port_owner.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using Severity = Finding::Severity;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "always [madvise] never" -> "madvise"
std::string bracketed(const std::string& line) {
  const size_t open = line.find('['), close = line.find(']');
  return open == std::string::npos || close == std::string::npos ? line : line.substr(open + 1, close - open - 1);
}

// The soft limit of the process in /proc/PID/limits.
std::string limit_of(const std::string& pid, std::string_view name) {
  std::ifstream file("/proc/" + pid + "/limits");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    std::string soft;
    words >> soft;
    return soft;
  }
  return {};
}

void check_limits(const LocalBroker& broker, const Tell& tell) {
  constexpr int64_t files_wanted = 65'536, files_least = 4'096;
  const auto owner = port_owner(broker.port);
  if (!owner) return tell({"open files", "of the broker's process", "its process cannot be seen from here", Severity::note, "run this as root, or as the broker's user"});
  const std::string limit = limit_of(std::to_string(owner->pid), "Max open files");
  const auto n = parse_int(limit);
  const bool enough = limit == "unlimited" || (n && *n >= files_wanted);
  tell({"open files", fmt::format(">= {}", files_wanted), limit, enough ? Severity::ok : n && *n < files_least ? Severity::critical : Severity::warning,
        enough ? "" : "each partition takes a few: LimitNOFILE=1048576 in the systemd unit, or ulimit -n"});
}

std::string_view file_system_name(int64_t magic) {
  switch (magic) {
    case 0xEF53: return "ext4";
    case 0x58465342: return "xfs";
    case 0x9123683E: return "btrfs";
    case 0x2FC12FC1: return "zfs";
    case 0x01021994: return "tmpfs";
    case 0x794C7630: return "overlayfs";
    case 0x6969: return "nfs";
    case 0xFF534D42:
    case 0xFE534D42: return "cifs";
    case 0xF2F52010: return "f2fs";
    case 0x65735546: return "fuse";
    default: return "";
  }
}

Finding judge_file_system(const std::string& dir, int64_t magic) {
  const std::string_view name = file_system_name(magic);
  Finding out{"file system of " + dir, "ext4 or xfs", name.empty() ? fmt::format("0x{:x}", magic) : std::string(name), Severity::ok, {}};
  if (name == "ext4" || name == "xfs") return out;
  if (name == "tmpfs") out.severity = Severity::critical, out.hint = "it is memory: everything is gone after a restart of the machine";
  else if (name == "nfs" || name == "cifs" || name == "fuse") out.severity = Severity::warning, out.hint = "a file system over the network may lose what it acknowledged, and its locks hang";
  else if (name == "overlayfs") out.severity = Severity::warning, out.hint = "it is the container's own layer: slow, and gone with the container; mount a volume";
  else out.severity = Severity::note, out.hint = "it works; ext4 and xfs are what it is measured on";
  return out;
}

void check_space(const std::string& dir, const struct statfs& fs, const Tell& tell) {
  const auto block = static_cast<uint64_t>(fs.f_bsize);
  const uint64_t total = fs.f_blocks * block, free = fs.f_bavail * block;
  const uint64_t percent = total ? free * 100 / total : 0;
  tell({"free space in " + dir, ">= 15 %", fmt::format("{} % ({} of {})", percent, human_bytes(free), human_bytes(total)), percent < 5 ? Severity::critical : percent < 15 ? Severity::warning : Severity::ok,
        percent < 15 ? "shorter retention, or a larger disk; a full disk refuses writes" : ""});
  if (fs.f_files > 0 && fs.f_ffree * 100 / fs.f_files < 5) tell({"free inodes in " + dir, ">= 5 %", fmt::format("{} %", fs.f_ffree * 100 / fs.f_files), Severity::warning, "files cannot be made although there is space"});
}

// How long one small write takes to be on the disk: the least that acks=all can take.
std::optional<double> sync_ms(const std::string& dir) {
  constexpr int rounds = 21;
  std::string path = dir + "/.evlog-doctor-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  ::unlink(path.c_str());
  std::vector<double> times;
  const std::string block(4096, 'x');
  for (int i = 0; i < rounds; ++i) {
    if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size())) break;
    const int64_t begun = mono_ns();
    if (::fdatasync(fd) != 0) break;
    times.push_back(static_cast<double>(mono_ns() - begun) / 1e6);
  }
  ::close(fd);
  if (times.empty()) return std::nullopt;
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void check_sync(const std::string& dir, const Tell& tell) {
  const auto ms = sync_ms(dir);
  const std::string check = "disk sync in " + dir;
  if (!ms) return tell({check, "<= 10 ms", fmt::format("not measured ({})", std::strerror(errno)), Severity::note, "run this as the broker's user, or as root"});
  tell({check, "<= 10 ms", fmt::format("{:.2f} ms", *ms), *ms > 50 ? Severity::warning : *ms > 10 ? Severity::note : Severity::ok,
        *ms > 10 ? "every acknowledged write waits that long; a disk with power-loss protection takes less than 1 ms" : ""});
}

void check_directory(const std::string& dir, const Tell& tell) {
  struct statfs fs {};
  if (::statfs(dir.c_str(), &fs) != 0) return tell({"directory " + dir, "visible here", std::strerror(errno), Severity::note, "the broker runs in a container, or as another user: run evlog doctor there"});
  tell(judge_file_system(dir, static_cast<int64_t>(static_cast<uint32_t>(fs.f_type))));
  check_space(dir, fs, tell);
  check_sync(dir, tell);
}

void check_memory(const Tell& tell) {
  const std::string huge = bracketed(first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  if (!huge.empty()) tell({"transparent huge pages", "madvise or never", huge, huge == "always" ? Severity::note : Severity::ok, huge == "always" ? "they make pauses: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled" : ""});
  const auto swappiness = parse_int(first_line("/proc/sys/vm/swappiness"));
  if (swappiness) tell({"swappiness", "<= 10", fmt::format("{}", *swappiness), *swappiness > 10 ? Severity::note : Severity::ok, *swappiness > 10 ? "the kernel may swap the broker out for page cache: sysctl vm.swappiness=1" : ""});
  const auto overcommit = parse_int(first_line("/proc/sys/vm/overcommit_memory"));
  if (overcommit && *overcommit == 2) tell({"overcommit_memory", "0 or 1", "2", Severity::warning, "mapping files and starting threads may fail: sysctl vm.overcommit_memory=0"});
}

void check_clock(const Tell& tell) {
  const std::string source = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (!source.empty()) {
    const bool slow = source == "hpet" || source == "acpi_pm" || source == "jiffies" || source == "xen";
    tell({"clock source", "tsc, kvm-clock, …", source, slow ? Severity::warning : Severity::ok, slow ? "asking for the time takes a system call: see /sys/devices/system/clocksource" : ""});
  }
  timex now{};
  const int state = ::adjtimex(&now);
  if (state < 0) return;
  const bool synced = state != TIME_ERROR && !(now.status & STA_UNSYNC);
  tell({"time", "synchronised", synced ? "synchronised" : "not synchronised", synced ? Severity::ok : Severity::warning, synced ? "" : "timestamps and retention go by it: apt install chrony"});
}

}  // namespace

void examine_machine(const LocalBroker& broker, const Tell& tell) {
  check_limits(broker, tell);
  for (const std::string& dir : broker.log_dirs) check_directory(dir, tell);
  check_memory(tell);
  check_clock(tell);
}

}  // namespace evlog::cmd

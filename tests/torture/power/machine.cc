#include "torture/power/machine.h"

#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace power {

namespace {

constexpr uint64_t ready_ms_max = 60'000, stop_ms_max = 60'000;

void up_loopback() {
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ioctl(s, SIOCSIFFLAGS, &request);
  close(s);
}

void run_server(int binary) {
  const int log = open("/media/server.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(log, 1);
  dup2(log, 2);
  const char* words[] = {"evlog", "serve", "--data-dir", "/mnt/data", "--listen", Server::address, "--http", "off", "--ready-file", "/run/ready", "-c",
                         "/media/server.properties", nullptr};
  fexecve(binary, const_cast<char**>(words), environ);
  _exit(127);
}

std::string ended(int status) {
  return WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status)) : "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

ChannelFile::ChannelFile(const std::string& path) : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644)) {
  if (fd_ < 0) power_off();
}

void ChannelFile::line(std::string_view text) {
  pending_ += text;
  pending_ += '\n';
}

void ChannelFile::push() {
  for (size_t at = 0; at < pending_.size();) {
    const ssize_t n = write(fd_, pending_.data() + at, pending_.size() - at);
    if (n <= 0) power_off();
    at += static_cast<size_t>(n);
  }
  pending_.clear();
  // To the host's page cache; the host's own disk is not the subject.
  sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void power_off() {
  sync();
  reboot(LINUX_REBOOT_CMD_POWER_OFF);
  for (;;) pause();
}

void mount_all() {
  mount("proc", "/proc", "proc", 0, nullptr);
  mount("run", "/run", "tmpfs", 0, nullptr);
  mount("none", "/media", "hostfs", 0, setting("EVLOG_CHANNEL").c_str());
  up_loopback();
}

std::string mount_disk(const std::string& fs) {
  if (mount("/dev/ubda", "/mnt", fs.c_str(), 0, nullptr) == 0) return {};
  return std::string("mount: ") + std::strerror(errno);
}

void unmount_disk() { umount("/mnt"); }

uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

void wait_ms(int ms) { poll(nullptr, 0, ms); }

Server::Server(const std::string& binary) : binary_(open(binary.c_str(), O_RDONLY | O_CLOEXEC)) {}

std::string Server::start() {
  const uint64_t begun = now_ns();
  pid_ = fork();
  if (pid_ == 0) run_server(binary_);
  for (;;) {
    struct stat found{};
    if (stat("/run/ready", &found) == 0 && found.st_size > 0) break;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) return "the server ended before it was ready: " + ended(status);
    if (now_ns() - begun > ready_ms_max * 1'000'000) return "the server was not ready in time";
    wait_ms(1);
  }
  ready_ms_ = (now_ns() - begun) / 1'000'000;
  return {};
}

std::string Server::stop() {
  kill(pid_, SIGTERM);
  for (uint64_t waited = 0; waited < stop_ms_max; waited += 5) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) return status == 0 ? std::string() : "the server stopped with " + ended(status);
    wait_ms(5);
  }
  return "the server did not stop";
}

}  // namespace power

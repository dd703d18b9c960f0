// The guest as a machine: this program is its init, so it mounts, brings the loopback up, runs the server and tells the host how far it
// is. The host reads the channel, a directory of its own; what it knows of is what was in there when it cut the power.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace power {

// An append-only file of the channel. A line written is in the host's file when `push` has returned.
class ChannelFile {
 public:
  explicit ChannelFile(const std::string& path);
  void line(std::string_view text);
  void push();

 private:
  int fd_;
  std::string pending_;
};

// What init was told, on the kernel's command line.
std::string setting(const char* name);

[[noreturn]] void power_off();
void mount_all();                               // proc, a writable /run, the channel; loopback
std::string mount_disk(const std::string& fs);  // empty, or what went wrong
void unmount_disk();
uint64_t now_ns();  // since the guest's boot
void wait_ms(int ms);

class Server {
 public:
  explicit Server(const std::string& binary);  // before anything is mounted: it may lie under a mount point
  std::string start();  // empty when it is ready, or what went wrong
  std::string stop();
  uint64_t ready_ms() const { return ready_ms_; }
  static constexpr const char* address = "127.0.0.1:9092";

 private:
  int binary_;
  pid_t pid_ = -1;
  uint64_t ready_ms_ = 0;
};

}  // namespace power

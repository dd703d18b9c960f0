#include "evlog/port_owner.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"

namespace evlog::cmd {
namespace {

constexpr std::string_view listening = "0A";

// The inodes of sockets that listen on the port; columns: sl local_address rem_address st … inode.
void find_inodes(const char* table, int port, std::set<std::string>& inodes) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, skipped, inode;
    words >> slot >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) words >> skipped;
    words >> inode;
    const size_t colon = local.rfind(':');
    if (state != listening || colon == std::string::npos) continue;
    if (std::strtol(local.c_str() + colon + 1, nullptr, 16) == port) inodes.insert("socket:[" + inode + "]");
  }
}

bool holds(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (auto fd = std::filesystem::directory_iterator(process / "fd", error); !error && fd != std::filesystem::directory_iterator(); fd.increment(error)) {
    std::error_code unreadable;
    if (inodes.contains(std::filesystem::read_symlink(fd->path(), unreadable).string())) return true;
  }
  return false;
}

}  // namespace

std::optional<PortOwner> port_owner(int port) {
  std::set<std::string> inodes;
  find_inodes("/proc/net/tcp", port, inodes);
  find_inodes("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return std::nullopt;
  std::error_code error;
  for (auto process = std::filesystem::directory_iterator("/proc", error); !error && process != std::filesystem::directory_iterator(); process.increment(error)) {
    const auto pid = parse_int(process->path().filename().string());
    if (!pid || !holds(process->path(), inodes)) continue;
    PortOwner owner{.pid = static_cast<int>(*pid)};
    std::ifstream comm(process->path() / "comm");
    std::getline(comm, owner.name);
    return owner;
  }
  return std::nullopt;
}

}  // namespace evlog::cmd

#include "evlog/own_server.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "evlog/files.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

OwnServer::~OwnServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Expected<void> OwnServer::start() {
  const char* const temporary = std::getenv("TMPDIR");
  std::string path = std::string(temporary && *temporary ? temporary : "/tmp") + "/evlog-own-XXXXXX";
  if (!::mkdtemp(path.data())) return failure(exit_code::failed, "TMPDIR=DIR", "cannot make {}: {}", path, std::strerror(errno));
  directory_ = path;
  if (auto spawned = spawn(); !spawned) return spawned;
  return wait_ready();
}

Expected<void> OwnServer::spawn() {
  const std::string ready = ready_file(), log = log_file();
  // As the first process of a container we take all others with us anyway, and a child of process 1 believes that its parent is gone.
  const char* const with_parent = ::getpid() == 1 ? nullptr : "--exit-with-parent";
  const char* const argv[] = {"evlog", "serve", "--ephemeral", "--listen", "127.0.0.1:0", "--ready-file", ready.c_str(), with_parent, nullptr};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&files, 1, 2);
  const int error = ::posix_spawn(&pid_, "/proc/self/exe", &files, nullptr, const_cast<char* const*>(argv), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (error == 0) return {};
  pid_ = -1;
  return failure(exit_code::failed, "", "cannot start a server: {}", std::strerror(error));
}

Expected<void> OwnServer::wait_ready() {
  constexpr int64_t limit_ms = 30'000;
  for (const int64_t deadline = mono_ms() + limit_ms; mono_ms() < deadline && !interrupted(); ::usleep(2000)) {
    if (read_address()) return {};
    if (::waitpid(pid_, nullptr, WNOHANG) != pid_) continue;
    pid_ = -1;
    return failure(explain_end());
  }
  return failure(exit_code::failed, "try again when the machine is less busy", "the server is not ready after {} s", limit_ms / 1000);
}

// The file has its name only when it is complete.
bool OwnServer::read_address() {
  const auto ready = nlohmann::json::parse(read_file(ready_file()).value_or(""), nullptr, false);
  if (!ready.is_object() || !ready.contains("kafka") || !ready["kafka"].is_string()) return false;
  const std::string text = ready["kafka"];
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  address_ = {text.substr(0, colon), std::atoi(text.c_str() + colon + 1)};
  return true;
}

Failure OwnServer::explain_end() const {
  std::string said = read_file(log_file()).value_or("");
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return {exit_code::failed, said.empty() ? "the server ended at once" : "the server ended at once: " + said, "evlog serve --ephemeral --listen 127.0.0.1:0", {}};
}

}  // namespace evlog::cmd

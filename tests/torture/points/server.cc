#include "torture/points/server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace evlog::torture {
namespace {

constexpr int ready_within_ms = 60'000, stopped_within_s = 60;

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}

}  // namespace

SharedPage::SharedPage(std::string path) : path_(std::move(path)) {
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(FaultPage)) != 0) std::perror(path_.c_str()), std::exit(2);
  page_ = static_cast<FaultPage*>(::mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  ::close(fd);
}

SharedPage::~SharedPage() { ::munmap(page_, sizeof(FaultPage)); }

void SharedPage::clear() { *page_ = FaultPage{}; }

bool ServerProcess::start(const ServerSettings& settings, const SharedPage* page) {
  int ready[2];
  if (::pipe(ready) != 0) return false;
  log_path_ = settings.directory + "/server.log";
  std::vector<std::string> words{settings.binary, "serve", "-q", "--listen", "127.0.0.1:0", "--ready-fd", std::to_string(ready[1]), "--set",
                                 "log.dirs=" + joined(settings.log_dirs)};
  for (const auto& set : settings.sets) words.insert(words.end(), {"--set", set});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ready[0]);
    const int log = ::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (page) {
      ::setenv("LD_PRELOAD", settings.shim.c_str(), 1);
      ::setenv("EVLOG_FAULT_PAGE", page->path().c_str(), 1);
      ::setenv("EVLOG_FAULT_DIR", settings.directory.c_str(), 1);
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ready[1]);
  std::string text;
  pollfd wait{ready[0], POLLIN, 0};
  char part[512];
  while (text.find('\n') == std::string::npos && ::poll(&wait, 1, ready_within_ms) > 0) {
    const ssize_t got = ::read(ready[0], part, sizeof part);
    if (got <= 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  ::close(ready[0]);
  const auto told = nlohmann::json::parse(text, nullptr, false);
  if (!told.is_object()) {
    reap(false);
    if (pid_ > 0) reap(true);
    return false;
  }
  const std::string address = told.value("kafka", "");
  port_ = std::atoi(address.c_str() + address.rfind(':') + 1);
  return true;
}

void ServerProcess::reap(bool wait) {
  if (pid_ < 0) return;
  int status = 0;
  for (int waited_ms = 0;; waited_ms += 1) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) break;
    if (!wait) return;
    if (waited_ms > stopped_within_s * 1000) ::kill(pid_, SIGABRT), waited_ms = 0;
    ::usleep(1000);
  }
  end_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  pid_ = -1;
}

void ServerProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  reap(true);
}

bool ServerProcess::stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  reap(true);
  return end_ == 0;
}

bool ServerProcess::running() {
  reap(false);
  return pid_ > 0;
}

std::string ServerProcess::log() const {
  std::ifstream file(log_path_);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace evlog::torture

// A real `evlog serve` in its own process, with the shim loaded or without, on directories that outlive it. Killed with its owner.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "torture/points/fault_page.h"

namespace evlog::torture {

// The page that the shim has mapped, too.
class SharedPage {
 public:
  explicit SharedPage(std::string path);
  ~SharedPage();
  FaultPage* operator->() const { return page_; }
  const std::string& path() const { return path_; }
  void clear();

 private:
  std::string path_;
  FaultPage* page_ = nullptr;
};

struct ServerSettings {
  std::string binary, shim;               // the shim is loaded when it has a name
  std::string directory;                  // of everything
  std::vector<std::string> log_dirs;      // under it
  std::vector<std::string> sets;          // "key=value"
};

class ServerProcess {
 public:
  ~ServerProcess() { kill(); }
  // Until it is ready, or over. False when it ended first.
  bool start(const ServerSettings& settings, const SharedPage* page);
  int port() const { return port_; }
  void kill();                            // -9, waited for
  bool stop();                            // cleanly; true when it said 0
  bool running();                         // false once it ended
  // After the end: how. A signal is negative.
  int end() const { return end_; }
  std::string log() const;                // all it wrote to its log, in all its lives

 private:
  void reap(bool wait);
  pid_t pid_ = -1;
  int port_ = 0;
  int end_ = 0;
  std::string log_path_;
};

}  // namespace evlog::torture

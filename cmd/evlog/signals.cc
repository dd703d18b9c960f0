#include "evlog/signals.h"

#include <csignal>
#include <unistd.h>

#include "evlog/failure.h"

namespace evlog::cmd {
namespace {

volatile std::sig_atomic_t asked = 0;

void on_signal(int signal) {
  const int code = signal == SIGTERM ? exit_code::terminated : exit_code::interrupted;
  if (asked) ::_exit(code);
  asked = code;
}

}  // namespace

void watch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;  // without SA_RESTART: a blocking read ends
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
}

int interrupted() { return asked; }
void end_by_pipe() { std::raise(SIGPIPE); }

}  // namespace evlog::cmd

#include "evlog/input.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

Input::~Input() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Expected<bool> Input::next_file() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
  fd_ = -1;
  buffer_.clear();
  taken_ = 0;
  if (next_path_ == paths_.size()) return false;
  name_ = paths_[next_path_++];
  if (name_ == "-") {
    fd_ = STDIN_FILENO;
    name_ = "standard input";
    return true;
  }
  fd_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) return failure(exit_code::missing, "", "cannot read {}: {}", name_, std::strerror(errno));
  return true;
}

bool Input::from_terminal() const { return fd_ == STDIN_FILENO && is_terminal(stdin); }

Expected<bool> Input::more(const std::function<void()>& while_waiting) {
  constexpr size_t step = 256 << 10;
  if (taken_ > 0) buffer_.erase(0, taken_), taken_ = 0;
  if (buffer_.size() > record_bytes_max) return failure(exit_code::failed, "is the delimiter right?  -D", "{}: a record longer than {} bytes", name_, record_bytes_max);
  for (;;) {
    if (interrupted()) return false;
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, 20) <= 0) {
      while_waiting();
      continue;
    }
    const size_t had = buffer_.size();
    buffer_.resize(had + step);
    const ssize_t got = ::read(fd_, buffer_.data() + had, step);
    buffer_.resize(had + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(exit_code::missing, "", "cannot read {}: {}", name_, std::strerror(errno));
    bytes_read_ += static_cast<uint64_t>(got);
    return got > 0;
  }
}

Output::Output(bool every_record) : every_record_(every_record || is_terminal(stdout)) { text_.reserve(2 * block_bytes); }

bool Output::reader_gone() const {
  pollfd p{STDOUT_FILENO, 0, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

Expected<void> Output::flush() {
  std::string_view left = text_;
  while (!left.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, left.data(), left.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failure(exit_code::failed, "", "cannot write to standard output: {}", std::strerror(errno));
    left.remove_prefix(static_cast<size_t>(wrote));
  }
  text_.clear();
  return {};
}

}  // namespace evlog::cmd

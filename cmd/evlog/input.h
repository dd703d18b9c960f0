// Input: the bytes of files or stdin, one record's worth after another; and Output: blocks of 64 KiB to stdout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/failure.h"

namespace evlog::cmd {

class Input {
 public:
  static constexpr size_t record_bytes_max = 512u << 20;

  explicit Input(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  ~Input();

  // All that was read and not yet taken; grows by more(). At the end of a file at_end() is true until next_file().
  std::string_view buffered() const { return std::string_view(buffer_).substr(taken_); }
  void take(size_t bytes) { taken_ += bytes; }
  Expected<bool> more(const std::function<void()>& while_waiting);  // false: the file ended, or the user interrupted
  Expected<bool> next_file();                                       // false: there is none
  bool from_terminal() const;
  const std::string& name() const { return name_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  std::vector<std::string> paths_;
  size_t next_path_ = 0;
  int fd_ = -1;
  std::string name_;
  std::string buffer_;
  size_t taken_ = 0;
  uint64_t bytes_read_ = 0;
};

class Output {
 public:
  static constexpr size_t block_bytes = 64 << 10;
  explicit Output(bool every_record);

  std::string& text() { return text_; }
  bool full() const { return every_record_ || text_.size() >= block_bytes; }
  bool empty() const { return text_.empty(); }
  Expected<void> flush();
  bool reader_gone() const;  // who read our pipe went away: the next write would end us

 private:
  bool every_record_;
  std::string text_;
};

}  // namespace evlog::cmd

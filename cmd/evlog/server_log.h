// The server's log lines on stderr: coloured text on a terminal, logfmt elsewhere. A line that comes again and again is counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace evlog::cmd {

class ServerLog {
 public:
  static constexpr int repeats_max = 10;  // of one text per interval
  static constexpr int64_t interval_ms = 10'000;
  static constexpr size_t texts_max = 256;

  explicit ServerLog(std::string_view lowest);  // trace, debug, info, warn, error
  void write(char level, std::string_view module, std::string_view text);

 private:
  bool repeated(std::string_view module, std::string_view text);

  struct Seen { int64_t since_ms = 0; int times = 0; };
  int lowest_;
  bool terminal_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace evlog::cmd

// The names under which the server writes its log, and how much of each is written: what DescribeConfigs shows for a BROKER_LOGGER and
// IncrementalAlterConfigs changes. Levels are Kafka's words; they last until the server stops.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace evlog::broker {

class Loggers {
 public:
  static constexpr std::string_view root = "root";
  static constexpr std::array<std::string_view, 7> names = {"config", "connection", "group", "listener", "log", "quorum", root};
  static constexpr std::array<std::string_view, 6> levels = {"DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"};  // sorted: an error lists them

  // `level` as evlog.log.level has it, "info".
  void set_root(std::string_view level);
  void set(std::string_view logger, std::string_view level) { own_[std::string(logger)] = level; }  // of `names` and `levels`
  void unset(std::string_view logger) { own_.erase(std::string(logger)); }

  std::string_view level(std::string_view logger) const;  // its own, or the root's
  bool passes(char letter, std::string_view logger) const;  // a line of that level: 'D', 'I', 'W', 'E'

 private:
  std::map<std::string, std::string, std::less<>> own_{{std::string(root), "INFO"}};
};

}  // namespace evlog::broker

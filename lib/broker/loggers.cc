#include "broker/loggers.h"

namespace evlog::broker {
namespace {

int rank(std::string_view level) {
  if (level == "TRACE" || level == "DEBUG") return level == "TRACE" ? 0 : 1;
  if (level == "INFO" || level == "WARN") return level == "INFO" ? 2 : 3;
  return level == "ERROR" ? 4 : 5;
}

int rank(char letter) { return letter == 'D' ? 1 : letter == 'I' ? 2 : letter == 'W' ? 3 : 4; }

}  // namespace

void Loggers::set_root(std::string_view level) {
  std::string name(level);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  set(root, name);
}

std::string_view Loggers::level(std::string_view logger) const {
  const auto own = own_.find(logger);
  return own != own_.end() ? own->second : own_.find(root)->second;
}

bool Loggers::passes(char letter, std::string_view logger) const { return rank(letter) >= rank(level(logger)); }

}  // namespace evlog::broker

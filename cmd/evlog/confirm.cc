#include "evlog/confirm.h"

#include <fmt/format.h>

#include <iostream>

#include "evlog/files.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

std::string quoted(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string this_command(std::string_view more) {
  const std::string bytes = read_file("/proc/self/cmdline").value_or("");
  std::string out = "evlog";
  for (size_t at = bytes.find('\0'), end = 0; at != std::string::npos && at + 1 < bytes.size(); at = end) {
    end = bytes.find('\0', at + 1);
    out += " " + quoted(bytes.substr(at + 1, end - at - 1));
  }
  return out + std::string(more);
}

Expected<void> confirm(bool yes, const std::string& question, const std::string& nothing) {
  if (yes) return {};
  if (!is_terminal(stdin) || !is_terminal(stderr)) return failure(exit_code::usage, this_command(" -y"), "this needs to be confirmed");
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return failure(exit_code::failed, "", "{}", nothing);
}

}  // namespace evlog::cmd

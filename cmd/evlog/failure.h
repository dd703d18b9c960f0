// A Failure is how a command ends when it did not do what was asked: an exit code, what was wrong, and how to mend it.
// Printed once, by main: "error: …" and "hint:  …" on stderr, or one JSON object there with --json.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evlog::cmd {

namespace exit_code {
inline constexpr int ok = 0, failed = 1, usage = 2, missing = 66, unreachable = 69, refused = 77, bad_config = 78, interrupted = 130, terminated = 143;
}

struct Failure {
  int exit = exit_code::failed;
  std::string message;
  std::string hint;
  std::string kafka_error;  // Kafka's name of the error, where there is one
};

using Outcome = std::expected<int, Failure>;  // the exit code
template <class T>
using Expected = std::expected<T, Failure>;

template <class... Args>
std::unexpected<Failure> failure(int exit, std::string hint, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Failure{exit, fmt::format(text, std::forward<Args>(args)...), std::move(hint), {}});
}
inline std::unexpected<Failure> failure(Failure f) { return std::unexpected(std::move(f)); }

void print_failure(const Failure& failure, bool json);
void warn(std::string_view text);

// The nearest of `names`, at most two edits away (one for short words); empty: none.
std::string nearest(std::string_view word, const std::vector<std::string>& names);
// "did you mean 'orders'?  " or nothing: the beginning of a hint.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

}  // namespace evlog::cmd

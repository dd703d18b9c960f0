// Errors are values: an Error says which Kafka error a client gets and, in words, what was wrong with what.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

#include "base/error_code.h"

namespace evlog {

struct Error {
  ErrorCode code = ErrorCode::UNKNOWN_SERVER_ERROR;
  std::string message;
  int os_error = 0;  // errno where the operating system refused, else 0
};

template <class T>
using Result = std::expected<T, Error>;

template <class... Args>
std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}
inline std::unexpected<Error> fail(ErrorCode code) { return std::unexpected(Error{code, std::string(error_text(code))}); }

// Passes an error up with its place in front: "batch at 17 of orders-3: CRC does not match".
template <class... Args>
std::unexpected<Error> fail(Error inner, fmt::format_string<Args...> place, Args&&... args) {
  inner.message = fmt::format("{}: {}", fmt::format(place, std::forward<Args>(args)...), inner.message);
  return std::unexpected(std::move(inner));
}
inline std::unexpected<Error> fail(Error inner) { return std::unexpected(std::move(inner)); }

// For what our own code computed and nobody else can influence. Stays on in release: prints the place and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
#define EVLOG_ASSERT(expression) \
  ((expression) ? void(0) : ::evlog::assertion_failed(#expression, __FILE__, __LINE__))

}  // namespace evlog

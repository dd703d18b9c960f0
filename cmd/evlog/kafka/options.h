// The command line of a Kafka tool as its parser reads it: --name value, --name=value, -name as well, no abbreviations; an option
// may be repeated; "--" ends the options; words that belong to no option are passed over. Each tool describes its options in one
// table, from which the parser, --help and the man page are made.
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/failure.h"

namespace evlog::cmd::kafka {

enum class Takes { nothing, value, maybe };

struct Option {
  std::string_view name;
  Takes takes = Takes::nothing;
  std::string_view value;      // what --help calls it
  std::string_view text;
  std::string_view only_with = {};  // names, separated by blanks: one of them must be there too
  std::string_view refused = {};    // why it is not taken; such an option is never passed over in silence
};

// How a tool ends early: all faults end it with 1, as Kafka's do.
struct Stop {
  std::string message;
  std::string hint;
  bool usage = false;          // a wrong command line: where the help is, is said too
  bool said = false;           // the tool printed it itself
};

template <class T>
using Or = std::expected<T, Stop>;

inline std::unexpected<Stop> stop(std::string message, std::string hint = {}) { return std::unexpected(Stop{std::move(message), std::move(hint)}); }
inline std::unexpected<Stop> stop(Stop s) { return std::unexpected(std::move(s)); }
inline std::unexpected<Stop> wrong_usage(std::string message) { return std::unexpected(Stop{std::move(message), {}, true}); }
Stop as_stop(const Failure& failure);

class Options {
 public:
  static Or<Options> parse(std::span<const Option> known, std::span<const std::string> words);

  bool has(std::string_view name) const;
  size_t count(std::initializer_list<std::string_view> names) const;      // how many of them are there
  Or<std::optional<std::string>> one(std::string_view name) const;       // given twice: a fault
  std::string text(std::string_view name, std::string_view otherwise = {}) const;  // after check_single() it is one
  std::vector<std::string> all(std::string_view name) const;
  Or<std::optional<int64_t>> number(std::string_view name, int64_t min = INT32_MIN, int64_t max = INT32_MAX) const;

  // Faults of these names: more than one value where the tool wants one.
  Or<void> check_single(std::initializer_list<std::string_view> names) const;
  Or<void> require(std::initializer_list<std::string_view> names) const;
  Or<void> forbid(std::string_view name, std::initializer_list<std::string_view> others) const;

  const std::vector<std::string>& order() const { return order_; }       // names as they stood on the command line
  const std::vector<std::string>& ignored() const { return ignored_; }   // words that belong to no option

 private:
  Or<void> take(std::span<const Option> known, std::span<const std::string> words, size_t& at);
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> order_, ignored_;
};

}  // namespace evlog::cmd::kafka

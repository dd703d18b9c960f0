#include "evlog/kafka/options.h"

#include <algorithm>

#include "base/text.h"

namespace evlog::cmd::kafka {
namespace {

const Option* find(std::span<const Option> known, std::string_view name) {
  const auto found = std::ranges::find(known, name, &Option::name);
  return found == known.end() ? nullptr : &*found;
}

bool looks_like_an_option(std::string_view word) { return word.size() > 1 && word.starts_with('-'); }

bool any_of(std::string_view names, const auto& has) {
  while (!names.empty()) {
    const size_t blank = names.find(' ');
    if (has(names.substr(0, blank))) return true;
    names.remove_prefix(blank == std::string_view::npos ? names.size() : blank + 1);
  }
  return false;
}

Stop unrecognized(std::span<const Option> known, std::string_view name) {
  std::vector<std::string> names;
  for (const Option& option : known) names.emplace_back(option.name);
  const std::string near = nearest(name, names);
  return {fmt::format("{} is not a recognized option", name), near.empty() ? std::string() : fmt::format("did you mean --{}?", near), true};
}

}  // namespace

Stop as_stop(const Failure& failure) { return {failure.message, failure.hint}; }

Or<void> Options::take(std::span<const Option> known, std::span<const std::string> words, size_t& at) {
  std::string_view word = words[at];
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  const size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const Option* const option = find(known, name);
  if (!option) return stop(unrecognized(known, name));
  if (!option->refused.empty()) return stop(fmt::format("--{} is not there yet: {}", name, option->refused));
  std::vector<std::string>& values = values_[std::string(name)];
  order_.emplace_back(name);
  if (option->takes == Takes::nothing) {
    if (equals != std::string_view::npos) return wrong_usage(fmt::format("{} takes no argument", name));
    return {};
  }
  if (equals != std::string_view::npos) return values.emplace_back(word.substr(equals + 1)), Or<void>();
  if (option->takes == Takes::maybe && (at + 1 == words.size() || looks_like_an_option(words[at + 1]))) return {};
  if (at + 1 == words.size()) return wrong_usage(fmt::format("Option {} requires an argument", name));
  values.push_back(words[++at]);
  return {};
}

Or<Options> Options::parse(std::span<const Option> known, std::span<const std::string> words) {
  Options out;
  bool options_over = false;
  for (size_t at = 0; at < words.size(); ++at) {
    if (!options_over && words[at] == "--") options_over = true;
    else if (options_over || !looks_like_an_option(words[at])) out.ignored_.push_back(words[at]);
    else if (auto taken = out.take(known, words, at); !taken) return stop(taken.error());
  }
  if (out.has("help") || out.has("version")) return out;
  for (const auto& [name, values] : out.values_) {
    const Option* const option = find(known, name);
    if (!option->only_with.empty() && !any_of(option->only_with, [&](std::string_view other) { return out.has(other); }))
      return wrong_usage(fmt::format("Option(s) [{}] are unavailable given other options on the command line", name));
  }
  return out;
}

bool Options::has(std::string_view name) const { return values_.contains(name); }

size_t Options::count(std::initializer_list<std::string_view> names) const {
  return static_cast<size_t>(std::ranges::count_if(names, [&](std::string_view name) { return has(name); }));
}

std::vector<std::string> Options::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Or<std::optional<std::string>> Options::one(std::string_view name) const {
  const auto values = all(name);
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) return wrong_usage(fmt::format("Found multiple arguments for option {}, but you asked for only one", name));
  return values.front();
}

std::string Options::text(std::string_view name, std::string_view otherwise) const {
  const auto values = all(name);
  return values.empty() ? std::string(otherwise) : values.back();
}

Or<std::optional<int64_t>> Options::number(std::string_view name, int64_t min, int64_t max) const {
  const auto value = one(name);
  if (!value) return stop(value.error());
  if (!*value) return std::nullopt;
  const auto number = parse_int(**value);
  if (!number || *number < min || *number > max) return wrong_usage(fmt::format("Cannot parse argument '{}' of option {}", **value, name));
  return *number;
}

Or<void> Options::check_single(std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names)
    if (auto value = one(name); !value) return stop(value.error());
  return {};
}

Or<void> Options::require(std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names)
    if (!has(name)) return wrong_usage(fmt::format("Missing required argument \"[{}]\"", name));
  return {};
}

Or<void> Options::forbid(std::string_view name, std::initializer_list<std::string_view> others) const {
  if (!has(name)) return {};
  for (std::string_view other : others)
    if (other != name && has(other)) return wrong_usage(fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", name, other));
  return {};
}

}  // namespace evlog::cmd::kafka

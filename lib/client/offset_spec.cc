#include "client/offset_spec.h"

#include "base/text.h"
#include "client/time_spec.h"

namespace evlog::client {
namespace {

using Kind = Position::Kind;

std::optional<Position> parse_word(std::string_view text) {
  for (auto word : {"beginning", "start", "earliest", "oldest"})
    if (text == word) return Position{Kind::beginning, 0};
  for (auto word : {"end", "latest", "newest"})
    if (text == word) return Position{Kind::end, 0};
  if (text == "stored") return Position{Kind::stored, 0};
  return std::nullopt;
}

std::optional<int64_t> parse_count(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  return parse_int(text);
}

std::unexpected<Error> no_position(std::string_view text) {
  return fail(ErrorCode::INVALID_REQUEST, "'{}' is no offset", text);
}

Result<Position> parse_position(std::string_view text) {
  if (const auto word = parse_word(text)) return *word;
  Kind kind = Kind::offset;
  std::string_view digits = text;
  if (text.starts_with('-')) kind = Kind::before_end, digits.remove_prefix(1);
  if (text.starts_with('+')) kind = Kind::after_start, digits.remove_prefix(1);
  const auto number = parse_count(digits);
  if (!number) return no_position(text);
  return Position{kind, *number};
}

Result<Position> parse_moment(std::string_view text, int64_t now_ms) {
  if (const auto word = parse_word(text)) return *word;
  const auto time = parse_time(text, now_ms);
  if (!time) return fail(time.error());
  return Position{Kind::time, *time};
}

Result<OffsetSpec> parse_kcat_time(std::string_view text) {
  const auto time = parse_count(text.substr(2));
  if (!time) return no_position(text);
  OffsetSpec spec;
  (text.front() == 's' ? spec.start : spec.stop) = Position{Kind::time, *time};
  return spec;
}

// Times have colons of their own, so every colon is tried as the one between start and stop; the whole text goes first.
Result<OffsetSpec> parse_times(std::string_view text, int64_t now_ms) {
  if (const auto whole = parse_moment(text, now_ms)) return OffsetSpec{.start = *whole, .stop = std::nullopt};
  for (size_t at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
    std::string_view stop_text = text.substr(at + 1);
    if (stop_text.starts_with('@')) stop_text.remove_prefix(1);
    OffsetSpec spec;
    if (at > 0) {
      const auto start = parse_moment(text.substr(0, at), now_ms);
      if (!start) continue;
      spec.start = *start;
    }
    if (!stop_text.empty()) {
      const auto stop = parse_moment(stop_text, now_ms);
      if (!stop) continue;
      spec.stop = *stop;
    }
    if (spec.start || spec.stop) return spec;
  }
  return fail(ErrorCode::INVALID_REQUEST, "'@{}' is no time", text);
}

Result<OffsetSpec> parse_range(std::string_view text, size_t colon) {
  OffsetSpec spec;
  if (colon > 0) {
    const auto start = parse_position(text.substr(0, colon));
    if (!start) return fail(start.error());
    spec.start = *start;
  }
  if (colon + 1 < text.size()) {
    const auto stop = parse_position(text.substr(colon + 1));
    if (!stop) return fail(stop.error());
    spec.stop = *stop;
  }
  if (!spec.start && !spec.stop) return no_position(text);
  return spec;
}

bool order_is_wrong(const OffsetSpec& spec) {
  return spec.start && spec.stop && spec.start->kind == spec.stop->kind && spec.start->value > spec.stop->value &&
         (spec.start->kind == Kind::offset || spec.start->kind == Kind::time);
}

Result<OffsetSpec> parse_any(std::string_view text, int64_t now_ms) {
  if (text.starts_with('@')) return parse_times(text.substr(1), now_ms);
  if (text.starts_with(":@")) {
    const auto stop = parse_moment(text.substr(2), now_ms);
    if (!stop) return fail(stop.error());
    return OffsetSpec{.start = std::nullopt, .stop = *stop};
  }
  if (text.starts_with("s@") || text.starts_with("e@")) return parse_kcat_time(text);
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) return parse_range(text, colon);
  const auto position = parse_position(text);
  if (!position) return fail(position.error());
  return OffsetSpec{.start = *position, .stop = std::nullopt};
}

}  // namespace

Result<OffsetSpec> parse_offset_spec(std::string_view text, int64_t now_ms) {
  auto spec = parse_any(text, now_ms);
  if (spec && order_is_wrong(*spec)) return fail(ErrorCode::INVALID_REQUEST, "'{}' ends before it starts", text);
  return spec;
}

}  // namespace evlog::client

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "client/offset_spec.h"
#include "client/time_spec.h"

using namespace evlog::client;
using Kind = Position::Kind;

namespace {
constexpr int64_t now = 1'732'176'000'123;  // 2024-11-21T08:00:00.123Z

OffsetSpec spec(std::string_view text) {
  const auto parsed = parse_offset_spec(text, now);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}
OffsetSpec from(Kind kind, int64_t value = 0) { return {.start = Position{kind, value}, .stop = std::nullopt}; }
OffsetSpec between(Position start, Position stop) { return {.start = start, .stop = stop}; }

struct UtcZone {
  UtcZone() { ::setenv("TZ", "UTC", 1), ::tzset(); }
} utc;
}  // namespace

TEST_CASE("every word for a position means what Kafka's, kcat's and rpk's users expect") {
  for (auto word : {"beginning", "start", "earliest", "oldest"}) CHECK(spec(word) == from(Kind::beginning));
  for (auto word : {"end", "latest", "newest"}) CHECK(spec(word) == from(Kind::end));
  CHECK(spec("stored") == from(Kind::stored));
  CHECK(spec("42") == from(Kind::offset, 42));
  CHECK(spec("-10") == from(Kind::before_end, 10));
  CHECK(spec("+10") == from(Kind::after_start, 10));
}

TEST_CASE("ranges leave out what they leave out") {
  CHECK(spec("5:9") == between({Kind::offset, 5}, {Kind::offset, 9}));
  CHECK(spec("5:") == from(Kind::offset, 5));
  CHECK(spec(":9") == OffsetSpec{.start = std::nullopt, .stop = Position{Kind::offset, 9}});
  CHECK(spec(":end") == OffsetSpec{.start = std::nullopt, .stop = Position{Kind::end, 0}});
  CHECK(spec("-10:end") == between({Kind::before_end, 10}, {Kind::end, 0}));
}

TEST_CASE("times stand where offsets stand, colons of a clock included") {
  CHECK(spec("@1732176000") == from(Kind::time, 1'732'176'000'000));
  CHECK(spec("@1732176000123") == from(Kind::time, now));
  CHECK(spec("@2024-11-21T08:00:00Z") == from(Kind::time, 1'732'176'000'000));
  CHECK(spec("@2024-11-21T08:00Z:2024-11-21T09:00:00Z") == between({Kind::time, 1'732'176'000'000}, {Kind::time, 1'732'179'600'000}));
  CHECK(spec("@-1h:now") == between({Kind::time, now - 3'600'000}, {Kind::time, now}));
  CHECK(spec("@-1h:@-30m") == between({Kind::time, now - 3'600'000}, {Kind::time, now - 1'800'000}));
  CHECK(spec("@-1h:end") == between({Kind::time, now - 3'600'000}, {Kind::end, 0}));
  CHECK(spec(":@now") == OffsetSpec{.start = std::nullopt, .stop = Position{Kind::time, now}});
  CHECK(spec("s@1732176000123") == from(Kind::time, now));
  CHECK(spec("e@1732176000123") == OffsetSpec{.start = std::nullopt, .stop = Position{Kind::time, now}});
}

TEST_CASE("what is no position is refused, not guessed") {
  for (auto text : {"", "begining", "1.5", "--5", "+", "-", ":", "@", "@tomorrow", "5:x", "99999999999999999999", "9:5", "@now:yesterday"})
    CHECK_MESSAGE(!parse_offset_spec(text, now).has_value(), text);
}

TEST_CASE("times are read in every notation, and dates that do not exist are none") {
  const auto time = [](std::string_view text) { return parse_time(text, now).value_or(-1); };
  CHECK(time("1732176000123000000") == now);
  CHECK(time("2024-11-21") == 1'732'147'200'000);
  CHECK(time("2024-11-21T08:00") == 1'732'176'000'000);
  CHECK(time("2024-11-21 08:00:00.123") == now);
  CHECK(time("2024-11-21T10:00:00+02:00") == 1'732'176'000'000);
  CHECK(time("2024-11-21T06:00:00-0200") == 1'732'176'000'000);
  CHECK(time("today") == 1'732'147'200'000);
  CHECK(time("yesterday") == 1'732'060'800'000);
  CHECK(time("-15m") == now - 900'000);
  CHECK(time("1h30m") == now - 5'400'000);
  for (auto bad : {"2024-02-30", "2024-13-01", "2024-11-21T25:00Z", "123", "1h30", "m", "-"}) CHECK_MESSAGE(!parse_time(bad, now).has_value(), bad);
}

TEST_CASE("durations have units; bare numbers are seconds") {
  CHECK(parse_duration("10") == 10'000);
  CHECK(parse_duration("500ms") == 500);
  CHECK(parse_duration("1m30s") == 90'000);
  CHECK(!parse_duration("soon").has_value());
  CHECK(!parse_duration("-5s").has_value());
}

TEST_CASE("a time prints as it is read") { CHECK(iso_time(now) == "2024-11-21T08:00:00.123Z"); }

#include <doctest/doctest.h>

#include "base/random.h"
#include "client/record_json.h"

using namespace evlog::client;
using namespace std::string_view_literals;

namespace {

std::string print(const Record& record) {
  std::string out;
  append_json(out, record);
  return out;
}

std::string read_error(std::string_view line) {
  JsonReader reader;
  Record out;
  const auto read = reader.read(line, out);
  return read ? "" : read.error().message;
}

std::string random_bytes(evlog::Random& random) {
  std::string out(random.below(20), '\0');
  const bool text = random.chance(0.5);
  for (char& c : out) c = static_cast<char>(text ? 0x20 + random.below(0x5f) : random.below(256));
  return out;
}

}  // namespace

TEST_CASE("the fields of a record stand in their promised order, so that scripts may cut them") {
  Record record{.topic = "orders", .partition = 3, .offset = 42, .timestamp_ms = 1'732'176'000'123};
  record.key = "u-17", record.value = "a\"b\\c\n\x01";
  record.headers = {{"trace", "abc"}, {"n", std::nullopt}};
  record.leader_epoch = 5;
  CHECK(print(record) == R"({"topic":"orders","partition":3,"offset":42,"ts":1732176000123,"tstype":"create","key":"u-17","value":"a\"b\\c\n\u0001","headers":[["trace","abc"],["n",null]],"epoch":5})");
}

TEST_CASE("null, empty and binary are three different things") {
  Record record{.topic = "t", .partition = 0, .offset = 0, .timestamp_ms = 0};
  record.value = "\xff\x00"sv;
  CHECK(print(record) == R"({"topic":"t","partition":0,"offset":0,"ts":0,"tstype":"create","key":null,"value_b64":"/wA=","headers":[]})");
  record.value = "";
  CHECK(print(record).find(R"("value":"")") != std::string::npos);
}

TEST_CASE("whatever consume prints, produce takes back without loss") {
  evlog::Random random(7);
  JsonReader reader;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = random_bytes(random), value = random_bytes(random), name = random_bytes(random), header = random_bytes(random);
    Record in{.topic = "t-1", .partition = static_cast<int32_t>(random.below(9)), .offset = 5, .timestamp_ms = static_cast<int64_t>(random.below(1ull << 41))};
    if (random.chance(0.8)) in.key = key;
    if (random.chance(0.8)) in.value = value;
    if (random.chance(0.5)) in.headers = {{name, header}, {"null", std::nullopt}, {name, ""}};
    const std::string line = print(in);
    Record out;
    const auto read = reader.read(line, out);
    REQUIRE_MESSAGE(read.has_value(), line);
    out.offset = in.offset;
    CHECK(print(out) == line);
  }
}

TEST_CASE("escapes of JSON become the characters they stand for") {
  JsonReader reader;
  Record out;
  REQUIRE(reader.read(R"( { "value" : "\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\" , "key":"\u0000k" } )", out));
  CHECK(*out.value == "é😀/\b\f\n\r\t\"\\");
  CHECK(*out.key == "\0k"sv);
}

TEST_CASE("a value that is no string is sent as its text, to the last digit") {
  JsonReader reader;
  Record out;
  REQUIRE(reader.read(R"({"value":{"id": 23958446825181076828, "x":[1.10,"}"]},"key":7,"headers":{"a":"b"}})", out));
  CHECK(*out.value == R"({"id": 23958446825181076828, "x":[1.10,"}"]})");
  CHECK(*out.key == "7");
  CHECK(out.headers.at(0).name == "a");
}

TEST_CASE("a fault in a line is told with its column, and never taken for data") {
  CHECK(read_error("hello") == "column 1: expected a JSON object, one per line");
  CHECK(read_error(R"({"valeu":"x"})").starts_with("column 10: unknown field 'valeu'"));
  CHECK(read_error(R"({"value":"x")") == "column 13: expected '}'");
  CHECK(read_error(R"({"value":"x"} {)") == "column 15: text behind the record");
  CHECK(read_error(R"({"value":"\ud800"})").find("surrogate") != std::string::npos);
  CHECK(read_error(R"({"value":"\q"})").find("escape") != std::string::npos);
  CHECK(read_error(R"({"value_b64":"###"})").find("base64") != std::string::npos);
  CHECK(read_error("{\"value\":\"a\nb\"}").find("control character") != std::string::npos);
  CHECK(read_error("{\"value\":\"\xff\"}").find("UTF-8") != std::string::npos);
  CHECK(read_error(R"({"value":[1,2})").find("brackets") != std::string::npos);
  CHECK(read_error(R"({"partition":"x"})").find("whole number") != std::string::npos);
}

TEST_CASE("cut lines and random bytes end with an error, never with a read beyond the line") {
  evlog::Random random(3);
  const std::string good = R"({"topic":"t","partition":1,"ts":5,"key_b64":"/wA=","value":"a\u00e9b","headers":[["a","b"],[{"b64":"/w=="},null]]})";
  JsonReader reader;
  Record out;
  for (size_t size = 0; size < good.size(); ++size) CHECK(!reader.read(std::string(good, 0, size), out).has_value());
  for (int i = 0; i < 5000; ++i) {
    std::string line = good;
    line[random.below(line.size())] = static_cast<char>(random.below(256));
    (void)reader.read(line, out);
  }
}

#include "client/json_value.h"

#include <doctest/doctest.h>

#include "client/record_json.h"

using namespace evlog::client;

namespace {

// What is appended; "-" for what is no JSON.
std::string value(std::string_view text) {
  std::string out = "before ";
  const bool json = append_json_value(out, text);
  CHECK(out.starts_with("before "));
  if (!json) CHECK(out == "before ");
  return json ? out.substr(7) : "-";
}

}  // namespace

TEST_CASE("numbers of a JSON payload keep every digit, objects their order and their repeated names") {
  CHECK(value("23958446825181076828") == "23958446825181076828");
  CHECK(value("[1.10,-0,1E+9,1e-400]") == "[1.10,-0,1E+9,1e-400]");
  CHECK(value(R"({"b":1,"a":2,"b":3})") == R"({"b":1,"a":2,"b":3})");
  CHECK(value(R"("\u00e9\/ \"é\ud83d\ude00")") == R"("\u00e9\/ \"é\ud83d\ude00")");
}

TEST_CASE("a payload on several lines stays one line, with the blanks of its strings") {
  CHECK(value(" {\r\n\t\"a b\" : [ ] ,\n \"c\": { } , \"d\" : [ true,false , null ]\n}\n") == R"({"a b":[],"c":{},"d":[true,false,null]})");
}

TEST_CASE("what is not quite JSON is not passed on as if it were") {
  for (const char* text : {"", " ", "{", "}", "[1,]", "[,1]", "[1 2]", "[1]]", "[}", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:2}", "{\"a\" 1}", "01", "+1", "1.", ".5", "-", "1e", "0x1", "NaN",
                           "tru", "truex", "nul", "'a'", "\"a", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "\"\x01\"", "\"\xff\"", "1 2", "{} x", "plain"})
    CHECK_MESSAGE(value(text) == "-", text);
}

TEST_CASE("a payload of a million brackets costs no stack") {
  CHECK(value(std::string(1'000'000, '[')) == "-");
  CHECK(value(std::string(1000, '[') + std::string(1000, ']')).size() == 2000);
}

TEST_CASE("a record shows its payload as JSON only where that was asked for and is possible") {
  Record record{.topic = "t", .partition = 0, .offset = 1, .timestamp_ms = 2};
  const auto line = [&](std::string_view payload) {
    record.value = payload;
    std::string out;
    append_json(out, record, JsonPayload::embedded);
    return out.substr(out.find("\"value"));
  };
  CHECK(line("{\"n\": 23958446825181076828}") == "\"value\":{\"n\":23958446825181076828},\"headers\":[]}");
  CHECK(line("{\"n\": }") == "\"value\":\"{\\\"n\\\": }\",\"headers\":[]}");
  CHECK(line("\xff") == "\"value_b64\":\"/w==\",\"headers\":[]}");
  std::string plain;
  record.value = "{}";
  append_json(plain, record);
  CHECK(plain.find("\"value\":\"{}\"") != std::string::npos);
}

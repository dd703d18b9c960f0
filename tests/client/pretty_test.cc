#include <doctest/doctest.h>

#include "client/pretty_json.h"
#include "client/record_format.h"

using namespace evlog::client;

namespace {

std::string pretty(std::string_view text) {
  std::string out;
  return append_pretty_json(out, text) ? out : "no";
}

std::string format(const char* name, const Record& record) {
  auto format = RecordFormat::parse(RecordFormat::named(name));
  REQUIRE(format.has_value());
  std::string out;
  format->append(out, record);
  return out;
}

}  // namespace

TEST_CASE("JSON is spread over lines with every digit and every escape as it was") {
  CHECK(pretty(R"({"id":23958446825181076828,"a":[1,{"b":"x,{\"y"}],"e":{},"f":[]})") ==
        "{\n  \"id\": 23958446825181076828,\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{\\\"y\"\n    }\n  ],\n  \"e\": {},\n  \"f\": []\n}");
}

TEST_CASE("what is no JSON is left to be printed as it is") {
  for (const char* text : {"", "plain", "12", "{", "[1,2", "{]", "{} {}", R"({"a)", R"(["\)"}) CHECK(pretty(text) == "no");
  CHECK(pretty(std::string(2000, '[') + std::string(2000, ']')) == "no");
}

TEST_CASE("the named formats print what other tools print, nulls and quotes included") {
  Record record{.topic = "t", .partition = 1, .offset = 2, .timestamp_ms = 3};
  record.key = "a,\"b\"";
  CHECK(format("csv", record) == "t,1,2,3,\"a,\"\"b\"\"\",\n");
  record.value = "";
  CHECK(format("csv", record) == "t,1,2,3,\"a,\"\"b\"\"\",\"\"\n");
  record.headers = {{"h", "v"}, {"n", std::nullopt}};
  CHECK(format("kcat", record) == R"({"topic":"t","partition":1,"offset":2,"tstype":"create","ts":3,"broker":-1,"headers":["h","v","n",null],"key":"a,\"b\"","payload":""})" "\n");
}

#include <doctest/doctest.h>

#include "client/record_format.h"

using namespace evlog::client;
using namespace std::string_view_literals;

namespace {

Record sample() {
  Record record{.topic = "orders", .partition = 3, .offset = 42, .timestamp_ms = 1'732'176'000'123};
  record.key = "k", record.value = "v\xff";
  record.headers = {{"a", "1"}, {"b", std::nullopt}};
  record.leader_epoch = 5;
  return record;
}

std::string print(std::string_view format, const Record& record = sample()) {
  auto parsed = RecordFormat::parse(format);
  REQUIRE_MESSAGE(parsed.has_value(), format);
  std::string out;
  parsed->append(out, record);
  return out;
}

struct Read { std::string key, value, topic; size_t taken = 0; bool more = false, bad = false; };
Read read(std::string_view format, std::string_view input, bool at_end = true, std::string delimiter = "\n") {
  auto parsed = InputFormat::parse(format, std::move(delimiter));
  REQUIRE_MESSAGE(parsed.has_value(), format);
  Record out;
  const auto taken = parsed->take(input, at_end, out);
  if (!taken) return {.bad = true};
  if (!*taken) return {.more = true};
  return {std::string(out.key.value_or("<null>")), std::string(out.value.value_or("<null>")), std::string(out.topic), **taken};
}

}  // namespace

TEST_CASE("kcat's tokens print what kcat prints") {
  CHECK(print("%t %p %o %k %K %S %T\\n") == "orders 3 42 k 1 2 1732176000123\n");
  CHECK(print("%h") == "a=1,b=NULL");
  CHECK(print("%R") == "\0\0\0\2"sv);
  CHECK(print("100%% %i\\x41\\0") == "100% 0A\0"sv);
}

TEST_CASE("modifiers in braces print bytes and times as scripts need them") {
  CHECK(print("%s{hex} %s{base64} %k{json}") == "76ff dv8= \"k\"");
  CHECK(print("%S{be32}%S{le32}%S{hex8}") == "\0\0\0\2\2\0\0\0"
                                             "00000002"sv);
  CHECK(print("%T{iso} %T{s}") == "2024-11-21T08:00:00.123Z 1732176000");
  CHECK(print("%h{%k=%v;}") == "a=1;b=;");
  CHECK(print("%e %a{timestamp-type}") == "5 create");
}

TEST_CASE("null prints as nothing, or as what the user chose") {
  Record record = sample();
  record.value.reset();
  CHECK(print("[%s] %S", record) == "[] -1");
  auto format = RecordFormat::parse("%s");
  format->print_null_as("NIL");
  std::string out;
  format->append(out, record);
  CHECK(out == "NIL");
}

TEST_CASE("a wrong format is refused before anything is read") {
  for (auto bad : {"%", "%q", "%s{zip}", "%s{hex", "\\", "\\q", "\\x4", "%T{hex}"}) CHECK_MESSAGE(!RecordFormat::parse(bad).has_value(), bad);
  for (auto bad : {"", "%o", "%s{hex}", "%h{%k}"}) CHECK_MESSAGE(!InputFormat::parse(bad, "\n").has_value(), bad);
}

TEST_CASE("the same strings take input apart") {
  const Read r = read("%k\\t%s\\n", "key\tvalue\nnext");
  CHECK(r.key == "key");
  CHECK(r.value == "value");
  CHECK(r.taken == 10);
  CHECK(read("%t %k %s", "orders k some words\n").value == "some words");
  CHECK(read("%k\\t%s\\n", "key\tval", false).more);
  CHECK(read("%k\\t%s\\n", "key\tval", true).value == "val");  // the last line of a file may lack its newline
  CHECK(read("%k\\t%s\\n", "no tab", true).bad);
}

TEST_CASE("lengths carry values with any bytes in them, null included") {
  CHECK(read("%S{be32}%s", "\0\0\0\3a\nb"sv, true, "").value == "a\nb");
  CHECK(read("%R%s", "\0\0\0\3a\n"sv, false, "").more);
  CHECK(read("%S{be32}%s", "\xff\xff\xff\xff"sv, true, "").value == "<null>");
  CHECK(read("%K %S %k%s", "1 2 kvv", true, "").value == "vv");
}

#include <doctest/doctest.h>

#include "client/csv_input.h"

using namespace evlog;
using namespace evlog::client;

namespace {

// All records of a text that comes in one piece, as "key|value|partition|ts|headers".
std::vector<std::string> read_all(std::string_view text) {
  CsvReader reader;
  std::vector<std::string> out;
  for (;;) {
    Record record;
    const auto taken = reader.take(text, true, record);
    if (!taken) return out.push_back("! " + taken.error().message), out;
    if (!*taken) return out;
    text.remove_prefix(**taken);
    std::string line = fmt::format("{}|{}|{}|{}", record.key.value_or("null"), record.value.value_or("null"), record.partition, record.timestamp_ms);
    for (const Header& h : record.headers) line += fmt::format("|{}={}", h.name, h.value.value_or("null"));
    out.push_back(line);
  }
}

}  // namespace

TEST_CASE("rows without a value column become JSON objects, numbers exact and texts that only look like numbers kept") {
  CHECK(read_all("id,name,total,open\n23958446825181076828,007,1.50,true\n") ==
        std::vector<std::string>{R"(null|{"id":23958446825181076828,"name":"007","total":1.50,"open":true}|-1|-1)"});
  CHECK(read_all("a\n\"12\"\n") == std::vector<std::string>{R"(null|{"a":"12"}|-1|-1)"});
}

TEST_CASE("columns named like a record's fields are those fields") {
  CHECK(read_all("key,value,partition,ts,header.trace\nk,\"a, \"\"b\"\"\nc\",3,1700000000000,abc\n,x,,,\n") ==
        std::vector<std::string>{"k|a, \"b\"\nc|3|1700000000000|trace=abc", "null|x|-1|-1"});
}

TEST_CASE("a text that comes in pieces gives what it gives in one") {
  const std::string text = "\xEF\xBB\xBFkey,value\r\na,\"1\r\n2\"\r\n\r\nb,3";
  CHECK(read_all(text) == std::vector<std::string>{"a|1\r\n2|-1|-1", "b|3|-1|-1"});
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    CsvReader reader;
    std::string buffer = text.substr(0, cut);
    std::vector<std::string> keys;
    for (bool at_end = false;;) {
      Record record;
      const auto taken = reader.take(buffer, at_end, record);
      REQUIRE(taken.has_value());
      if (*taken) {
        keys.emplace_back(record.key.value_or("null"));
        buffer.erase(0, **taken);
      } else if (at_end) {
        break;
      } else {
        buffer += text.substr(cut);
        at_end = true;
      }
    }
    CHECK(keys == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("a row that does not fit is refused with what is wrong") {
  CHECK(read_all("key,value\na\n") == std::vector<std::string>{"! 1 field; the first row has 2"});
  CHECK(read_all("key,value\na,\"b\n") == std::vector<std::string>{"! column 6: the quotes do not end"});
  CHECK(read_all("key,value\na,\"b\"c\n") == std::vector<std::string>{"! column 6: text behind the quotes"});
  CHECK(read_all("value,partition\na,x\n") == std::vector<std::string>{"! 'x' is no partition"});
}

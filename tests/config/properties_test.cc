#include <doctest/doctest.h>

#include "config/properties.h"

using namespace evlog::config;

namespace {

// "name=value;name=value" of what was read, or the error.
std::string read(std::string_view text) {
  const auto properties = parse_properties(text);
  if (!properties) return "error: " + properties.error().message;
  std::string out;
  for (const auto& p : *properties) out += (out.empty() ? "" : ";") + p.name + "=" + p.value;
  return out;
}

}  // namespace

TEST_CASE("separators and blanks are read as Java reads them, or a copied configuration changes its meaning") {
  CHECK(read("a=1\nb:2\nc 3\n") == "a=1;b=2;c=3");
  CHECK(read("  a = 1 \n\tb : 2\n") == "a=1 ;b=2");
  CHECK(read("a==1\nb=:2\nc  =  3") == "a==1;b=:2;c=3");
  CHECK(read("key\n") == "key=");
  CHECK(read("=value") == "=value");
  CHECK(read("a\\=b\\:c\\ d=1") == "a=b:c d=1");
  CHECK(read("a=1\r\nb=2\rc=3") == "a=1;b=2;c=3");
  CHECK(read("") == "");
}

TEST_CASE("comments and empty lines say nothing") {
  CHECK(read("# a=1\n! b=2\n\n   # c=3\nd=4 # not a comment\n") == "d=4 # not a comment");
  CHECK(read("# a comment does not go on \\\nb=2") == "b=2");
}

TEST_CASE("a line goes on behind a backslash, and only behind an odd number of them") {
  CHECK(read("a=1,\\\n   2,\\\n   3\nb=4") == "a=1,2,3;b=4");
  CHECK(read("a=1\\\\\nb=2") == "a=1\\;b=2");
  CHECK(read("a=1\\\r\n 2") == "a=12");
  CHECK(read("a=1\\") == "a=1");
  CHECK(read("a=\\\n# not a comment") == "a=# not a comment");
}

TEST_CASE("escapes stand for the characters Java gives them") {
  CHECK(read("a=x\\ty\\nz\\q") == "a=x\ty\nzq");
  CHECK(read("a=\\u00e9\\u20AC") == "a=\xC3\xA9\xE2\x82\xAC");
  CHECK(read("a=\\ud83d\\ude00") == "a=\xF0\x9F\x98\x80");
  CHECK(read("a=\xC3\xA9") == "a=\xC3\xA9");
}

TEST_CASE("what cannot be read is refused by line, never guessed") {
  CHECK(read("a=1\nb=\\u12") == "error: line 2: malformed \\uxxxx escape");
  CHECK(read("a=\\uZZZZ") == "error: line 1: malformed \\uxxxx escape");
  CHECK(read("a=\\ud83d") == "error: line 1: malformed \\uxxxx escape");
  CHECK(read("a=\\ude00") == "error: line 1: malformed \\uxxxx escape");
  CHECK(read("a=\xFF\xFE") == "error: the file is not UTF-8 text");
  CHECK(read(std::string(properties_bytes_max + 1, '\n')).starts_with("error: the file has"));
  std::string many;
  for (size_t i = 0; i <= properties_entries_max; ++i) many += "a\n";
  CHECK(read(many) == "error: line 10001: more than 10000 settings");
}

TEST_CASE("a setting knows the line it began on") {
  const auto properties = parse_properties("# one\na=1\\\n,2\n\nb=3");
  REQUIRE(properties);
  REQUIRE(properties->size() == 2);
  CHECK((*properties)[0].line == 2);
  CHECK((*properties)[1].line == 5);
}

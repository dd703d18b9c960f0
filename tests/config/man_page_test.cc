#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/config.h"
#include "config/man_page.h"

using namespace evlog::config;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the manual page names every key, so that none has to be looked up in the source") {
  const std::string page = man_page();
  for (const auto keys : {broker_keys(), topic_keys()})
    for (const ConfigKey& key : keys) {
      CAPTURE(key.name);
      if (!key.internal) CHECK(page.contains("Cm \"" + std::string(key.name) + "\"\n"));
    }
}

TEST_CASE("no line of the manual page is taken for a command of roff that it is not") {
  std::stringstream page(man_page());
  for (std::string line; std::getline(page, line);) {
    CAPTURE(line);
    CHECK(!line.starts_with('\''));
    CHECK((!line.starts_with('.') || line.starts_with(".\\\"") || (line.size() > 2 && line[1] >= 'A' && line[1] <= 'Z')));
  }
}

TEST_CASE("the committed page is the one the table makes (EVLOG_REWRITE=1 writes it)") {
  const std::string path = std::string(EVLOG_TESTDATA) + "/../man/evlog-config.5";
  if (std::getenv("EVLOG_REWRITE") != nullptr) std::ofstream(path) << man_page();
  CHECK(read_file(path) == man_page());
}

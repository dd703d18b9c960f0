#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "config/config.h"
#include "config/man_page.h"

using namespace evlog::config;

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

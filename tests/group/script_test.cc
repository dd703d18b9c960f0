#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "script.h"

TEST_CASE("the flows of groups read as recorded in testdata/group (EVLOG_REWRITE=1 records them anew)") {
  size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EVLOG_TESTDATA "/group")) {
    if (entry.path().extension() != ".txt") continue;
    ++scripts;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    const auto produced = evlog::group::run_script(text.str());
    INFO(entry.path().filename().string());
    if (std::getenv("EVLOG_REWRITE")) std::ofstream(entry.path()) << produced;
    else CHECK(produced == text.str());
  }
  CHECK(scripts > 5);
}

// evlog-config(5): the tables of keys as a manual page in mdoc, so that the page says what the program does.
#pragma once

#include <string>

namespace evlog::config {

std::string man_page();

}  // namespace evlog::config

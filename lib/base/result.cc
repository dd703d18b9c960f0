#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace evlog {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "evlog: a promise of our own was broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace evlog

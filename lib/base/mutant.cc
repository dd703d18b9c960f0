#include "base/mutant.h"

#ifdef EVLOG_MUTANTS
#include <cstdlib>

namespace evlog {

bool mutant(int number) {
  static const char* const chosen = std::getenv("EVLOG_MUTANT");  // check-style: allow (never in a program that is shipped)
  return chosen && std::atoi(chosen) == number;
}

}  // namespace evlog
#endif

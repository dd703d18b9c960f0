// Planted faults, for the tests of the tests: where the code says mutant(N), a program built with EVLOG_MUTANTS does what fault N of
// testdata/mutants.tsv describes when the environment has EVLOG_MUTANT=N. In every other program this is false at compile time.
// Used in .cc files of lib only (those are compiled once more for the programs with faults). `scripts/torture mutants` runs for each
// fault the test that must find it.
#pragma once

namespace evlog {

#ifdef EVLOG_MUTANTS
bool mutant(int number);
#else
constexpr bool mutant(int) { return false; }
#endif

}  // namespace evlog

// FaultPage: what the rig and the shim inside the server tell each other, in a file that both have mapped.
#pragma once

#include <stdint.h>

enum { FAULT_NONE, FAULT_KILL_BEFORE, FAULT_KILL_BEHIND, FAULT_ERROR };

struct FaultPage {
  uint64_t calls;    // so far, by all processes that had the page
  uint64_t fire_at;  // the number of the call whose turn it is; 0: none
  int32_t action;    // FAULT_…; a write that is killed behind is torn in the middle
  int32_t error;     // errno of FAULT_ERROR; 0: a write that is short and says so
  int32_t reads;     // reads count, too
  int32_t fired;
  char call[16];
  char path[480];
};

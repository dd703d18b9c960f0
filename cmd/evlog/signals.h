// Ctrl-C once asks to finish: flush, leave the group, summarise, exit 130. Twice ends at once. SIGTERM is the same with 143.
#pragma once

namespace evlog::cmd {

void watch_signals();   // also gives SIGPIPE its default action: a closed pipe ends the command, as it does `cat`
int interrupted();      // 0, or the exit code the signal asked for
void end_by_pipe();     // as if we had written to the closed pipe: 141 in a shell

}  // namespace evlog::cmd

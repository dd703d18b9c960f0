// Runs a golden script against a Shard. A script is commands, each followed by the log it must produce; `EVLOG_REWRITE=1`
// writes the logs anew. See testdata/group/*.txt for the commands in use:
//   settings KEY=VALUE...           before anything else: delay, min, max, size, metadata, retention, check
//   join TOKEN GROUP MEMBER KEY=VALUE...   MEMBER: an id, a name given by an earlier answer (@TOKEN), or - for none
//   sync TOKEN GROUP MEMBER GEN KEY=VALUE... assign=ID:TEXT,...
//   heartbeat TOKEN GROUP MEMBER GEN [instance=]
//   leave TOKEN GROUP MEMBER[/INSTANCE]...
//   commit TOKEN GROUP MEMBER GEN topic=T part=N offset=N [meta=] [epoch=] [instance=] [retention=] [v9]
//   fetch TOKEN GROUP [topic=T part=N] [stable]
//   delete-topic NAME | delete-group TOKEN [GROUP] | delete-offsets TOKEN GROUP TOPIC-PARTITION...
//   durable ID | fail ID ERROR      the append is done
//   auto on|off                     appends are durable at once (on at the start)
//   time MS                         the clocks go on; timers fire on the way
//   wall MS                         the wall clock is set
//   restart                         a new shard loads every durable record
//   list | describe GROUP | timers
#pragma once

#include <string>

namespace evlog::group {
std::string run_script(const std::string& script);  // the script with the logs it produced
}

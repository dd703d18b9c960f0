// Redo: after a crash, what the write-ahead files of a log directory have is written into the partitions' own files, before any log
// is opened. Run by LogDir::open. Repeating it changes nothing, so a crash in the middle of it is no matter; afterwards the write-ahead
// files are gone, durably.
//
// A frame is left out where its bytes are in their file already (then they are only synced), where its partition is gone or of another
// topic, and where its segment is not the newest: a segment is synced before a newer one begins. A whole batch that is there and is
// another one was written by another program since: then nothing of that partition is touched, and a note says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "io/io.h"

namespace evlog::log {

struct WalRedone {
  uint64_t frames = 0, bytes = 0;   // found
  uint64_t bytes_restored = 0;      // of those, what was not in its file
  std::vector<std::string> notes;   // sentences
};

// With `apply` false the frames do not count any more: somebody else stopped this directory cleanly since they were written.
io::task<Result<WalRedone>> redo_wal(io::Loop& loop, std::string directory, Uuid directory_id, bool apply);
// The files, and durably.
io::task<Result<void>> remove_wal(io::Loop& loop, std::string directory);

}  // namespace evlog::log

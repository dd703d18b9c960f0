// Small compositions of disk verbs that several modules need.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/disk.h"
#include "io/task.h"

namespace evlog::io {

// Whole file into memory; refuses more than `bytes_max` before reading. ENOENT in os_error when it is missing.
task<Result<Buffer>> read_file(Disk& disk, std::string path, uint64_t bytes_max);

// Replaces `path` so that after a crash either the old or the new content is there, whole:
// temporary file, write, sync, rename, sync of the directory.
task<Result<bool>> write_file_atomically(Disk& disk, std::string path, std::string content);

// A directory with all it holds.
task<Result<bool>> remove_tree(Disk& disk, std::string path);

std::string parent_path(const std::string& path);

}  // namespace evlog::io

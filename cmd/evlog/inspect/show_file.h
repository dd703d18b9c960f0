// The files beside the batches, printed: indexes, producer snapshots, epochs, checkpoints and the other small files.
#pragma once

#include <filesystem>
#include <string>

#include "evlog/failure.h"

namespace evlog::cmd {

// Appends what is in the file, a line an entry (with `json` an object). A file that cannot be read is a failure that says how to mend it.
Expected<void> show_file(const std::filesystem::path& path, bool json, std::string& out);

}  // namespace evlog::cmd

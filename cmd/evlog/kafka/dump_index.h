// The index files of a segment as kafka-dump-log prints and checks them against the log beside them.
#pragma once

#include <string>

#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {

struct IndexOptions { bool sanity_only = false, verify_only = false; };

// Faults found are lines on stderr, and no failure.
Or<void> dump_offset_index(const std::string& path, IndexOptions options);
Or<void> dump_time_index(const std::string& path, IndexOptions options);

}  // namespace evlog::cmd::kafka

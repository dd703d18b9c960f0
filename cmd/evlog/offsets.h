// The subcommands of `evlog offsets` that change a group's offsets. All go through one plan: shown, confirmed, done, read back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evlog/admin_session.h"
#include "evlog/args.h"

namespace evlog::cmd {

void add_offsets_reset(Args& offsets);
void add_offsets_files(Args& offsets);   // export, import, copy
void add_offsets_delete(Args& offsets);

struct OffsetChange {
  client::PartitionKey key;
  std::optional<int64_t> from;   // carry_out() fills it in
  client::CommittedOffset to;
};

struct OffsetPlan {
  std::string group;
  std::vector<OffsetChange> changes;
  bool yes = false, dry_run = false;
};

using CommittedOffsets = std::map<client::PartitionKey, client::CommittedOffset>;

// Says where partitions go (from `current`), asks, commits, and reads back what then stands there.
Outcome carry_out(const ClientOptions& client, AdminSession& session, const CommittedOffsets& current, OffsetPlan plan);

// Offsets given one by one are taken as they are, but never beyond what a partition has: then its nearest, with a warning.
Expected<std::vector<OffsetChange>> place_given(const ClientOptions& client, AdminSession& session, const client::ClusterInfo& cluster, const std::vector<client::PartitionKey>& keys,
                                                const CommittedOffsets& given);

// A group that has no members, or does not exist: then it may be made (with a warning that names the nearest).
Expected<void> check_idle(const ClientOptions& client, AdminSession& session, const std::string& group, bool must_exist);

Expected<CommittedOffsets> committed_offsets(AdminSession& session, const std::string& group);

// Lines "topic,partition,offset", as Kafka's own tool writes and reads them; one with a group in front (that of several groups) is
// taken for its group alone. `name` is what errors call the file.
Expected<CommittedOffsets> read_offsets_csv(const std::string& path, const std::string& group);

}  // namespace evlog::cmd

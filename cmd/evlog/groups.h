// The subcommands of `evlog groups`, one file each.
#pragma once

#include <optional>
#include <string>

#include "evlog/args.h"
#include "evlog/output.h"

namespace evlog::cmd {

void add_groups_lag(Args& groups);
void add_groups_peek(Args& groups);
void add_groups_delete(Args& groups);
void add_groups_remove_member(Args& groups);

struct GroupEventsOptions {
  std::string group;
  std::string since;            // empty: the last 24 hours
  bool exit_at_end = false;     // what was, without waiting for what will be
};
Outcome follow_group_events(const ClientOptions& client, const GroupEventsOptions& options);

// "5m12s" for people, milliseconds for scripts.
Cell duration_cell(const std::optional<int64_t>& ms);

}  // namespace evlog::cmd

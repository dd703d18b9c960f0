// Is this cluster well? A list of checks with what was found, the same for `evlog health` and `evlog cluster`.
#pragma once

#include <string>
#include <vector>

#include "evlog/admin_session.h"

namespace evlog::cmd {

struct HealthCheck {
  enum class Status : uint8_t { ok, warning, critical };  // the numbers are exit codes
  std::string name;
  Status status = Status::ok;
  std::string found;  // "3 of 3 brokers answer"
  std::string hint;   // what to do; empty when it is well
};

struct HealthNumbers { int64_t brokers = 0, brokers_down = 0, topics = 0, partitions = 0, offline = 0, under_min_isr = 0, under_replicated = 0; };

struct HealthReport {
  std::string cluster_id;
  HealthNumbers numbers;
  std::vector<HealthCheck> checks;
  HealthCheck::Status status() const;  // the worst
};

// Percent of a log directory's disk that should be free.
struct DiskLimits { int64_t warning_percent = 15, critical_percent = 5; };

HealthReport examine(AdminSession& session, const client::ClusterInfo& cluster, const DiskLimits& limits = {});

std::string_view status_word(HealthCheck::Status status);          // ok, warning, critical
std::string paint_status(HealthCheck::Status status);              // the same, coloured on a terminal

}  // namespace evlog::cmd

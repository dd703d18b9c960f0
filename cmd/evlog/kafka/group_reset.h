// The pure parts of resetting offsets: times, durations and the CSV of plans.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "evlog/kafka/consumer_groups.h"

namespace evlog::cmd::kafka {

// 2026-01-31T12:00:00.000, with Z or +01, +0100, +01:00 behind it or without, which is UTC. Milliseconds since 1970.
std::optional<int64_t> parse_datetime(std::string_view text);
// P1DT2H3M4.5S, with signs. Milliseconds.
std::optional<int64_t> parse_duration(std::string_view text);

// Lines of topic,partition,offset for one group, or of group,topic,partition,offset.
using ResetPlan = std::map<std::string, Offsets>;
std::optional<ResetPlan> parse_plan(std::string_view csv, const std::vector<std::string>& groups);
std::string format_plan(const ResetPlan& plan, bool with_group);

}  // namespace evlog::cmd::kafka

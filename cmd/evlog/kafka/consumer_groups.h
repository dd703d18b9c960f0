// kafka-consumer-groups in parts: what it describes, and how it resets offsets. A fault of a command that was understood is a line
// on stdout, and the tool succeeds, as Kafka's does.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "evlog/kafka/options.h"
#include "evlog/kafka/session.h"

namespace evlog::cmd::kafka {

using Offsets = std::map<client::PartitionKey, int64_t>;

// Groups of consumers, by name; those of other kinds of clients are left out.
Or<std::vector<client::GroupListing>> list_consumer_groups(Session& session);

// --group, which may be repeated, or --all-groups.
Or<std::vector<std::string>> chosen_groups(Session& session, const Options& options);

Or<int> describe_groups(Session& session, const Options& options);       // group_tables.cc
Or<int> reset_offsets(Session& session, const Options& options);         // group_reset.cc

// "\nError: …" on stdout.
void say_error(std::string_view text);
// The same for what ended a command that was on its way; the result of such a command.
int command_failed(std::string_view text);

// topic or topic:0,1,2; -1 stands for all partitions.
Or<std::vector<client::PartitionKey>> parse_topic_argument(const std::string& text);

}  // namespace evlog::cmd::kafka

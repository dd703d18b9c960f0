// evlog topics: what its verbs share. One file per verb or pair of verbs, topics_*.cc; topics.cc is their table.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "evlog/admin_session.h"
#include "evlog/output.h"

namespace evlog::cmd {

struct TopicOptions {
  ClientOptions client;
  std::string pattern, regex, partition_list, offset_spec, assignment, file, from, to, at;
  std::vector<std::string> names, configs, set, unset, append, subtract;
  int64_t partitions = -1, replicas = -1, added = -1;
  bool internal = false, if_not_exists = false, if_exists = false, dry_run = false, yes = false;
  bool only_partitions = false, only_configs = false, all_configs = false, data = false;
  bool wide = false, under_replicated = false, unavailable = false, under_min_isr = false, at_min_isr = false, with_overrides = false;
};

void add_topics_list(Args& topics, TopicOptions& options);      // of `topics` itself too
void add_topics_create(Args& topics, TopicOptions& options);
void add_topics_describe(Args& topics, TopicOptions& options);
void add_topics_alter(Args& topics, TopicOptions& options);     // and add-partitions
void add_topics_delete(Args& topics, TopicOptions& options);
void add_topics_trim(Args& topics, TopicOptions& options);
void add_topics_clone(Args& topics, TopicOptions& options);
void add_topics_offsets(Args& topics, TopicOptions& options);
void add_topics_apply(Args& topics, TopicOptions& options);     // and export

// A session and what it found out first.
struct TopicSession {
  std::unique_ptr<AdminSession> session;
  client::ClusterInfo cluster;
  client::Admin& admin() { return session->admin(); }
};
Expected<TopicSession> open_topics(const ClientOptions& options);

// The topics of these names, which may have wildcards; a plain name that does not exist is a failure with the nearest name.
Expected<std::vector<client::TopicDescription>> select_topics(const client::ClusterInfo& cluster, const std::vector<std::string>& names);

// The controller's word reaches the brokers a moment later: waits until it is seen, at most two seconds, so that the next command
// finds what this one made.
void wait_until(TopicSession& session, const std::function<bool(const client::ClusterInfo&)>& seen);

// What the server said about a topic, with a way out. `brokers`: how many are alive, where that is known.
Failure explain_topic(const client::TopicResult& result, const client::ClusterInfo* cluster);

// As they were named; servers answer in any order.
void in_order(std::vector<client::TopicResult>& results, const std::vector<std::string>& names);

// Several things went wrong: all but the last are printed here, the last is returned.
Outcome end_with(std::vector<Failure> failures, bool json);

// "0:1,1:2", as Kafka's tools write assignments: partitions between commas, their brokers between colons.
Expected<std::vector<std::vector<int32_t>>> parse_assignment_option(const std::string& text);
Expected<std::pair<std::string, std::string>> parse_key_value(const std::string& text, std::string_view option);

struct Marks { int64_t start = -1, end = -1; ErrorCode error = ErrorCode::NONE; int64_t records() const { return std::max<int64_t>(0, end - start); } };
Expected<std::map<client::PartitionKey, Marks>> topic_marks(TopicSession& session, const std::vector<client::TopicDescription>& topics);

std::string count_of(int64_t n, std::string_view noun);   // "1 partition", "2 partitions"
size_t replicas_of(const client::TopicDescription& topic);

}  // namespace evlog::cmd

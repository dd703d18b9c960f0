// evlog topics delete: what is lost is said first, and a topic with records must be named again.
#include <algorithm>
#include <iostream>

#include "evlog/confirm.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::TopicDescription;

Expected<void> type_name(const std::string& name, int64_t records) {
  fmt::print(stderr, "{} has {}. Type its name to delete it: ", paint(Colour::bold, name, stderr), count_of(records, "record"));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == name) return {};
  return failure(exit_code::failed, "", "nothing was deleted");
}

// Empty topics need one y for all of them, each topic with records its name.
Expected<void> ask(TopicSession& s, const TopicOptions& o, const std::vector<TopicDescription>& topics) {
  if (o.yes || o.dry_run) return {};
  const auto marks = topic_marks(s, topics);
  if (!marks) return failure(marks.error());
  std::vector<std::string> empty;
  std::vector<std::pair<std::string, int64_t>> full;
  for (const TopicDescription& topic : topics) {
    int64_t records = 0;
    for (const auto& p : topic.partitions) records += marks->at({topic.name, p.index}).records();
    if (records == 0) empty.push_back(topic.name);
    else full.emplace_back(topic.name, records);
  }
  if (!empty.empty())
    if (auto yes = confirm(false, fmt::format("Delete {} (no records)?", fmt::join(empty, " ")), "nothing was deleted"); !yes) return yes;
  for (const auto& [name, records] : full)
    if (auto typed = type_name(name, records); !typed) return typed;
  return {};
}

Expected<std::vector<TopicDescription>> existing(TopicSession& s, const TopicOptions& o) {
  if (!o.if_exists) return select_topics(s.cluster, o.names);
  std::vector<std::string> names;
  for (const std::string& name : o.names)
    if (s.cluster.find(name) || select_topics(s.cluster, {name})) names.push_back(name);
  return select_topics(s.cluster, names);
}

Outcome remove(TopicOptions& o) {
  if (!o.yes && !o.dry_run && (!is_terminal(stdin) || !is_terminal(stderr)))
    if (auto refused = confirm(false, "", ""); !refused) return failure(refused.error());
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto topics = existing(*s, o);
  if (!topics) return failure(topics.error());
  if (topics->empty()) return exit_code::ok;
  if (auto confirmed = ask(*s, o, *topics); !confirmed) return failure(confirmed.error());
  std::vector<std::string> names;
  for (const TopicDescription& topic : *topics) names.push_back(topic.name);
  Listing listing(o.client, {{"NAME", "name"}, {"DELETED", "deleted"}});
  const auto say = [&](const std::string& name) {
    if (for_scripts(o.client)) listing.row({Cell::text(name), Cell::flag(!o.dry_run)});
    else if (!o.client.quiet) fmt::print(stderr, "{} {}\n", o.dry_run ? "would delete" : "deleted", name);
  };
  if (o.dry_run) {
    for (const std::string& name : names) say(name);
    return exit_code::ok;
  }
  auto results = s->session->ask<std::vector<client::TopicResult>>([&] { return s->admin().delete_topics(names, s->session->timeout_ms()); });
  if (!results) return failure(results.error());
  in_order(*results, names);
  std::vector<Failure> failures;
  for (const auto& result : *results) {
    if (result.error == ErrorCode::NONE) say(result.name);
    else failures.push_back(explain_topic(result, &s->cluster));
  }
  wait_until(*s, [&](const client::ClusterInfo& cluster) {
    return std::ranges::none_of(*results, [&](const client::TopicResult& result) { return result.error == ErrorCode::NONE && cluster.find(result.name); });
  });
  return end_with(std::move(failures), for_scripts(o.client));
}

}  // namespace

void add_topics_delete(Args& topics, TopicOptions& o) {
  Args& removed = topics.command("delete", "Delete topics and all their records", {"rm"});
  removed.examples({"evlog topics delete orders                       # asks; a topic with records must be named again", "evlog topics delete orders payments -y", "evlog topics delete 'tmp-*' --dry-run",
                    "evlog topics delete orders --if-exists -y"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--if-exists", o.if_exists, "A topic that does not exist is no error")
      .flag("--dry-run", o.dry_run, "Say what would be deleted");
  add_format_options(removed, o.client);
  add_client_options(removed, o.client);
  removed.run([&o] { return remove(o); });
}

}  // namespace evlog::cmd

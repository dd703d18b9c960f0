// evlog topics describe: partitions, leaders, replicas and settings.
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigEntry;
using client::ConfigOrigin;
using client::PartitionKey;
using client::TopicDescription;
using AllMarks = std::map<PartitionKey, Marks>;

std::string cell(int64_t offset) { return offset < 0 ? "-" : fmt::format("{}", offset); }
std::string list_cell(const std::vector<int32_t>& ids) { return ids.empty() ? "-" : fmt::format("{}", fmt::join(ids, ",")); }

void print_partitions(const TopicDescription& topic, const AllMarks& marks) {
  Table table({"PARTITION", "LEADER", "EPOCH", "REPLICAS", "ISR", "START", "END"});
  for (const auto& p : topic.partitions) {
    const auto found = marks.find({topic.name, p.index});
    const Marks m = found == marks.end() ? Marks{} : found->second;
    table.row({fmt::format("{}", p.index), p.leader < 0 ? "none" : fmt::format("{}", p.leader), fmt::format("{}", p.leader_epoch), list_cell(p.replicas), list_cell(p.isr), cell(m.start), cell(m.end)});
  }
  table.print();
}

std::string shown_value(const ConfigEntry& entry) { return entry.sensitive ? "(hidden)" : entry.value.value_or("null"); }

std::string_view origin_note(const ConfigEntry& entry) {
  switch (entry.origin()) {
    case ConfigOrigin::topic: return "";
    case ConfigOrigin::broker:
    case ConfigOrigin::all_brokers: return "  (set on the brokers)";
    case ConfigOrigin::broker_file: return "  (the broker's file)";
    default: return "  (default)";
  }
}

std::string json_object(const TopicDescription& topic, const std::vector<ConfigEntry>& configs, const TopicOptions& o) {
  std::vector<std::string> partitions;
  for (const auto& p : topic.partitions)
    partitions.push_back(JsonLine().number("partition", p.index).number("leader", p.leader).number("epoch", p.leader_epoch).raw("replicas", JsonLine::numbers(p.replicas)).raw("isr", JsonLine::numbers(p.isr)).object());
  JsonLine values, line;
  for (const auto& entry : configs) values.text_or_null(entry.name, entry.value);
  line.text("name", topic.name).text("id", topic.id.text()).boolean("internal", topic.internal);
  if (!o.only_configs) line.raw("partitions", JsonLine::array(partitions));
  if (!o.only_partitions) line.raw("configs", values.object());
  return line.object();
}

void print_one(const TopicOptions& o, const TopicDescription& topic, const std::vector<ConfigEntry>& configs, const AllMarks& marks) {
  fmt::print("{}  id {}  {}  {}{}\n", paint(Colour::bold, topic.name, stdout), topic.id.text(), count_of(static_cast<int64_t>(topic.partitions.size()), "partition"),
             count_of(static_cast<int64_t>(replicas_of(topic)), "replica"), topic.internal ? "  internal" : "");
  if (!o.only_partitions)
    for (const auto& entry : configs) fmt::print("  {}={}{}\n", entry.name, shown_value(entry), origin_note(entry));
  if (!o.only_partitions && o.only_configs && configs.empty()) fmt::print("  no settings of its own; all with their defaults: -a\n");
  if (!o.only_configs) print_partitions(topic, marks);
}

Expected<std::map<std::string, std::vector<ConfigEntry>>> configs_of(TopicSession& s, const std::vector<TopicDescription>& topics, bool all) {
  std::vector<client::ConfigResource> resources;
  for (const TopicDescription& topic : topics) resources.push_back({client::ResourceType::topic, topic.name});
  auto answer = s.session->ask<std::vector<client::ResourceConfigs>>([&] { return s.admin().describe_configs(resources); });
  if (!answer) return failure(answer.error());
  std::map<std::string, std::vector<ConfigEntry>> out;
  for (auto& resource : *answer) {
    if (resource.error != ErrorCode::NONE) return failure(explain_topic({resource.resource.name, resource.error, resource.message}, &s.cluster));
    if (!all) std::erase_if(resource.entries, [](const ConfigEntry& entry) { return entry.origin() != ConfigOrigin::topic; });
    out[resource.resource.name] = std::move(resource.entries);
  }
  return out;
}

Outcome describe(TopicOptions& o) {
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto topics = select_topics(s->cluster, o.names);
  if (!topics) return failure(topics.error());
  using Configs = std::map<std::string, std::vector<ConfigEntry>>;
  auto configs = o.only_partitions ? Expected<Configs>(Configs{}) : configs_of(*s, *topics, o.all_configs);
  if (!configs) return failure(configs.error());
  const Format format = chosen_format(o.client);
  const auto marks = format == Format::table && !o.only_configs ? topic_marks(*s, *topics) : Expected<AllMarks>(AllMarks{});
  std::vector<std::string> objects;
  for (size_t i = 0; i < topics->size(); ++i) {
    const TopicDescription& topic = (*topics)[i];
    if (format == Format::table && i > 0) fmt::print("\n");
    if (format == Format::table) print_one(o, topic, (*configs)[topic.name], marks ? *marks : AllMarks{});
    else objects.push_back(json_object(topic, (*configs)[topic.name], o));
  }
  if (format == Format::json) fmt::print("[\n  {}\n]\n", fmt::join(objects, ",\n  "));
  if (format == Format::jsonl) fmt::print("{}\n", fmt::join(objects, "\n"));
  return exit_code::ok;
}

}  // namespace

void add_topics_describe(Args& topics, TopicOptions& o) {
  Args& described = topics.command("describe", "Partitions, leaders, replicas and settings of topics");
  described.examples({"evlog topics describe orders", "evlog topics describe orders -a             # every setting, not only the topic's own", "evlog topics describe 'orders-*' -p         # partitions alone",
                      "evlog topics describe orders --json"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters")
      .flag("-p,--partitions", o.only_partitions, "Only the partitions")
      .flag("-c,--configs", o.only_configs, "Only the settings")
      .flag("-a,--all", o.all_configs, "All settings, with their defaults")
      .choice("--format", o.client.format, {"table", "json", "jsonl"}, "json: one array; jsonl: one object per line. Default: table")
      .flag("--json", o.client.json, "The same as --format jsonl");
  add_client_options(described, o.client);
  described.run([&o] { return describe(o); });
}

}  // namespace evlog::cmd

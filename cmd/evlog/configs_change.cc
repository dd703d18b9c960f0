// evlog configs set and unset. The server checks; what changed is said with what it was before.
#include <algorithm>

#include "evlog/config_change.h"
#include "evlog/config_hints.h"
#include "evlog/configs.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigChange;
using client::ConfigEntry;
using client::ConfigOperation;
using client::ConfigResource;

Expected<std::vector<ConfigChange>> changes_of(const ConfigOptions& o, bool unset) {
  std::vector<ConfigChange> out;
  const auto add = [&](const std::string& text, ConfigOperation operation) -> Expected<void> {
    auto pair = parse_key_value(text, operation == ConfigOperation::append ? "--append" : operation == ConfigOperation::subtract ? "--subtract" : "evlog configs set TYPE NAME");
    if (!pair) return failure(pair.error());
    out.push_back({pair->first, operation, pair->second});
    return {};
  };
  for (const std::string& word : o.words) {
    if (unset) out.push_back({word, ConfigOperation::unset, std::nullopt});
    else if (auto added = add(word, ConfigOperation::set); !added) return failure(added.error());
  }
  for (const std::string& text : o.append)
    if (auto added = add(text, ConfigOperation::append); !added) return failure(added.error());
  for (const std::string& text : o.subtract)
    if (auto added = add(text, ConfigOperation::subtract); !added) return failure(added.error());
  if (out.empty()) return failure(exit_code::usage, "evlog configs set topic orders retention.ms=3600000", "no setting was named");
  return out;
}

Failure refused(AdminSession& session, const ConfigResource& resource, const client::ResourceResult& result, const std::vector<ConfigChange>& changes, const std::vector<ConfigEntry>& before) {
  if (result.error == ErrorCode::INVALID_CONFIG || result.error == ErrorCode::INVALID_REQUEST) {
    for (const ConfigChange& change : changes) {
      if (std::ranges::find(before, change.name, &ConfigEntry::name) != before.end() || before.empty()) continue;
      Failure f = no_such_key(resource, change.name, before, exit_code::usage);
      f.kafka_error = error_name(result.error);
      return f;
    }
  }
  return explain_resource(session, resource, result.error, result.message);
}

Outcome change(ConfigOptions& o, bool unset) {
  const auto resource = parse_resource(o);
  if (!resource) return failure(resource.error());
  const auto changes = changes_of(o, unset);
  if (!changes) return failure(changes.error());
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto before = configs_of(**session, *resource, false);
  if (!before) return failure(before.error());
  using Results = std::vector<client::ResourceResult>;
  const auto results = (*session)->ask<Results>([&] { return (*session)->admin().incremental_alter_configs({{*resource, *changes}}, o.dry_run); });
  if (!results) return failure(results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE) return failure(refused(**session, *resource, result, *changes, *before));
  const auto after = o.dry_run ? before : read_settled({*resource, *changes}, [&] { return configs_of(**session, *resource, false); });
  if (!after) return failure(after.error());
  Listing listing(o.client, {{"KEY", "key"}, {"FROM", "from"}, {"TO", "to"}});
  for (const ConfigChange& one : *changes) {
    const std::string from = value_text(*before, one.name), to = o.dry_run ? wanted_text(one) : value_text(*after, one.name);
    if (for_scripts(o.client)) listing.row({Cell::text(one.name), Cell::text(from), Cell::text(to)});
    else if (!o.client.quiet) fmt::print(stderr, "{}{}: {} {} -> {}\n", o.dry_run ? "would change " : "", resource_text(*resource), one.name, from, to);
  }
  return exit_code::ok;
}

}  // namespace

void add_configs_change(Args& configs, ConfigOptions& o) {
  const auto finish = [&o](Args& args, bool unset) {
    args.flag("--dry-run", o.dry_run, "Let the server check it, say what would change, and change nothing");
    add_format_options(args, o.client);
    add_client_options(args, o.client);
    args.run([&o, unset] { return change(o, unset); });
  };
  Args& set = configs.command("set", "Change settings");
  set.examples({"evlog configs set topic orders retention.ms=3600000", "evlog configs set topic orders --append cleanup.policy=compact", "evlog configs set broker default log.retention.ms=86400000 --dry-run",
                "evlog configs set logger 1 root=DEBUG"})
      .positional("TYPE", o.type, "topic, broker, group, client-metrics or logger")
      .positional("NAME", o.name, "Its name; of a broker or logger the broker's id, or default")
      .positionals("KEY=VALUE", o.words, "What to set", false)
      .list("--append", o.append, "KEY=VALUE", "Add to a list")
      .list("--subtract", o.subtract, "KEY=VALUE", "Take from a list");
  finish(set, false);
  Args& unset = configs.command("unset", "Take settings back to what they are without", {"delete"});
  unset.examples({"evlog configs unset topic orders retention.ms", "evlog configs unset broker default log.retention.ms"})
      .positional("TYPE", o.type, "topic, broker, group, client-metrics or logger")
      .positional("NAME", o.name, "Its name; of a broker or logger the broker's id, or default")
      .positionals("KEY", o.words, "Which");
  finish(unset, true);
}

}  // namespace evlog::cmd

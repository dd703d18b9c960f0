// evlog configs list, get and describe.
#include <algorithm>

#include "evlog/config_hints.h"
#include "evlog/config_view.h"
#include "evlog/configs.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::ConfigEntry;
using client::ConfigOrigin;
using client::ConfigResource;
using client::ResourceType;

Outcome list(ConfigOptions& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto resources = (*session)->ask<std::vector<ConfigResource>>([&] { return (*session)->admin().list_config_resources({}); });
  if (!resources) return failure(resources.error());
  Listing listing(o.client, {{"TYPE", "type"}, {"NAME", "name"}});
  for (const ConfigResource& resource : *resources)
    listing.row({Cell::text(resource_word(resource.type)), Cell::text(resource.type == ResourceType::broker && resource.name.empty() ? "default" : resource.name)});
  return exit_code::ok;
}

// Those of these names, in this order.
Expected<std::vector<ConfigEntry>> choose(const ConfigResource& resource, const std::vector<std::string>& keys, const std::vector<ConfigEntry>& entries) {
  std::vector<ConfigEntry> out;
  for (const std::string& key : keys) {
    const auto found = std::ranges::find(entries, key, &ConfigEntry::name);
    if (found == entries.end()) return failure(no_such_key(resource, key, entries, exit_code::missing));
    out.push_back(*found);
  }
  return out;
}

// One key: its value alone, for $(…). Several, or none: all as KEY=VALUE.
Outcome get(ConfigOptions& o) {
  const auto resource = parse_resource(o);
  if (!resource) return failure(resource.error());
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto entries = configs_of(**session, *resource, false);
  if (!entries) return failure(entries.error());
  const auto chosen = o.words.empty() ? entries : choose(*resource, o.words, *entries);
  if (!chosen) return failure(chosen.error());
  if (for_scripts(o.client)) {
    Listing listing(o.client, {{"KEY", "key"}, {"VALUE", "value"}});
    for (const ConfigEntry& entry : *chosen) listing.row({Cell::text(entry.name), Cell::optional_text(entry.value)});
    return exit_code::ok;
  }
  for (const ConfigEntry& entry : *chosen) {
    if (o.words.size() == 1) fmt::print("{}\n", entry.value.value_or(""));
    else fmt::print("{}={}\n", entry.name, entry.value.value_or(""));
  }
  if (o.words.size() == 1 && chosen->front().sensitive && is_terminal(stderr)) fmt::print(stderr, "this is a secret; the server does not tell it\n");
  return exit_code::ok;
}

void print_wrapped(std::string_view text) {
  constexpr size_t width = 96;
  for (std::string_view rest = text; !rest.empty();) {
    size_t cut = rest.size() <= width ? rest.size() : rest.rfind(' ', width);
    if (cut == std::string_view::npos || cut == 0) cut = std::min(rest.find(' '), rest.size());
    fmt::print("  {}\n", rest.substr(0, cut));
    rest.remove_prefix(std::min(rest.size(), cut + 1));
  }
}

// One setting with all there is to say about it.
void print_explained(ResourceType type, const ConfigEntry& entry) {
  fmt::print("{}={}\n", paint(Colour::bold, entry.name, stdout), config_value(entry));
  fmt::print("  set by   {}\n", origin_text(entry));
  for (const auto& synonym : entry.synonyms) {
    if (&synonym == &entry.synonyms.front() || synonym.origin == ConfigOrigin::built_in) continue;
    fmt::print("  else     {}: {}={}\n", origin_text(synonym.origin), synonym.name, entry.sensitive ? "(hidden)" : synonym.value.value_or("null"));
  }
  if (const auto value = default_of(type, entry); value && entry.origin() != ConfigOrigin::built_in) fmt::print("  default  {}\n", value->empty() ? "\"\"" : *value);
  fmt::print("  type     {}{}\n", config_type_word(entry.type), entry.read_only ? "; changing it needs a restart" : "");
  print_wrapped(plain_doc(entry.documentation));
}

void print_table(const ConfigOptions& o, ResourceType type, const std::vector<ConfigEntry>& entries) {
  using Show = Listing::Show;
  constexpr size_t doc_width = 100;
  Listing listing(o.client, {{"KEY", "key"}, {"VALUE", "value"}, {"SET BY", "origin"}, {"DEFAULT", "default"}, {"TYPE", "type", Show::wide}, {"READ-ONLY", "read_only", Show::wide},
                             {"HIDDEN", "sensitive", Show::scripts}, {"MEANING", "doc", Show::wide}});
  for (const ConfigEntry& entry : entries) {
    Cell value = Cell::optional_text(entry.value), doc = Cell::text(plain_doc(entry.documentation));
    value.shown = config_value(entry);
    if (doc.shown.size() > doc_width) doc.shown = cut_utf8(doc.shown, doc_width - 1) + "…";
    listing.row({Cell::text(entry.name), value, Cell::text(origin_text(entry)), Cell::optional_text(default_of(type, entry)), Cell::text(config_type_word(entry.type)), Cell::flag(entry.read_only), Cell::flag(entry.sensitive), doc});
  }
}

bool set_by_somebody(const ConfigEntry& entry) { return entry.origin() != ConfigOrigin::built_in; }

// Of a topic its own settings are meant, of a broker whatever is not the default.
bool own(const ConfigResource& resource, const ConfigEntry& entry) {
  if (resource.type == ResourceType::topic) return entry.origin() == ConfigOrigin::topic;
  if (resource.type == ResourceType::broker_logger) return true;
  return set_by_somebody(entry);
}

Outcome describe(ConfigOptions& o) {
  const auto resource = parse_resource(o);
  if (!resource) return failure(resource.error());
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  auto entries = configs_of(**session, *resource, true);
  if (!entries) return failure(entries.error());
  if (!o.words.empty()) {
    entries = choose(*resource, o.words, *entries);
    if (!entries) return failure(entries.error());
    if (chosen_format(o.client) == Format::table) {
      for (const ConfigEntry& entry : *entries) print_explained(resource->type, entry);
      return exit_code::ok;
    }
  } else if (!o.all) {
    std::erase_if(*entries, [&](const ConfigEntry& entry) { return !own(*resource, entry); });
  }
  print_table(o, resource->type, *entries);
  if (entries->empty() && !o.client.quiet && !for_scripts(o.client)) fmt::print(stderr, "nothing is set on {}; all settings with their defaults: -a\n", resource_text(*resource));
  return exit_code::ok;
}

void add_resource(Args& args, ConfigOptions& o) {
  args.positional("TYPE", o.type, "topic, broker, group, client-metrics or logger").positional("NAME", o.name, "Its name; of a broker or logger the broker's id, or default");
}

}  // namespace

void add_configs_read(Args& configs, ConfigOptions& o) {
  add_format_options(configs, o.client);
  add_client_options(configs, o.client);
  configs.run([&o] { return list(o); });

  Args& listed = configs.command("list", "What has settings", {"ls"});
  listed.examples({"evlog configs list", "evlog configs list --json"});
  add_format_options(listed, o.client);
  add_client_options(listed, o.client);
  listed.run([&o] { return list(o); });

  Args& got = configs.command("get", "Values alone, for scripts");
  got.examples({"evlog configs get topic orders retention.ms", "evlog configs get topic orders                  # all, as KEY=VALUE", "evlog configs get broker 1 num.partitions --json"});
  add_resource(got, o);
  got.positionals("KEY", o.words, "Which. Default: all", false);
  add_format_options(got, o.client);
  add_client_options(got, o.client);
  got.run([&o] { return get(o); });

  Args& described = configs.command("describe", "Settings with who set them, and what they are for");
  described.examples({"evlog configs describe topic orders", "evlog configs describe topic orders -a               # with those nobody set", "evlog configs describe broker 1 num.partitions       # one, explained",
                      "evlog configs describe logger 1", "evlog configs describe broker 1 -a --format wide"});
  add_resource(described, o);
  described.positionals("KEY", o.words, "Explain these", false).flag("-a,--all", o.all, "Also those that nobody set");
  add_format_options(described, o.client);
  add_client_options(described, o.client);
  described.run([&o] { return describe(o); });
}

}  // namespace evlog::cmd

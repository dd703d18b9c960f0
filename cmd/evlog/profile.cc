// evlog profile: settings of clusters under a name, and which of them the other commands use.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>

#include "evlog/client_layers.h"
#include "evlog/commands.h"
#include "evlog/profile_store.h"
#include "evlog/table.h"

namespace evlog::cmd {
namespace {

struct ProfileOptions {
  ClientOptions client;
  std::string name;
  std::string from;
  std::string prompt_format = "%s";
  bool json = false;
  bool use = false;
  bool origin = false;
};

std::string value_of(const Properties& properties, std::string_view name, std::string_view otherwise) {
  std::string out(otherwise);
  for (const auto& [key, value] : properties)
    if (key == name) out = value;
  return out;
}

Outcome list(const ProfileOptions& o) {
  const std::string current = current_profile();
  Table table({"CURRENT", "PROFILE", "BROKERS", "SECURITY"});
  for (const std::string& name : profile_names()) {
    const auto profile = read_profile(name);
    if (!profile) {
      warn(profile.error().message);
      continue;
    }
    const std::string brokers = value_of(profile->properties, "bootstrap.servers", "");
    const std::string security = value_of(profile->properties, "security.protocol", "PLAINTEXT");
    if (o.json) JsonLine().text("profile", name).boolean("current", name == current).text("brokers", brokers).text("security", security).text("path", profile->path).print();
    else table.row({name == current ? "*" : "", name, brokers, security});
  }
  if (o.json) return exit_code::ok;
  if (table.empty()) return fmt::print(stderr, "no profiles yet; make one: evlog profile create staging -b HOST:PORT\n"), exit_code::ok;
  table.print();
  if (const auto project = project_file()) fmt::print(stderr, "in this directory {} is used instead\n", *project);
  return exit_code::ok;
}

// The settings given on this command line alone: not those of a profile or of the environment.
Expected<Properties> given(const ProfileOptions& o) {
  ClientOptions only = o.client;
  only.profile = "none";
  if (!o.from.empty()) only.config_file = o.from;
  const auto layers = gather_settings(only);
  if (!layers) return failure(layers.error());
  Properties out;
  for (const LayeredSetting& setting : *layers) {
    if (setting.origin == "built in" || setting.origin.starts_with("EVLOG_")) continue;
    std::erase_if(out, [&](const auto& p) { return p.first == setting.name; });
    out.emplace_back(setting.name, setting.value);
  }
  return out;
}

Outcome create(const ProfileOptions& o) {
  auto path = profile_path(o.name);
  if (!path) return failure(path.error());
  if (std::filesystem::exists(*path)) return failure(exit_code::failed, fmt::format("change it: evlog profile edit {}, or make room: evlog profile delete {}", o.name, o.name), "profile '{}' exists", o.name);
  auto properties = given(o);
  if (!properties) return failure(properties.error());
  if (properties->empty()) return failure(exit_code::usage, fmt::format("evlog profile create {} -b HOST:PORT", o.name), "a profile needs settings: -b, -X or --from");
  if (auto written = write_profile({o.name, *path, std::move(*properties)}); !written) return failure(written.error());
  const bool use = o.use || current_profile().empty();
  if (use)
    if (auto set = set_current_profile(o.name); !set) return failure(set.error());
  return fmt::print(stderr, "{} written{}\n", *path, use ? ", and in use now" : fmt::format("; evlog profile use {} switches to it", o.name)), exit_code::ok;
}

Outcome use(const ProfileOptions& o) {
  if (o.name != "none") {
    const auto profile = read_profile(o.name);
    if (!profile) return failure(profile.error());
  }
  if (auto set = set_current_profile(o.name == "none" ? "" : o.name); !set) return failure(set.error());
  if (const auto project = project_file()) fmt::print(stderr, "note: in this directory {} is used instead\n", *project);
  return exit_code::ok;
}

std::string shown(const std::string& name, const std::string& value) { return is_secret_setting(name) ? "[hidden]" : value; }

Outcome show_one(const ProfileOptions& o) {
  const auto profile = read_profile(o.name);
  if (!profile) return failure(profile.error());
  for (const auto& [name, value] : profile->properties) fmt::print("{}={}\n", name, shown(name, value));
  return exit_code::ok;
}

// What a command run here and now would use: the last setting of a name wins.
Outcome show(const ProfileOptions& o) {
  if (!o.name.empty() && !o.origin) return show_one(o);
  ClientOptions client = o.client;
  if (!o.name.empty()) client.profile = o.name;
  const auto layers = gather_settings(client);
  if (!layers) return failure(layers.error());
  for (size_t i = 0; i < layers->size(); ++i) {
    const LayeredSetting& setting = (*layers)[i];
    bool overridden = false;
    for (size_t later = i + 1; later < layers->size(); ++later) overridden = overridden || (*layers)[later].name == setting.name;
    if (overridden) continue;
    if (o.origin) fmt::print("{}={}    # {}\n", setting.name, shown(setting.name, setting.value), setting.origin);
    else fmt::print("{}={}\n", setting.name, shown(setting.name, setting.value));
  }
  return exit_code::ok;
}

Outcome edit(const ProfileOptions& o) {
  const auto profile = read_profile(o.name);
  if (!profile) return failure(profile.error());
  const char* editor = std::getenv("VISUAL");
  if (!editor || !*editor) editor = std::getenv("EDITOR");
  if (!editor || !*editor) editor = "vi";
  // The editor may carry options, so a shell takes it apart; the path is an argument of its own.
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", (std::string(editor) + " \"$1\"").c_str(), "sh", profile->path.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failure(exit_code::failed, "EDITOR names the editor", "{} did not end well; the profile is at {}", editor, profile->path);
  }
  const auto edited = read_profile(o.name);
  return edited ? Outcome(exit_code::ok) : failure(edited.error());
}

Outcome remove(const ProfileOptions& o) {
  auto removed = remove_profile(o.name);
  return removed ? Outcome(exit_code::ok) : failure(removed.error());
}

// For PS1: prints nothing where no profile is in use, and never fails.
Outcome prompt(const ProfileOptions& o) {
  const char* const chosen = std::getenv("EVLOG_PROFILE");
  std::string name = chosen && *chosen ? chosen : project_file() ? "project" : current_profile();
  if (name.empty() || name == "none") return exit_code::ok;
  std::string text = o.prompt_format;
  if (const size_t at = text.find("%s"); at != std::string::npos) text.replace(at, 2, name);
  return fmt::print("{}", text), exit_code::ok;
}

void add_list(Args& args, ProfileOptions& o) { args.flag("--json", o.json, "One JSON object for each profile"); }

}  // namespace

void add_profile(Args& root) {
  Args& profile = root.command("profile", "Settings of clusters under a name", {"profiles"});
  ProfileOptions& o = profile.keep<ProfileOptions>();
  profile.examples({"evlog profile create staging -b kafka.staging:9092 -X client.id=me", "evlog profile create prod --from client.properties --use",
                    "evlog profile use staging", "evlog topics --profile prod                   # once", "evlog profile show --origin                   # what is in force, and who said it",
                    "PS1='$(evlog profile prompt -f \"[%s] \")'\"$PS1\""})
      .about("A profile is a client.properties file, as Kafka's own tools take it, in $XDG_CONFIG_HOME/evlog/profiles (~/.config/evlog/profiles), readable\n"
             "by its owner alone. A project may carry its own in .evlog/client.properties, found upwards as far as the repository's root; it wins\n"
             "over the profile in use, and may not name code to load. The strongest first: -b, -X, -F, EVLOG_BROKERS and EVLOG_SASL_USERNAME and\n"
             "EVLOG_SASL_PASSWORD, the profile (--profile, EVLOG_PROFILE, the project's, the one in use), 127.0.0.1:9092. 'none' means no profile.");
  add_list(profile, o);
  profile.run([&o] { return list(o); });

  Args& all = profile.command("list", "All profiles", {"ls"});
  add_list(all.examples({"evlog profile list", "evlog profile list --json | jq -r .brokers", "evlog profile"}), o);
  all.run([&o] { return list(o); });

  Args& make = profile.command("create", "Make a profile of the options given here");
  make.examples({"evlog profile create local -b 127.0.0.1:9092", "evlog profile create prod --from client.properties --use", "evlog profile create ci -b broker:9092 -X client.id=ci"})
      .positional("NAME", o.name, "Its name")
      .text("--from", o.from, "FILE", "A client.properties to begin with")
      .flag("--use", o.use, "Use it from now on; the first one is used anyway");
  add_client_options(make, o.client);
  make.run([&o] { return create(o); });

  Args& choose = profile.command("use", "The profile that commands use from now on");
  choose.examples({"evlog profile use staging", "evlog profile use none", "EVLOG_PROFILE=staging evlog topics    # in one shell only"}).positional("NAME", o.name, "A profile, or none");
  choose.run([&o] { return use(o); });

  Args& print = profile.command("show", "The settings of a profile, or those in force");
  print.examples({"evlog profile show staging", "evlog profile show", "evlog profile show --origin"})
      .positional("NAME", o.name, "A profile. Default: what commands use here and now", false)
      .flag("--origin", o.origin, "Where each setting comes from");
  add_client_options(print, o.client);
  print.run([&o] { return show(o); });

  Args& change = profile.command("edit", "Open a profile in $EDITOR");
  change.examples({"evlog profile edit staging", "EDITOR=nano evlog profile edit prod"}).positional("NAME", o.name, "A profile");
  change.run([&o] { return edit(o); });

  Args& gone = profile.command("delete", "Remove a profile", {"rm"});
  gone.examples({"evlog profile delete staging"}).positional("NAME", o.name, "A profile");
  gone.run([&o] { return remove(o); });

  Args& ps1 = profile.command("prompt", "The profile in use, for a shell's prompt");
  ps1.examples({"evlog profile prompt", "PS1='$(evlog profile prompt -f \"[%s] \")'\"$PS1\""}).text("-f,--format", o.prompt_format, "STRING", "%s stands for the name. Default: %s");
  ps1.run([&o] { return prompt(o); });
}

}  // namespace evlog::cmd

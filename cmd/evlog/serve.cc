// evlog serve: one server in this process. Happy path: options - configuration - private or default directory - Server::start -
// ready file and banner - wait for SIGTERM or Ctrl-C - Server::stop - exit 0.
// It can fail: configuration (78), a listener beyond loopback without a password (78), an unusable or foreign directory (78), a
// directory or port somebody else has (1), a damaged log (1); a second signal ends it at once, which is safe.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "broker/server.h"
#include "evlog/commands.h"
#include "evlog/port_owner.h"
#include "evlog/serve_options.h"
#include "evlog/serve_topics.h"
#include "evlog/server_log.h"
#include "evlog/terminal.h"
#include "io/uv/uv.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

// The directory of --ephemeral, gone with this object.
class PrivateDirectory {
 public:
  Expected<void> make() {
    const char* const temporary = std::getenv("TMPDIR");
    path_ = std::string(temporary && *temporary ? temporary : "/tmp") + "/evlog-XXXXXX";
    if (::mkdtemp(path_.data())) return {};
    const std::string wanted = std::exchange(path_, {});
    return failure(exit_code::bad_config, "TMPDIR=DIR, or --data-dir DIR", "cannot make {}: {}", wanted, std::strerror(errno));
  }
  ~PrivateDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int exit_of(broker::StartError::Kind kind) {
  using Kind = broker::StartError::Kind;
  const bool configuration = kind == Kind::bad_config || kind == Kind::unusable_directory || kind == Kind::foreign_cluster;
  return configuration ? exit_code::bad_config : exit_code::failed;
}

Failure explain_start(const broker::StartError& error) {
  Failure f{exit_of(error.kind), error.message, error.hint, {}};
  if (const size_t at = f.message.find("\nhint: "); at != std::string::npos) f.hint = f.message.substr(at + 7), f.message.resize(at);
  if (error.kind != broker::StartError::Kind::busy_address) return f;
  const size_t colon = error.subject.rfind(':');
  const auto owner = port_owner(static_cast<int>(std::strtol(error.subject.c_str() + colon + 1, nullptr, 10)));
  if (owner) f.message += fmt::format(" by pid {} ({})", owner->pid, owner->name);
  return f;
}

void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit)) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string first_listener(const std::vector<broker::BoundListener>& listeners, bool controller) {
  for (const auto& listener : listeners) {
    if (listener.controller != controller) continue;
    io::Address address = listener.address;
    if (address.host.empty() || address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    return address.text();
  }
  return {};
}

class Serving {
 public:
  Serving(const ServeOptions& options, config::Loaded loaded, std::vector<broker::NewTopic> topics, int64_t started_ns)
      : options_(options), loaded_(std::move(loaded)), topics_(std::move(topics)), started_ns_(started_ns), log_(*loaded_.config.text("evlog.log.level")), stop_(loop_) {}

  Outcome run();

 private:
  io::task<Outcome> serve();
  io::task<> watch(broker::Server& server);
  io::task<> hurry(Duration at_most);
  broker::ServerOptions server_options();
  Expected<void> tell_ready(broker::Server& server);
  void banner(broker::Server& server) const;
  std::string place_line(const std::string& directory) const;

  const ServeOptions& options_;
  config::Loaded loaded_;
  std::vector<broker::NewTopic> topics_;
  int64_t started_ns_;
  ServerLog log_;
  io::uv::Loop loop_;
  io::Event stop_;
  bool stopping_ = false;
  std::string failure_;
};

broker::ServerOptions Serving::server_options() {
  broker::ServerOptions out;
  out.config = loaded_.config;
  out.log = [this](char level, std::string_view module, std::string_view text) { log_.write(level, module, text); };
  out.insecure_listen = options_.insecure_listen;
  return out;
}

Expected<void> Serving::tell_ready(broker::Server& server) {
  const auto listeners = server.listeners();
  const std::string text = fmt::format("{{\"pid\":{},\"kafka\":\"{}\",\"controller\":\"{}\",\"http\":null}}\n", ::getpid(), first_listener(listeners, false), first_listener(listeners, true));
  if (options_.ready_fd >= 0) {
    const auto fd = static_cast<int>(options_.ready_fd);
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return failure(exit_code::usage, "", "--ready-fd {}: {}", fd, std::strerror(errno));
    ::close(fd);
  }
  if (options_.ready_file.empty()) return {};
  // Renamed into its place, so that a reader never sees half of it.
  const std::string partial = options_.ready_file + ".tmp";
  FILE* const file = std::fopen(partial.c_str(), "w");
  const bool wrote = file && std::fputs(text.c_str(), file) >= 0;
  if (file) std::fclose(file);
  if (!wrote || std::rename(partial.c_str(), options_.ready_file.c_str())) return failure(exit_code::bad_config, "", "--ready-file {}: {}", options_.ready_file, std::strerror(errno));
  return {};
}

std::string Serving::place_line(const std::string& directory) const {
  struct statvfs space{};
  if (::statvfs(directory.c_str(), &space)) return directory;
  return fmt::format("{} ({} free)", directory, human_bytes(static_cast<uint64_t>(space.f_bavail) * space.f_frsize));
}

void Serving::banner(broker::Server& server) const {
  if (options_.quiet) return;
  const broker::Broker& b = server.broker();
  const std::string kafka = first_listener(server.listeners(), false);
  const std::string directory = b.settings.log_dirs.empty() ? "" : b.settings.log_dirs.front();
  const double ready_ms = static_cast<double>(mono_ns() - started_ns_) / 1e6;
  if (!is_terminal(stderr)) {
    fmt::print(stderr, "evlog {} node {} cluster {} kafka {} data {} ready in {:.1f} ms\n", EVLOG_VERSION, b.id.value(), b.cluster_id, kafka, directory, ready_ms);
    return;
  }
  const bool usual = kafka == "127.0.0.1:9092";
  fmt::print(stderr, "{}  node {}  cluster {}  ready in {:.0f} ms\n", paint(Colour::bold, "evlog " EVLOG_VERSION, stderr), b.id.value(), b.cluster_id, ready_ms);
  fmt::print(stderr, "  kafka    {:<22}data  {}\n", kafka, place_line(directory));
  fmt::print(stderr, "  try      echo hello | evlog produce greetings{}        (Ctrl-C stops)\n", usual ? "" : " -b " + kafka);
}

io::task<> Serving::watch(broker::Server& server) {
  failure_ = co_await server.failed();
  stop_.notify_all();
}

// A disk that hangs must not keep the process for ever: the next start treats it as the crash that it then is.
io::task<> Serving::hurry(Duration at_most) {
  co_await loop_.sleep(at_most);
  fmt::print(stderr, "error: the stop took longer than evlog.shutdown.timeout.ms; leaving as after a crash, nothing acknowledged is lost\n");
  ::_exit(exit_code::failed);
}

io::task<Outcome> Serving::serve() {
  auto server = co_await broker::Server::start(loop_, server_options());
  if (!server) co_return failure(explain_start(server.error()));
  if (auto made = co_await make_serve_topics(*(*server)->broker().controller, topics_); !made) {
    (void)co_await (*server)->stop();
    co_return failure(made.error());
  }
  if (auto told = tell_ready(**server); !told) co_return failure(told.error());
  banner(**server);
  io::Nursery watching;
  watching.spawn(watch(**server));
  while (!stopping_ && failure_.empty()) co_await stop_.wait();
  watching.clear();
  if (!failure_.empty()) co_return failure(exit_code::failed, "", "{}", failure_);
  watching.spawn(hurry(milliseconds((*server)->broker().settings.shutdown_timeout_ms)));
  const auto stopped = co_await (*server)->stop();
  if (!stopped) co_return failure(exit_code::failed, "", "the stop was not clean: {}", stopped.error().message);
  co_return exit_code::ok;
}

Outcome Serving::run() {
  for (const int signal : {SIGTERM, SIGINT}) {
    loop_.on_signal(signal, [this, signal] {
      if (stopping_) ::_exit(128 + signal);  // crash-safe anyway
      stopping_ = true;
      stop_.notify_all();
    });
  }
  loop_.on_signal(SIGHUP, [this] { log_.write('I', "serve", "SIGHUP: the configuration is read at the start only"); });
  const auto outcome = loop_.run(serve());
  return outcome ? *outcome : Outcome(exit_code::ok);
}

// What is in force: whatever was set, and every key that evlog acts on. Defaults are comments, so that the text is a configuration file
// again; with the origins it is a report.
void print_config(const config::Config& config, bool origin) {
  std::vector<std::string> names = config.names();
  for (const config::ConfigKey& key : config::broker_keys())
    if (key.effect == config::Effect::used && !config.is_set(key.name)) names.emplace_back(key.name);
  std::ranges::sort(names);
  for (const std::string& name : names) {
    const config::ConfigKey* const key = config::find_broker_key(name);
    const std::string value = key && key->sensitive() ? "[hidden]" : config.is_set(name) ? config.setting(name)->text : config.text(name).value_or("");
    if (!config.is_set(name) && key && !key->default_value()) {
      fmt::print("# {} is not set\n", name);
      continue;
    }
    if (origin) fmt::print("{}={}    # {}\n", name, value, config.origin(name).text());
    else fmt::print("{}{}={}\n", config.is_set(name) ? "" : "# ", name, value);
  }
}

Expected<void> make_directories(const config::Config& config) {
  const auto settings = config::make_broker_config(config);
  if (!settings) return {};
  for (const std::string& path : settings->log_dirs) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return failure(exit_code::bad_config, "choose another directory: --data-dir DIR", "{} cannot be made: {}", path, error.message());
    if (::access(path.c_str(), W_OK | X_OK)) return failure(exit_code::bad_config, "change its owner, or choose another: --data-dir DIR", "{} cannot be written: {}", path, std::strerror(errno));
  }
  return {};
}

Outcome serve(const ServeOptions& o) {
  const int64_t started_ns = mono_ns();
  choose_colours(o.color);
  if (!o.http.empty() && o.http != "off") return failure(exit_code::usage, "--http off", "this version has no HTTP face yet");
  auto topics = parse_serve_topics(o.topics);
  if (!topics) return failure(topics.error());
  if (o.exit_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() == 1) return exit_code::ok;  // the parent was gone before we asked
  }
  PrivateDirectory private_directory;
  if (o.ephemeral && !o.check)
    if (auto made = private_directory.make(); !made) return failure(made.error());
  auto loaded = load_serve_config(o, private_directory.path());
  if (!loaded) return failure(loaded.error());
  for (const config::Notice& notice : loaded->notices)
    if (notice.level == config::NoticeLevel::warning || o.check) warn(notice.text);
  if (o.print_config) return print_config(loaded->config, o.origin), exit_code::ok;
  if (o.check) return fmt::print(stderr, "the configuration is good\n"), exit_code::ok;
  if (auto made = make_directories(loaded->config); !made) return failure(made.error());
  raise_open_files();
  return Serving(o, std::move(*loaded), std::move(*topics), started_ns).run();
}

}  // namespace

void add_serve(Args& root) {
  Args& args = root.command("serve", "Run a server", {"server"});
  ServeOptions& o = args.keep<ServeOptions>();
  args.examples({"evlog serve                                            # 127.0.0.1:9092, data in its usual place",
                 "evlog serve --data-dir ./data --listen 127.0.0.1:9192",
                 "evlog serve -c server.properties --set log.retention.hours=24",
                 "evlog serve --ephemeral --listen 127.0.0.1:0 --ready-file ready.json   # for tests",
                 "evlog serve --ephemeral --topic orders:3 --topic users:1:cleanup.policy=compact",
                 "evlog serve -c server.properties --check",
                 "evlog serve -c server.properties --print-config --origin"})
      .about("Listens on loopback only, unless --insecure-listen accepts that everybody who reaches the address may read and write.\n"
             "Settings come from -c files, then the environment (KAFKA_LOG_DIRS, EVLOG_…), then --set; the last one wins. SIGTERM and\n"
             "Ctrl-C stop cleanly.")
      .positionals("KEY=VALUE", o.bare, "Settings, as with --set", false)
      .list("-c,--config", o.configs, "FILE", "A server.properties file; may be repeated, a later one wins")
      .list("--set", o.sets, "KEY=VALUE", "One setting; may be repeated. All of them: evlog-config(5)")
      .text("--data-dir", o.data_dir, "DIR", "Where the data lies. Default: /var/lib/evlog for root, else $XDG_DATA_HOME/evlog or ~/.local/share/evlog")
      .list("--listen", o.listens, "[NAME://]HOST:PORT", "Where clients connect; port 0 takes a free one; may be repeated. Default: 127.0.0.1:9092")
      .text("--advertise", o.advertise, "[NAME://]HOST:PORT", "The address clients are told")
      .number("--node-id", o.node_id, "N", "This server's number in its cluster. Default: 1", 0, INT32_MAX)
      .text("--http", o.http, "off", "The HTTP face; this version has none")
      .flag("--ephemeral", o.ephemeral, "Data in a private directory that is removed at the end")
      .text("--ready-file", o.ready_file, "FILE", "Written when requests are answered: {\"pid\":…,\"kafka\":\"127.0.0.1:40123\",…}")
      .number("--ready-fd", o.ready_fd, "FD", "The same, written to this descriptor", 0, INT32_MAX)
      .flag("--exit-with-parent", o.exit_with_parent, "Stop when the process that started this one ends")
      .flag("--insecure-listen", o.insecure_listen, "Accept addresses beyond loopback without a password (or EVLOG_INSECURE_LISTEN=1)")
      .flag("--check", o.check, "Check the configuration and exit")
      .flag("--print-config", o.print_config, "Print the settings in force and exit; the output is a configuration file again")
      .flag("--origin", o.origin, "With --print-config: where each of them comes from")
      .list("--topic", o.topics, "NAME[:PARTITIONS][:KEY=VALUE]", "Make this topic at the start, if it is not there; may be repeated")
      .flag("--strict-config", o.strict, "An unknown key is an error")
      .flag("-q,--quiet", o.quiet, "No banner")
      .choice("--color", o.color, {"auto", "always", "never"}, "Colours. Default: auto");
  args.run([&o] { return serve(o); });
}

}  // namespace evlog::cmd

#include "broker/server.h"

#include <algorithm>
#include <cerrno>

#include "base/mutant.h"
#include "broker/controller.h"
#include "broker/features.h"
#include "broker/fetch_sessions.h"
#include "broker/group_coordinator.h"
#include "broker/layered_config.h"
#include "broker/partitions.h"
#include "broker/producer_ids.h"
#include "broker/upkeep.h"
#include "io/disk_util.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

using Kind = StartError::Kind;
using Stop = std::unexpected<StartError>;

Stop stop_with(Kind kind, std::string message, std::string subject = {}, std::string hint = {}) {
  return Stop(StartError{kind, std::move(message), std::move(subject), std::move(hint)});
}

Stop directory_error(const std::string& path, const Error& error) {
  if (error.os_error == EAGAIN || error.os_error == EACCES) {
    if (error.os_error == EAGAIN)
      return stop_with(Kind::locked_directory, fmt::format("{} is in use: {}", path, error.message), path, "stop that process, or give this one its own directory: --data-dir DIR");
    return stop_with(Kind::unusable_directory, fmt::format("{} cannot be used: {}", path, error.message), path, "change its owner, or choose another: --data-dir DIR");
  }
  if (error.code == ErrorCode::INCONSISTENT_CLUSTER_ID)
    return stop_with(Kind::foreign_cluster, error.message, path, "start it with the right directory (--data-dir), or drop the cluster id from the configuration");
  if (error.os_error != 0) return stop_with(Kind::unusable_directory, fmt::format("{} cannot be used: {}", path, error.message), path, "choose another directory: --data-dir DIR");
  const std::string hint = error.code == ErrorCode::UNSUPPORTED_VERSION ? "start the version that wrote it; if the file is only damaged, restore it from a backup"
                                                                        : fmt::format("see what is wrong and what can be done: evlog repair {} --dry-run", path);
  return stop_with(Kind::corrupt, fmt::format("{}: {}", path, error.message), path, hint);
}

class ServerImpl : public Server {
 public:
  ServerImpl(io::Loop& loop, ServerOptions options, config::BrokerConfig settings)
      : config_(std::move(options.config)),
        budget_(loop, static_cast<uint64_t>(settings.memory_bytes)),
        broker_{.loop = loop, .config = config_, .settings = std::move(settings), .metrics = metrics_, .budget = budget_,
                .authorizer = options.authorizer ? *options.authorizer : allow_all_, .log = std::move(options.log)},
        acceptor_(broker_), controller_(broker_), producer_ids_(broker_),
        fetch_sessions_(static_cast<size_t>(std::max(broker_.settings.fetch_session_slots, 0)), loop.random(), metrics_),
        failed_event_(loop) {
    broker_.id = BrokerId(broker_.settings.node_id);
    broker_.loggers.set_root(config_.text("evlog.log.level").value_or("info"));
    broker_.log = [this, write = std::move(broker_.log)](char level, std::string_view module, std::string_view text) {
      if (broker_.loggers.passes(level, module)) write(level, module, text);
    };
    broker_.controller = &controller_;
    broker_.producer_ids = &producer_ids_;
    broker_.fetch_sessions = &fetch_sessions_;
  }

  ~ServerImpl() override {
    acceptor_.close_all();
    work_.clear();
  }

  using Started = std::expected<void, StartError>;
  io::task<Started> open();

  io::task<Result<void>> stop() override;
  io::task<std::string> failed() override {
    while (failure_.empty()) co_await failed_event_.wait();
    co_return failure_;
  }
  std::vector<BoundListener> listeners() const override { return acceptor_.bound(); }
  Broker& broker() override { return broker_; }

 private:
  io::task<Started> open_directories();
  Started bind_listeners();
  io::task<Started> open_quorum();
  io::task<Started> register_controller();
  io::task<Started> register_here();
  std::vector<config::Listener> advertised() const;
  void directory_failed(const log::LogDir& dir, const Error& error);

  config::Config config_;
  Metrics metrics_;
  auth::AllowAll allow_all_;
  Budget budget_;
  Broker broker_;
  Acceptor acceptor_;
  Controller controller_;
  ProducerIds producer_ids_;
  FetchSessions fetch_sessions_;
  Partitions::LogDirs opened_dirs_;
  std::unique_ptr<log::LogDir> metadata_dir_;  // where the metadata log has a directory of its own, which is none of log.dirs
  std::unique_ptr<quorum::Quorum> quorum_;
  std::unique_ptr<Partitions> partitions_;
  std::unique_ptr<GroupCoordinator> groups_;
  std::unique_ptr<Upkeep> upkeep_;
  std::string failure_;
  io::Event failed_event_;
  bool unclean_ = false;
  int64_t last_epoch_ = -1;  // of this broker when it ran before
  io::Nursery work_;  // last: what runs here uses all the others
};

io::task<ServerImpl::Started> ServerImpl::open_directories() {
  auto& settings = broker_.settings;
  if (settings.log_dirs.empty()) co_return stop_with(Kind::bad_config, "log.dirs is empty", "log.dirs", "--data-dir DIR");
  log::LogDirOptions options;
  options.node_id = settings.node_id;
  if (!settings.cluster_id.empty()) options.cluster_id = settings.cluster_id;
  options.commit = {.wal_bytes = static_cast<uint64_t>(settings.wal_bytes), .wal_files_min = static_cast<uint32_t>(settings.wal_files_min)};
  options.disk_reserve_bytes = settings.disk_reserve_bytes;
  options.metrics = &metrics_;
  options.new_cluster_id = settings.cluster_id.empty() ? Uuid::random(broker_.loop.random()).text() : settings.cluster_id;
  for (const auto& path : settings.log_dirs) {
    auto dir = co_await log::LogDir::open(broker_.loop, path, options);
    if (!dir) co_return directory_error(path, dir.error());
    // The first directory says which cluster this is; the others must agree.
    options.cluster_id = options.new_cluster_id = (*dir)->meta().cluster_id;
    unclean_ = unclean_ || !(*dir)->was_clean();
    for (const auto& note : (*dir)->notes()) broker_.log('W', "log", note);
    opened_dirs_.push_back(std::move(*dir));
  }
  const auto& metadata = settings.metadata_log_dir;
  if (!metadata.empty() && std::ranges::find(settings.log_dirs, metadata) == settings.log_dirs.end()) {
    auto dir = co_await log::LogDir::open(broker_.loop, metadata, options);
    if (!dir) co_return directory_error(metadata, dir.error());
    unclean_ = unclean_ || !(*dir)->was_clean();
    metadata_dir_ = std::move(*dir);
  }
  broker_.cluster_id = *options.cluster_id;
  co_return Started{};
}

ServerImpl::Started ServerImpl::bind_listeners() {
  const auto bind = [&](const std::vector<config::Listener>& listeners, bool controller) -> Started {
    for (const auto& listener : listeners) {
      if (auto bound = acceptor_.bind(listener, controller); !bound) {
        const std::string address = io::Address{listener.host, listener.port}.text();
        if (bound.error().os_error == EADDRINUSE)
          return stop_with(Kind::busy_address, fmt::format("{} is already in use", address), address, fmt::format("--listen {}:{}, or stop that process", listener.host.empty() ? "127.0.0.1" : listener.host, listener.port + 1));
        return stop_with(Kind::bad_config, fmt::format("cannot listen on {}: {}", address, bound.error().message), address, "give an address of this machine: --listen HOST:PORT");
      }
    }
    return {};
  };
  if (auto done = bind(broker_.settings.listeners.bound, false); !done) return done;
  return bind(broker_.settings.listeners.controller, true);
}

// What clients are told: the configured address, with the port that was really taken where the configuration left it open.
std::vector<config::Listener> ServerImpl::advertised() const {
  auto listeners = broker_.settings.listeners.advertised;
  for (auto& listener : listeners) {
    const auto bound = std::ranges::find(acceptor_.bound(), listener.name, &BoundListener::name);
    if (bound == acceptor_.bound().end()) continue;
    if (listener.port == 0) listener.port = bound->address.port;
  }
  return listeners;
}

io::task<ServerImpl::Started> ServerImpl::open_quorum() {
  quorum::Options options;
  const auto& settings = broker_.settings;
  const std::string path = settings.metadata_log_dir.empty() ? settings.log_dirs.front() : settings.metadata_log_dir;
  const auto& dir = metadata_dir_ ? metadata_dir_ : *std::ranges::find(opened_dirs_, path, [](const auto& d) { return d->path(); });
  options.directory = path;
  options.node_id = settings.node_id;
  options.cluster_id = broker_.cluster_id;
  options.directory_id = dir->meta().directory_id;
  options.clean = dir->was_clean();
  options.dynamic = settings.listeners.voters.empty();
  for (const auto& bound : acceptor_.bound())
    if (bound.controller) options.controller_endpoints.push_back({bound.name, bound.address.host, bound.address.port, 0});
  options.segment_bytes = settings.metadata_segment_bytes;
  options.segment_ms = settings.metadata_segment_ms;
  options.snapshot_bytes = settings.metadata_snapshot_bytes;
  options.snapshot_interval_ms = settings.metadata_snapshot_interval_ms;
  options.retention = {.bytes_max = settings.metadata_retention_bytes, .ms_max = settings.metadata_retention_ms};
  options.log = broker_.log;
  options.on_failure = [this](const Error& error) {
    failure_ = fmt::format("the metadata log failed: {}", error.message);
    failed_event_.notify_all();
  };
  quorum::Records bootstrap;
  for (const auto& feature : bootstrap_features) {
    wire::FeatureLevelRecord record;
    record.name = feature.name;
    record.feature_level = feature.level;
    bootstrap.emplace_back(std::move(record));
  }
  // Kafka's cluster default while eligible leader replicas are on: KIP-966 wants the number in one place.
  wire::ConfigRecord insync;
  insync.resource_type = config_resource_broker;
  insync.name = "min.insync.replicas";
  insync.value = "1";
  bootstrap.emplace_back(std::move(insync));
  auto opened = co_await quorum::open_single(broker_.loop, std::move(options), std::move(bootstrap));
  if (!opened) co_return directory_error(path, opened.error());
  quorum_ = std::move(*opened);
  broker_.quorum = quorum_.get();
  follow_dynamic_settings(broker_, *quorum_->image());
  const int16_t level = quorum_->image()->feature("metadata.version");
  if (level > metadata_version_max)
    broker_.log('W', "quorum", fmt::format("metadata.version {} of this directory is newer than {}; it is treated as {}", level, metadata_version_max, metadata_version_max));
  co_return Started{};
}

// Each start is a new incarnation, as of a broker.
io::task<ServerImpl::Started> ServerImpl::register_controller() {
  wire::RegisterControllerRecord record;
  record.controller_id = broker_.id.value();
  record.incarnation_id = Uuid::random(broker_.loop.random());
  const auto& configured = broker_.settings.listeners.controller;
  for (const auto& bound : acceptor_.bound()) {
    if (!bound.controller) continue;
    auto& endpoint = record.end_points.emplace_back();
    endpoint.name = bound.name;
    endpoint.host = bound.address.host;
    endpoint.port = bound.address.port;
    const auto listener = std::ranges::find(configured, bound.name, &config::Listener::name);
    if (listener != configured.end()) endpoint.security_protocol = static_cast<int16_t>(listener->protocol);
  }
  for (const auto& feature : served_features) record.features.push_back({feature.name, feature.min, feature.max});
  if (auto done = co_await controller_.register_controller(std::move(record)); !done)
    co_return stop_with(Kind::other, fmt::format("this controller could not be registered: {}", done.error().message));
  co_return Started{};
}

io::task<ServerImpl::Started> ServerImpl::register_here() {
  const auto listeners = advertised();
  wire::RegisterBrokerRecord record;
  record.broker_id = broker_.id.value();
  record.incarnation_id = Uuid::random(broker_.loop.random());
  for (const auto& listener : listeners) {
    auto& endpoint = record.end_points.emplace_back();
    endpoint.name = listener.name;
    endpoint.host = listener.host;
    endpoint.port = listener.port;
    endpoint.security_protocol = static_cast<int16_t>(listener.protocol);
  }
  for (const auto& feature : served_features) record.features.push_back({feature.name, feature.min, feature.max});
  record.rack = broker_.settings.rack.empty() ? std::nullopt : std::optional<std::string_view>(broker_.settings.rack);
  for (const auto& dir : opened_dirs_) record.log_dirs.push_back(dir->meta().directory_id);
  auto epoch = co_await controller_.register_broker(std::move(record));
  if (!epoch) co_return stop_with(Kind::other, fmt::format("this broker could not be registered: {}", epoch.error().message));
  broker_.epoch = *epoch;
  co_return Started{};
}

// Others serve on, unless this one holds the metadata log or was the last.
void ServerImpl::directory_failed(const log::LogDir& dir, const Error& error) {
  const auto& settings = broker_.settings;
  const std::string& metadata = settings.metadata_log_dir.empty() ? settings.log_dirs.front() : settings.metadata_log_dir;
  const bool any_left = std::ranges::any_of(partitions_->dirs(), [](const auto& one) { return !one->offline(); });
  if (!failure_.empty() || (any_left && dir.path() != metadata)) return;
  failure_ = fmt::format("log directory {} failed: {}", dir.path(), error.message);
  failed_event_.notify_all();
}

io::task<ServerImpl::Started> ServerImpl::open() {
  if (auto done = co_await open_directories(); !done) co_return done;
  if (auto done = bind_listeners(); !done) co_return done;
  if (auto done = co_await open_quorum(); !done) co_return done;
  if (const auto* before = quorum_->image()->broker(broker_.id)) last_epoch_ = before->epoch;
  if (auto done = co_await register_controller(); !done) co_return done;
  for (const auto& dir : opened_dirs_)
    if (auto claimed = co_await dir->claim_checkpoint(last_epoch_, quorum_->log().log_end_offset().value()); !claimed) co_return directory_error(dir->path(), claimed.error());
  if (auto done = co_await register_here(); !done) co_return done;
  if (auto done = co_await controller_.elect_missing_leaders(); !done)
    co_return stop_with(Kind::other, fmt::format("no leaders for partitions that have none: {}", done.error().message));
  if (unclean_ && !mutant(26)) {
    if (auto done = co_await controller_.bump_leader_epochs(broker_.id); !done)
      co_return stop_with(Kind::other, fmt::format("no new leader epochs after an unclean stop: {}", done.error().message));
  }
  partitions_ = std::make_unique<Partitions>(broker_, work_, std::move(opened_dirs_));
  broker_.partitions = partitions_.get();
  partitions_->on_directory_failed([this](const log::LogDir& dir, const Error& error) { directory_failed(dir, error); });
  if (auto done = co_await partitions_->open_all(quorum_->image(), last_epoch_); !done) co_return directory_error("a log directory", done.error());
  groups_ = std::make_unique<GroupCoordinator>(broker_, work_);
  broker_.groups = groups_.get();
  quorum_->on_image([this](const cluster::ImagePtr& before, const cluster::ImagePtr& now) {
    if (layers_differ(broker_, *before, *now)) follow_dynamic_settings(broker_, *now);
    work_.spawn(partitions_->apply(before, now));
    work_.spawn(groups_->follow(before, now));
  });
  work_.spawn(groups_->follow(nullptr, quorum_->image()));
  partitions_->on_opened_late([this] { work_.spawn(groups_->follow(nullptr, quorum_->image())); });
  work_.spawn(groups_->run());
  upkeep_ = std::make_unique<Upkeep>(broker_, *partitions_);
  work_.spawn(upkeep_->run());
  acceptor_.start();
  co_return Started{};
}

io::task<Result<void>> ServerImpl::stop() {
  acceptor_.stop_accepting();
  // Writing out everything answers the producers that wait for it; the answers leave in the turns after that.
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : partitions_->all()) names.push_back(name);
  for (const auto& name : names)
    if (auto* partition = partitions_->find(name.topic, name.partition.value())) (void)co_await partition->flush_all();
  for (int turn = 0; turn < 3; ++turn) co_await broker_.loop.turn();
  acceptor_.close_all();
  // Coordinators may still append. No flush is cut short in the middle: the one that runs is waited for.
  const auto flushing = [this] {
    return std::ranges::find_if(partitions_->all(), [](const auto& one) { return one.second->flushing(); });
  };
  for (auto one = flushing(); one != partitions_->all().end(); one = flushing()) (void)co_await one->second->flush_all();
  co_await partitions_->checkpoints_quiet();
  work_.clear();
  if (auto closed = co_await partitions_->close(); !closed) co_return closed;
  if (auto closed = co_await quorum_->close(); !closed) co_return closed;
  if (metadata_dir_)
    if (auto marked = co_await metadata_dir_->mark_clean(broker_.epoch); !marked) co_return marked;
  co_return co_await partitions_->mark_clean();
}

}  // namespace

io::task<std::expected<std::unique_ptr<Server>, StartError>> Server::start(io::Loop& loop, ServerOptions options) {
  auto settings = config::make_broker_config(options.config);
  if (!settings) co_return stop_with(Kind::bad_config, settings.error().message, "", "");
  if (!settings->listeners.loopback_only() && !options.insecure_listen && !settings->insecure_listen)
    co_return stop_with(Kind::bad_config, "a listener beyond this machine without a password", settings->listeners.bound.front().text(),
                        "listen on 127.0.0.1, or accept the risk with --insecure-listen (EVLOG_INSECURE_LISTEN=1)");
  auto server = std::make_unique<ServerImpl>(loop, std::move(options), std::move(*settings));
  if (auto opened = co_await server->open(); !opened) co_return std::unexpected(std::move(opened.error()));
  co_return std::unique_ptr<Server>(std::move(server));
}

}  // namespace evlog::broker

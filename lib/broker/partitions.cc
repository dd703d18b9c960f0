#include "broker/partitions.h"

#include <algorithm>

#include "broker/layered_config.h"
#include "config/topic_config.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

constexpr size_t open_files_max = 800;  // unless evlog.open.segments.max says otherwise
constexpr int8_t resource_topic = 2;
constexpr auto reopen_every = seconds(1);
constexpr uint64_t backlog_share = 4;        // of evlog.memory.bytes: what may wait to be written

}  // namespace

Partitions::Partitions(Broker& broker, io::Nursery& nursery, LogDirs dirs)
    : broker_(broker), nursery_(nursery), dirs_(std::move(dirs)),
      files_(broker.loop.disk(), broker.settings.open_segments_max > 0 ? static_cast<size_t>(broker.settings.open_segments_max) : open_files_max),
      checkpointer_(broker, *this, nursery), backlog_{.bytes_max = static_cast<uint64_t>(broker.settings.memory_bytes) / backlog_share},
      saved_event_(broker.loop), changing_(broker.loop), applied_event_(broker.loop) {
  for (auto& dir : dirs_) {
    dir->group().on_failed([this, one = dir.get()](const Error& error) { take_offline(*one, error); });
    dir->space().on_change([this, one = dir.get()](bool low) { space_changed(*one, low); });
    homes_.push_back(std::make_unique<log::LogHome>(log::LogHome{broker.loop, *dir, files_, checkpointer_.meter(), backlog_, broker.settings.producer_id_expiration_ms, {}}));
    homes_.back()->on_damage = [this](const std::string& text) { broker_.log('E', "log", text); };
    homes_.back()->on_offline = [this, lost = dir.get()](const Error& error) { take_offline(*lost, error); };
  }
}

Partitions::~Partitions() = default;

bool Partitions::unclean() const {
  return std::ranges::any_of(dirs_, [](const auto& dir) { return !dir->was_clean(); });
}

bool Partitions::hosted(const cluster::PartitionView& view) const {
  return std::ranges::find(view.replicas, broker_.id) != view.replicas.end();
}

Partitions::TopicConfigPtr Partitions::config_of(const config::Config& layers, const cluster::Image& image, const std::string& topic) const {
  return std::make_shared<const config::TopicConfig>(config::resolve_topic_config(layers, image.configs({resource_topic, topic})));
}

log::LogDir* Partitions::choose_dir() {
  log::LogDir* best = nullptr;
  for (const auto& dir : dirs_)
    if (!dir->offline() && (!best || counts_[dir.get()] < counts_[best])) best = dir.get();
  return best;
}

// Where the files lie already, else where the metadata log wants them, else the emptiest directory.
log::LogDir* Partitions::dir_for(const cluster::PartitionView& view, const TopicPartition& name) {
  if (const auto found = found_.find(name); found != found_.end()) return found->second.dir;
  for (const auto& dir : dirs_) {
    const auto* checkpoint = dir->stopped_with_checkpoint(last_epoch_) ? dir->checkpoint(last_epoch_) : nullptr;
    if (checkpoint && checkpoint->find(name)) return dir.get();
  }
  for (size_t i = 0; i < view.replicas.size() && i < view.directories.size(); ++i) {
    if (view.replicas[i] != broker_.id) continue;
    for (const auto& dir : dirs_)
      if (dir->meta().directory_id == view.directories[i] && !dir->offline()) return dir.get();
  }
  return choose_dir();
}

log::LogDir* Partitions::dir_of(const partition::Partition& partition) const { return &partition.lazy_log().home()->dir; }

partition::Partition* Partitions::find(std::string_view topic, int32_t index) {
  const auto found = all_.find(TopicPartition{std::string(topic), PartitionIndex(index)});
  return found == all_.end() ? nullptr : found->second.get();
}

partition::Partition* Partitions::find(const Uuid& topic_id, int32_t index) {
  const auto found = by_id_.find({topic_id, index});
  return found == by_id_.end() ? nullptr : found->second;
}

bool Partitions::is_there(const TopicPartition& name, const Uuid& topic_id) const {
  const auto found = found_.find(name);
  return found != found_.end() && (!found->second.topic_id || *found->second.topic_id == topic_id);
}

void Partitions::take_offline(log::LogDir& dir, const Error& error) {
  if (dir.offline()) return;
  dir.set_offline();
  ++broker_.metrics.log_dirs_offline;
  broker_.log('E', "log", fmt::format("{} is offline, and with it every partition in it: {}. Mend or replace that disk and start again", dir.path(), error.message));
  dir.group().give_up(error);
  for (const auto& [name, partition] : all_)
    if (dir_of(*partition) == &dir) partition->take_offline(error);
  if (on_directory_failed_) on_directory_failed_(dir, error);
}

// Of work that no log noticed: a checkpoint, a removal. A full disk is not a broken one.
void Partitions::device_error(log::LogDir& dir, const Error& error) {
  if (error.os_error != 0 && !log::is_shortage(error)) take_offline(dir, error);
}

void Partitions::space_changed(log::LogDir& dir, bool low) {
  broker_.metrics.log_dirs_full += low ? 1 : -1;
  const auto& space = dir.space();
  if (!low) return broker_.log('I', "log", fmt::format("{} has room again ({} bytes): producers are served", dir.path(), space.free_bytes()));
  broker_.log('W', "log", fmt::format("{} has only {} bytes left, and {} are kept in reserve (evlog.disk.reserve.bytes): producers are refused until there is room. "
                                      "Delete topics or records, or shorten retention", dir.path(), space.free_bytes(), space.reserve_bytes()));
  if (!std::exchange(making_room_, true)) nursery_.spawn(make_room());
}

// What is deleted already, and what is over its size: by now, not when its delay is over or upkeep comes round.
io::task<> Partitions::make_room() {
  co_await broker_.loop.turn();
  co_await retain(false);
  making_room_ = false;
}

const log::LogHome& Partitions::home_of(const log::LogDir& dir) const {
  return **std::ranges::find(homes_, &dir, [](const auto& home) { return &home->dir; });
}

io::task<Result<std::unique_ptr<log::Log>>> Partitions::recover(const log::LogHome& home, TopicPartition name, Uuid topic_id, TopicConfigPtr config,
                                                                const log::LogState* state) {
  log::LogDir& dir = home.dir;
  log::OpenOptions options = home.options(name, topic_id);
  options.clean = dir.was_clean();
  options.recovery_point = dir.recovery_point(name);
  options.log_start_offset = std::max(dir.log_start_offset(name), state ? state->log_start : Offset{0});
  options.state = state;
  auto log = co_await log::Log::open(broker_.loop, dir.partition_path(name), *config, std::move(options));
  if (!log) {
    // A full disk is not a broken one.
    if (log.error().os_error != 0 && !log::is_shortage(log.error())) take_offline(dir, log.error());
    co_return fail(log.error(), "{}", name.text());
  }
  // Where a crash came between the directory and the name in it.
  if (!found_.at(name).topic_id)
    if (auto written = co_await dir.write_partition_metadata(name, topic_id); !written) co_return fail(written.error());
  const auto& report = (*log)->recovery();
  if (report.cut_bytes > 0) {
    broker_.metrics.recovery_bytes_cut += report.cut_bytes;
    broker_.log('W', "log", fmt::format("{}: cut {} bytes of a torn tail at offset {}; nothing acknowledged was in them", name.text(), report.cut_bytes, report.cut_at.value()));
  }
  for (const auto& note : report.notes)
    if (report.cut_bytes == 0) broker_.log('W', "log", note);
  if ((*log)->offline()) broker_.log('E', "log", fmt::format("{} is offline: {}", name.text(), (*log)->offline_error().message));
  co_return log;
}

// After a clean stop the checkpoint is believed. Else the files are compared with it: what lies as it says may sleep on, and of the others
// what lies behind it is scanned. What neither knows has nothing on disk (or another topic's, which its first batch sets aside).
io::task<Result<log::LazyLog>> Partitions::open_log(const log::LogHome& home, TopicPartition name, Uuid topic_id, TopicConfigPtr config) {
  const auto* checkpoint = home.dir.checkpoint(last_epoch_);
  const auto* entry = checkpoint ? checkpoint->find(name) : nullptr;
  if (entry && entry->topic_id != topic_id) entry = nullptr;
  const bool believed = home.dir.stopped_with_checkpoint(last_epoch_);
  if (entry && believed) {
    if (auto asleep = log::LazyLog::asleep(home, entry->state)) co_return std::move(*asleep);
  }
  if (!is_there(name, topic_id) && !(entry && believed)) co_return log::LazyLog(home);
  auto state = entry ? log::decode_log_state(entry->state.bytes) : Result<log::LogState>(fail(ErrorCode::NONE));
  if (state && !home.dir.was_clean()) {
    const auto same = co_await log::Log::lies_as(broker_.loop.disk(), home.dir.partition_path(name), *state);
    if (same && *same && state->log_start >= home.dir.log_start_offset(name)) co_return log::LazyLog::asleep(home, entry->state);
  }
  found_.try_emplace(name, Found{&home.dir, topic_id});
  auto log = co_await recover(home, name, topic_id, std::move(config), state && !home.dir.was_clean() ? &*state : nullptr);
  if (!log) co_return fail(log.error());
  co_return log::LazyLog(std::move(*log), &home);
}

io::task<Result<void>> Partitions::open(std::string topic, Uuid topic_id, cluster::PartitionView view, TopicConfigPtr config) {
  const TopicPartition name{topic, view.index};
  log::LogDir* dir = dir_for(view, name);
  if (!dir) co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "no log directory is online for {}", name.text());
  auto log = co_await open_log(home_of(*dir), name, topic_id, config);
  if (!log) co_return fail(log.error());
  auto made = std::make_unique<partition::Partition>(broker_.loop, nursery_, broker_.metrics, broker_.id, name, topic_id, std::move(*log));
  made->apply(view, std::move(config));
  by_id_[{topic_id, view.index.value()}] = made.get();
  ++counts_[dir];
  found_.erase(name);
  all_[name] = std::move(made);
  co_return Result<void>{};
}

// What lies in a directory that was not left by a clean stop of ours.
io::task<Result<void>> Partitions::look_at(log::LogDir& dir, const cluster::Image& image) {
  auto present = co_await dir.partitions();
  if (!present) co_return fail(present.error());
  for (const auto& found : *present) {
    const auto* topic = image.topic(found.partition.topic);
    const bool known = topic && topic->partition(found.partition.partition.value()) && (!found.topic_id || *found.topic_id == topic->id);
    // What a lost deletion left behind may bear the same name in another directory, without an id: the one with the id is the topic's.
    if (known && (found.topic_id || !found_.contains(found.partition))) found_[found.partition] = {&dir, found.topic_id};
    if (known) continue;
    const std::string path = dir.partition_path(found.partition);
    // This very partition was ours, and the metadata log no longer has its topic: it was decided to delete it.
    const auto* checkpoint = dir.checkpoint(last_epoch_);
    const auto* entry = checkpoint ? checkpoint->find(found.partition) : nullptr;
    if (entry && found.topic_id == entry->topic_id && !image.topic(entry->topic_id)) {
      if (auto deleted = co_await dir.delete_partition(found.partition, Duration::zero()); !deleted) co_return deleted;
      nursery_.spawn(remove_files(dir, Duration::zero()));
      continue;
    }
    if (auto aside = co_await dir.set_aside(found.partition); !aside) co_return aside;
    broker_.log('W', "log", fmt::format("{} is not in the metadata log; it is set aside as {}.*-stray, and kept", path, found.partition.text()));
  }
  co_return Result<void>{};
}

io::task<Result<void>> Partitions::open_all(cluster::ImagePtr image, int64_t last_epoch) {
  last_epoch_ = last_epoch;
  for (auto& dir : dirs_) {
    for (const auto& note : dir->notes()) broker_.log('W', "log", note);
    if (dir->stopped_with_checkpoint(last_epoch)) continue;
    if (auto looked = co_await look_at(*dir, *image); !looked) co_return looked;
  }
  const auto layers = layered_config(broker_, *image);
  for (const auto& [name, topic] : image->topics()) {
    const auto config = config_of(layers, *image, name);
    for (const auto& view : topic->partitions) {
      if (!hosted(view)) continue;
      if (auto opened = co_await open(name, topic->id, view, config); !opened) open_failed(opened.error());
    }
  }
  const bool all_known = std::ranges::all_of(dirs_, [&](const auto& dir) { return dir->stopped_with_checkpoint(last_epoch); });
  for (auto& dir : dirs_) dir->forget_checkpoint();
  applied_ = image->offset();
  if (!all_known) checkpointer_.write_soon();  // what was found is not looked for again after the next crash
  co_return Result<void>{};
}

// Space comes back without a restart, so what a full disk kept from being opened is tried again until it is.
void Partitions::open_failed(const Error& error) {
  broker_.log('E', "log", error.message);
  if (!log::is_shortage(error) || std::exchange(reopening_, true)) return;
  nursery_.spawn(reopen());
}

io::task<> Partitions::reopen() {
  do {
    co_await broker_.loop.sleep(reopen_every);
    const auto guard = co_await changing_.lock();
    reopening_ = co_await open_missing();
  } while (reopening_);
}

// True while a full disk still keeps something from being opened.
io::task<bool> Partitions::open_missing() {
  const auto image = broker_.image();
  bool missing = false;
  const auto layers = layered_config(broker_, *image);
  for (const auto& [name, topic] : image->topics()) {
    const auto config = config_of(layers, *image, name);
    for (const auto& view : topic->partitions) {
      if (!hosted(view) || find(name, view.index.value())) continue;
      auto opened = co_await open(name, topic->id, view, config);
      if (opened && on_opened_late_) on_opened_late_();
      if (!opened && log::is_shortage(opened.error())) missing = true;
      else if (!opened) broker_.log('E', "log", opened.error().message);
    }
  }
  co_return missing;
}

io::task<> Partitions::remove(TopicPartition name) {
  const auto found = all_.find(name);
  if (found == all_.end()) co_return;
  partition::Partition& partition = *found->second;
  by_id_.erase({partition.topic_id(), name.partition.value()});
  const auto place = leaving_.insert(leaving_.end(), std::move(found->second));
  all_.erase(found);
  found_.erase(name);
  partition.retire(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  co_await partition.unused();
  log::LogDir* dir = dir_of(partition);
  const auto delay = milliseconds(dir->space().low() ? 0 : partition.config().file_delete_delay_ms);
  --counts_[dir];
  leaving_.erase(place);
  if (auto deleted = co_await dir->delete_partition(name, delay); !deleted)
    broker_.log('E', "log", fmt::format("{} could not be deleted: {}", name.text(), deleted.error().message));
  else
    nursery_.spawn(remove_files(*dir, delay));
}

// Of a partition that was deleted this long ago. What fails is tried again with the next retention, and at the next start.
io::task<> Partitions::remove_files(log::LogDir& dir, Duration delay) {
  co_await broker_.loop.sleep(delay);
  if (auto done = co_await dir.remove_deleted(broker_.loop.mono()); !done) broker_.log('E', "log", done.error().message);
}

io::task<> Partitions::apply(cluster::ImagePtr before, cluster::ImagePtr now) {
  // Images come in order; each waits for the one before it.
  while (applied_ != before->offset()) co_await applied_event_.wait();
  const auto guard = co_await changing_.lock();

  std::vector<TopicPartition> gone;
  const bool topics_changed = &before->topics() != &now->topics();
  for (const auto& [name, partition] : all_) {
    if (!topics_changed) break;
    const auto* topic = now->topic(partition->topic_id());
    const auto* view = topic ? topic->partition(name.partition.value()) : nullptr;
    if (!view || !hosted(*view)) gone.push_back(name);
  }
  for (auto& name : gone) co_await remove(std::move(name));

  const bool all_configs_changed = &before->all_configs() != &now->all_configs();
  const bool layers_changed = layers_differ(broker_, *before, *now);
  const auto layers = layered_config(broker_, *now);
  for (const auto& [name, topic] : now->topics()) {
    const auto old = before->topics().find(name);
    const bool same = old != before->topics().end() && old->second == topic;
    const bool same_config = !all_configs_changed || (!layers_changed && before->configs({resource_topic, name}) == now->configs({resource_topic, name}));
    if (same && same_config) continue;
    const auto config = config_of(layers, *now, name);
    for (const auto& view : topic->partitions) {
      if (!hosted(view)) continue;
      if (auto* partition = find(name, view.index.value())) {
        partition->apply(view, config);
      } else if (auto opened = co_await open(name, topic->id, view, config); !opened) {
        open_failed(opened.error());
      }
    }
  }
  applied_ = now->offset();
  applied_event_.notify_all();
}

io::task<> Partitions::caught_up(Offset offset) {
  while (applied_ < offset) co_await applied_event_.wait();
}

io::task<> Partitions::retain(bool by_time) {
  for (auto& home : homes_) home->producer_id_expiration_ms = broker_.settings.producer_id_expiration_ms;
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : all_) names.push_back(name);
  for (const auto& name : names) {
    auto* partition = find(name.topic, name.partition.value());
    if (!partition) continue;
    if (partition->lazy_log().awake()) partition->log().set_producer_id_expiration(broker_.settings.producer_id_expiration_ms);
    log::LogDir* dir = dir_of(*partition);
    if (!dir || dir->offline()) continue;
    auto done = co_await partition->retain(by_time, dir->space().low());
    if (done) continue;
    broker_.log('E', "log", fmt::format("retention of {}: {}", name.text(), done.error().message));
    device_error(*dir, done.error());
  }
  for (auto& dir : dirs_) {
    if (dir->offline()) continue;
    auto done = co_await dir->remove_deleted(dir->space().low() ? MonoTime::max() : broker_.loop.mono());
    if (done) continue;
    broker_.log('E', "log", done.error().message);
    device_error(*dir, done.error());
  }
}

// What is not open, or no longer, is told as it was told last: when it opens again it must not begin earlier.
log::LogDir::AllEnds Partitions::ends_in(const log::LogDir& dir) const {
  log::LogDir::AllEnds ends;
  const auto keep = [&](const TopicPartition& name) {
    ends[name] = {dir.recovery_point(name), dir.log_start_offset(name), dir.high_watermark(name)};
  };
  for (const auto& [name, found] : found_)
    if (found.dir == &dir && !all_.contains(name)) keep(name);
  for (const auto& [name, partition] : all_) {
    if (dir_of(*partition) != &dir) continue;
    const auto& log = partition->lazy_log();
    if (log.offline()) keep(name);
    else if (log.awake() ? log->made() : !log.state().empty()) ends[name] = {log.durable_end_offset(), log.log_start_offset(), partition->high_watermark()};
  }
  return ends;
}

io::task<Result<void>> Partitions::checkpoint() {
  Result<void> failed;
  for (auto& dir : dirs_) {
    if (dir->offline()) continue;
    auto written = co_await dir->write_checkpoints([this, &dir] { return ends_in(*dir); });
    if (written) continue;
    device_error(*dir, written.error());
    failed = std::move(written);  // the other directories' are written all the same
  }
  co_return failed;
}

io::task<> Partitions::checkpoints_quiet() {
  checkpointer_.stop();
  co_await checkpointer_.quiet();
  for (auto& dir : dirs_) co_await dir->quiet();
}

io::task<Result<void>> Partitions::save_log_starts(log::LogDir& dir, MonoTime deadline) {
  Saving& saving = saving_[&dir];
  const uint64_t mine = ++saving.asked;
  if (!std::exchange(saving.running, true)) nursery_.spawn(keep_saving(dir));
  while (saving.tried < mine)
    if (!co_await saved_event_.wait_until(deadline)) co_return fail(ErrorCode::REQUEST_TIMED_OUT, "{} does not keep up", dir.path());
  if (saving.saved < mine) co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{}: where its logs begin could not be written", dir.path());
  co_return Result<void>{};
}

// Not the business of one request: that may end, with its connection, in the middle of the write.
io::task<> Partitions::keep_saving(log::LogDir& dir) {
  Saving& saving = saving_[&dir];
  while (saving.tried < saving.asked) {
    const uint64_t asked = saving.asked;
    const auto done = dir.offline() ? Result<void>(fail(ErrorCode::KAFKA_STORAGE_ERROR)) : co_await dir.write_log_starts([this, &dir] { return ends_in(dir); });
    if (!done && !dir.offline() && !log::is_shortage(done.error())) take_offline(dir, done.error());
    // Its logs may have gone offline while the write waited for its turn: then they were not in what it wrote.
    if (done && !dir.offline()) saving.saved = asked;
    saving.tried = asked;
    saved_event_.notify_all();
  }
  saving.running = false;
}

io::task<Result<void>> Partitions::close() {
  closed_cleanly_ = true;
  for (auto& [name, partition] : all_) {
    const auto& log = partition->lazy_log();
    if (!log.awake() && log.closed()) continue;
    auto flushed = co_await partition->flush_all();
    auto closed = flushed ? co_await partition->log().close() : flushed;
    if (closed) continue;
    closed_cleanly_ = false;
    broker_.log('E', "log", fmt::format("{} was not closed cleanly: {}", name.text(), closed.error().message));
  }
  for (auto& dir : dirs_) {
    if (dir->offline()) continue;
    // Without it the next start looks at the directories themselves.
    if (auto written = co_await checkpointer_.write(*dir, closed_cleanly_); !written) broker_.log('W', "log", written.error().message);
  }
  co_return co_await checkpoint();
}

io::task<Result<void>> Partitions::mark_clean() {
  for (auto& dir : dirs_) {
    if (!closed_cleanly_ || dir->offline()) continue;
    if (auto marked = co_await dir->mark_clean(broker_.epoch); !marked) co_return marked;
  }
  co_return Result<void>{};
}

}  // namespace evlog::broker

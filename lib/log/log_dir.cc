// Opening: lock → meta.properties → clean mark (read, then durably removed) → what the write-ahead files have → checkpoints → deletions that were begun.
// A checkpoint that cannot be read is no reason not to start: its offsets count as 0, more is scanned, and a note says so.
#include "log/log_dir.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/checkpoint_text.h"
#include "log/wal_redo.h"

namespace evlog::log {

namespace {
constexpr std::string_view lock_file = ".lock", meta_file = "meta.properties", clean_file = ".kafka_cleanshutdown";
constexpr std::string_view delete_suffix = "-delete", stray_suffix = "-stray", metadata_topic = "__cluster_metadata";
constexpr size_t small_file_bytes_max = 1_MiB;
// {"version":0,"brokerEpoch":17}; -1 when it says none, as of a Kafka before 3.7.
int64_t epoch_in_mark(std::string_view text) {
  constexpr std::string_view key = "\"brokerEpoch\":";
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return -1;
  const std::string_view rest = text.substr(at + key.size());
  return parse_int(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(-1);
}

}  // namespace

LogDir::~LogDir() = default;

io::task<Result<std::unique_ptr<LogDir>>> LogDir::open(io::Loop& loop, std::string path, LogDirOptions options) {
  std::unique_ptr<LogDir> dir(new LogDir(loop, std::move(path)));
  const auto failed = [&](Error error) { return fail(std::move(error), "log directory {}", dir->path_); };
  if (auto made = co_await loop.disk().make_dirs(dir->path_); !made) co_return failed(std::move(made.error()));
  auto lock = loop.disk().lock(dir->path_ + "/" + std::string(lock_file));
  if (!lock) co_return failed(std::move(lock.error()));
  dir->lock_ = std::move(*lock);
  if (auto done = co_await dir->identify(options); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->take_clean_mark(); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->redo(options.metrics); !done) co_return failed(std::move(done.error()));
  dir->space_ = std::make_unique<DiskSpace>(loop, dir->path_, options.disk_reserve_bytes);
  dir->group_ = std::make_unique<GroupCommit>(loop, dir->path_, dir->meta_.directory_id, options.commit, options.metrics);
  if (auto done = co_await dir->read_checkpoint(recovery_point_file, dir->recovery_points_); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->read_checkpoint(log_start_file, dir->log_starts_); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->read_checkpoint(high_watermark_file, dir->high_watermarks_); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->read_dir_checkpoint(); !done) co_return failed(std::move(done.error()));
  if (auto done = co_await dir->finish_deletions(); !done) co_return failed(std::move(done.error()));
  co_return dir;
}

io::task<Result<void>> LogDir::identify(LogDirOptions options) {
  auto text = co_await io::read_file(loop_.disk(), path_ + "/" + std::string(meta_file), small_file_bytes_max);
  if (!text && text.error().os_error != ENOENT) co_return fail(std::move(text.error()));
  if (!text) {
    was_new_ = true;
    meta_ = {options.cluster_id.value_or(options.new_cluster_id), options.node_id, Uuid::random(loop_.random())};
    co_return co_await write_file(meta_file, format_meta_properties(meta_));
  }
  auto meta = parse_meta_properties(as_text(*text));
  if (!meta) co_return fail(std::move(meta.error()), "{}", meta_file);
  meta_ = std::move(*meta);
  if (options.cluster_id && *options.cluster_id != meta_.cluster_id) {
    co_return fail(ErrorCode::INCONSISTENT_CLUSTER_ID, "belongs to cluster {}, not {}", meta_.cluster_id, *options.cluster_id);
  }
  if (options.node_id != meta_.node_id) {
    co_return fail(ErrorCode::INCONSISTENT_CLUSTER_ID, "belongs to node {}, not {}", meta_.node_id, options.node_id);
  }
  if (!meta_.directory_id.is_zero()) co_return Result<void>{};
  meta_.directory_id = Uuid::random(loop_.random());
  co_return co_await write_file(meta_file, format_meta_properties(meta_));
}

// The mark is gone, durably, before anything else is written: a crash from here on is not a clean stop.
io::task<Result<void>> LogDir::take_clean_mark() {
  if (const auto mark = co_await io::read_file(loop_.disk(), path_ + "/" + std::string(clean_file), small_file_bytes_max)) marked_epoch_ = epoch_in_mark(as_text(*mark));
  auto removed = co_await loop_.disk().remove(path_ + "/" + std::string(clean_file));
  if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()));
  was_clean_ = removed.has_value() || was_new_ || mutant(31);
  auto synced = co_await loop_.disk().sync_dir(path_);
  if (!synced) co_return fail(std::move(synced.error()));
  co_return Result<void>{};
}

// Before anything reads or writes a partition.
io::task<Result<void>> LogDir::redo(Metrics* metrics) {
  auto redone = co_await redo_wal(loop_, path_, meta_.directory_id, !was_clean_);
  if (!redone) co_return fail(std::move(redone.error()));
  for (auto& note : redone->notes) notes_.push_back(std::move(note));
  if (metrics) metrics->wal_redone_bytes += redone->bytes_restored;
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::read_checkpoint(std::string_view file, OffsetCheckpoint& into) {
  auto text = co_await io::read_file(loop_.disk(), path_ + "/" + std::string(file), checkpoint_bytes_max);
  if (!text && text.error().os_error == ENOENT) co_return Result<void>{};
  if (!text) co_return fail(std::move(text.error()));
  auto checkpoint = parse_offset_checkpoint(as_text(*text));
  if (checkpoint) into = std::move(*checkpoint);
  else notes_.push_back(fmt::format("{}/{}: {}; ignored", path_, file, checkpoint.error().message));
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::read_dir_checkpoint() {
  const std::string path = path_ + "/" + std::string(dir_checkpoint_file);
  auto file = co_await io::read_file(loop_.disk(), path, dir_checkpoint_bytes_max);
  if (!file && file.error().os_error == ENOENT) co_return Result<void>{};
  if (!file) co_return fail(std::move(file.error()));
  auto checkpoint = decode_dir_checkpoint(std::make_shared<const Buffer>(std::move(*file)));
  if (!checkpoint && checkpoint.error().code == ErrorCode::UNSUPPORTED_VERSION) {
    co_return fail(ErrorCode::UNSUPPORTED_VERSION, "{}: {}. Start the evlog that wrote it, or remove the file: then every partition is scanned", dir_checkpoint_file, checkpoint.error().message);
  }
  if (checkpoint) checkpoint_ = std::move(*checkpoint);
  else notes_.push_back(fmt::format("{}: {}; ignored, every partition is scanned", path, checkpoint.error().message));
  co_return Result<void>{};
}

const DirCheckpoint* LogDir::checkpoint(int64_t last_broker_epoch) const {
  const bool ours = checkpoint_ && checkpoint_->belongs_to(last_broker_epoch) && checkpoint_->directory_id == meta_.directory_id;
  return ours ? &*checkpoint_ : nullptr;
}

bool LogDir::stopped_with_checkpoint(int64_t last_broker_epoch) const {
  const DirCheckpoint* last = checkpoint(last_broker_epoch);
  if (mutant(11)) return last != nullptr;
  return last && last->complete && was_clean_ && marked_epoch_ == last->broker_epoch;
}

io::task<Result<void>> LogDir::write_dir_checkpoint(Buffer content) {
  co_return co_await write_file(dir_checkpoint_file, std::string(as_text(content)));
}

// In place: it is smaller than a sector, and one that was torn after all is a damaged checkpoint, which costs time only.
io::task<Result<void>> LogDir::claim_checkpoint(int64_t last_broker_epoch, int64_t next_broker_epoch) {
  if (!checkpoint(last_broker_epoch)) co_return Result<void>{};
  DirCheckpoint head{.directory_id = checkpoint_->directory_id, .broker_epoch = last_broker_epoch, .claimed_epoch = next_broker_epoch, .complete = false,
                     .tidy = false, .entries = {}, .body_bytes = checkpoint_->body_bytes, .body_crc = checkpoint_->body_crc};
  auto file = co_await loop_.disk().open(path_ + "/" + std::string(dir_checkpoint_file), io::OpenMode::write);
  if (!file) co_return fail(std::move(file.error()), "{}", dir_checkpoint_file);
  const Buffer bytes = encode_dir_checkpoint_head(head);
  const std::array<Bytes, 1> pieces{bytes.bytes()};
  auto done = co_await (*file)->write(0, pieces);
  if (done) done = co_await (*file)->sync();
  if (!done) co_return fail(std::move(done.error()), "{}", dir_checkpoint_file);
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::write_file(std::string_view file, std::string content) {
  auto done = co_await io::write_file_atomically(loop_.disk(), path_ + "/" + std::string(file), std::move(content));
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::finish_deletions() {
  if (checkpoint_ && checkpoint_->complete && checkpoint_->tidy && was_clean_ && marked_epoch_ == checkpoint_->broker_epoch) co_return Result<void>{};
  const auto entries = co_await loop_.disk().list(path_);
  if (!entries) co_return fail(entries.error());
  for (const auto& entry : *entries) {
    if (!entry.is_directory) continue;
    if (entry.name.ends_with(delete_suffix)) {
      auto removed = co_await io::remove_tree(loop_.disk(), path_ + "/" + entry.name);
      if (!removed) co_return fail(std::move(removed.error()), "{}", entry.name);
    } else if (entry.name.ends_with(stray_suffix)) {
      notes_.push_back(fmt::format("{}/{}: a partition that was set aside because the metadata log does not know it; kept", path_, entry.name));
    }
  }
  co_return Result<void>{};
}

io::task<Result<std::vector<LogDir::Found>>> LogDir::partitions() {
  const auto entries = co_await loop_.disk().list(path_);
  if (!entries) co_return fail(entries.error());
  std::vector<Found> found;
  for (const auto& entry : *entries) {
    auto partition = entry.is_directory ? parse_partition_directory(entry.name) : std::nullopt;
    if (!partition || partition->topic == metadata_topic) continue;
    Found one{std::move(*partition), std::nullopt};
    auto text = co_await io::read_file(loop_.disk(), partition_path(one.partition) + "/" + std::string(partition_metadata_file), small_file_bytes_max);
    if (!text && text.error().os_error != ENOENT) co_return fail(std::move(text.error()));
    if (text) {
      auto metadata = parse_partition_metadata(as_text(*text));
      if (!metadata) co_return fail(std::move(metadata.error()), "{}/{}", partition_path(one.partition), partition_metadata_file);
      one.topic_id = metadata->topic_id;
    }
    found.push_back(std::move(one));
  }
  co_return found;
}

std::string LogDir::partition_path(const TopicPartition& partition) const { return path_ + "/" + partition.text(); }

io::task<Result<void>> LogDir::write_partition_metadata(TopicPartition partition, Uuid topic_id) {
  co_return co_await write_file(partition.text() + "/" + std::string(partition_metadata_file), format_partition_metadata({topic_id}));
}

Offset LogDir::offset_in(const OffsetCheckpoint& checkpoint, const TopicPartition& partition) const {
  const auto found = checkpoint.find(partition);
  return found == checkpoint.end() || deleted_since_checkpoint_.contains(partition) ? Offset(0) : found->second;
}

Offset LogDir::recovery_point(const TopicPartition& partition) const { return offset_in(recovery_points_, partition); }
// Unlike the others, this file is written when a partition is deleted.
Offset LogDir::log_start_offset(const TopicPartition& partition) const {
  const auto found = log_starts_.find(partition);
  return found == log_starts_.end() ? Offset(0) : found->second;
}
Offset LogDir::high_watermark(const TopicPartition& partition) const { return offset_in(high_watermarks_, partition); }

io::task<Result<void>> LogDir::write_checkpoints(Collect collect) {
  const auto turn = co_await writing_.lock();
  const AllEnds ends = collect();
  deleted_since_checkpoint_.clear();
  OffsetCheckpoint recovery_points, high_watermarks;
  for (const auto& [partition, end] : ends) {
    recovery_points[partition] = end.recovery_point;
    high_watermarks[partition] = end.high_watermark;
  }
  if (auto done = co_await replace_checkpoint(recovery_point_file, std::move(recovery_points), recovery_points_); !done) co_return done;
  if (auto done = co_await replace_log_starts(ends); !done) co_return done;
  co_return co_await replace_checkpoint(high_watermark_file, std::move(high_watermarks), high_watermarks_);
}

io::task<Result<void>> LogDir::write_log_starts(Collect collect) {
  const auto turn = co_await writing_.lock();
  co_return co_await replace_log_starts(collect());
}

io::task<Result<void>> LogDir::replace_log_starts(const AllEnds& ends) {
  OffsetCheckpoint log_starts;
  for (const auto& [partition, end] : ends)
    if (end.log_start_offset != Offset(0)) log_starts[partition] = end.log_start_offset;
  co_return co_await replace_checkpoint(log_start_file, std::move(log_starts), log_starts_);
}

io::task<> LogDir::quiet() { const auto turn = co_await writing_.lock(); }

// An unchanged file is not written again: an idle server syncs nothing.
io::task<Result<void>> LogDir::replace_checkpoint(std::string_view file, OffsetCheckpoint next, OffsetCheckpoint& current) {
  if (next == current) co_return Result<void>{};
  if (auto done = co_await write_file(file, format_offset_checkpoint(next)); !done) co_return done;
  current = std::move(next);
  co_return Result<void>{};
}

std::string LogDir::name_aside(const TopicPartition& partition, std::string_view suffix) {
  // Kafka shortens the name so that it stays within 255 bytes with the id behind it.
  constexpr size_t name_bytes_max = 255 - 1 - 32 - delete_suffix.size();
  const Uuid id = Uuid::random(loop_.random());
  return fmt::format("{}/{}.{:016x}{:016x}{}", path_, partition.text().substr(0, name_bytes_max), id.high, id.low, suffix);
}

io::task<Result<void>> LogDir::set_aside(TopicPartition partition) {
  auto moved = co_await loop_.disk().rename(partition_path(partition), name_aside(partition, stray_suffix));
  if (!moved && moved.error().os_error == ENOENT) co_return Result<void>{};
  if (!moved) co_return fail(std::move(moved.error()), "{}", partition.text());
  if (auto done = co_await loop_.disk().sync_dir(path_); !done) co_return fail(std::move(done.error()), "{}", path_);
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::delete_partition(TopicPartition partition, Duration delay) {
  // Should a partition of this name and topic come back, it begins empty.
  if (auto done = co_await group_->forget(partition.text()); !done) co_return done;
  {
    // A topic of the same name that comes later must not find where this one began.
    const auto turn = co_await writing_.lock();
    OffsetCheckpoint log_starts = log_starts_;
    log_starts.erase(partition);
    if (auto done = co_await replace_checkpoint(log_start_file, std::move(log_starts), log_starts_); !done) co_return done;
  }
  const std::string aside = name_aside(partition, delete_suffix);
  deleted_since_checkpoint_.insert(partition);
  auto renamed = co_await loop_.disk().rename(partition_path(partition), aside);
  if (!renamed && renamed.error().os_error == ENOENT) co_return Result<void>{};  // nothing was ever written to it
  if (auto& done = renamed; !done) co_return fail(std::move(done.error()), "{}", partition.text());
  if (auto done = co_await loop_.disk().sync_dir(path_); !done) co_return fail(std::move(done.error()), "{}", path_);
  deleted_.push_back({aside, loop_.mono() + delay});
  co_return Result<void>{};
}

io::task<Result<void>> LogDir::remove_deleted(MonoTime now) {
  for (;;) {
    const auto due = std::ranges::find_if(deleted_, [&](const Deleted& one) { return one.due <= now; });
    if (due == deleted_.end()) co_return Result<void>{};
    // Out of the list while it is removed: somebody else may come for the next one.
    Deleted one = std::move(*due);
    deleted_.erase(due);
    auto removed = co_await io::remove_tree(loop_.disk(), one.path);
    if (removed || removed.error().os_error == ENOENT) continue;
    auto error = fail(std::move(removed.error()), "{}", one.path);
    deleted_.push_back(std::move(one));
    co_return error;
  }
}

std::optional<MonoTime> LogDir::next_removal() const {
  if (deleted_.empty()) return std::nullopt;
  return deleted_.front().due;
}

io::task<Result<void>> LogDir::mark_clean(int64_t broker_epoch) {
  if (auto done = co_await group_->close(); !done) co_return done;
  co_return co_await write_file(clean_file, fmt::format("{{\"version\":0,\"brokerEpoch\":{}}}", broker_epoch));
}

}  // namespace evlog::log

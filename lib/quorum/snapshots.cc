// Happy path of write: encode a batch (on the pool) - write it to NAME.part - and so on - sync - rename to NAME - sync the directory.
// Happy path of load: read the newest - check it whole - apply it.
// Ways to fail: the disk is full (the part file goes, the caller tries again later); the device fails (the caller is told); a
// snapshot is damaged (the one before takes its place, if the log reaches back to it).
#include "quorum/snapshots.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"
#include "wire/record/control.h"

namespace evlog::quorum {
namespace {

constexpr uint64_t snapshot_bytes_max = 1_GiB;
constexpr size_t offset_digits = 20, epoch_digits = 10;
constexpr std::string_view suffix = ".checkpoint", suffix_part = ".checkpoint.part", suffix_deleted = ".checkpoint.deleted", suffix_damaged = ".damaged";

// The control record of this type, first or last in a batch.
Result<record::Record> control_record(record::BatchView batch, wire::ControlType type, bool first) {
  std::optional<record::Record> found;
  record::RecordIterator records(batch);
  while (auto record = records.next())
    if (!found || !first) found = *record;
  if (!batch.is_control() || !found || wire::control_type(found->key.value_or(Bytes{})) != type)
    return fail(ErrorCode::CORRUPT_MESSAGE, "no {} at its {}", type == wire::ControlType::snapshot_header ? "header" : "footer", first ? "beginning" : "end");
  return *found;
}

}  // namespace

std::string snapshot_name(const SnapshotId& id) { return fmt::format("{:020}-{:010}{}", id.end.value(), id.epoch.value(), suffix); }

// "00000000000000000123-0000000004.checkpoint"
std::optional<SnapshotId> parse_snapshot_name(std::string_view name) {
  if (name.size() != offset_digits + 1 + epoch_digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  int64_t end = 0, epoch = 0;
  for (size_t i = 0; i < offset_digits + 1 + epoch_digits; ++i) {
    if (i == offset_digits) {
      if (name[i] != '-') return std::nullopt;
      continue;
    }
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    int64_t& number = i < offset_digits ? end : epoch;
    if (number > (INT64_MAX - 9) / 10) return std::nullopt;
    number = number * 10 + (name[i] - '0');
  }
  if (epoch > INT32_MAX) return std::nullopt;
  return SnapshotId{Offset(end), LeaderEpoch(static_cast<int32_t>(epoch))};
}

Result<int64_t> check_snapshot(Bytes content) {
  record::BatchIterator walk(content);
  std::optional<int64_t> told_ms;
  size_t begins = 0;
  record::BatchView last;
  while (auto batch = walk.next()) {
    if (auto sound = batch->check_crc(); !sound) return fail(sound.error(), "damaged at byte {}", begins);
    if (!told_ms) {
      const auto record = control_record(*batch, wire::ControlType::snapshot_header, true);
      if (!record) return fail(record.error(), "damaged at byte {}", begins);
      wire::SnapshotHeaderRecord header;
      if (auto read = wire::decode_control(record->value.value_or(Bytes{}), header); !read) return fail(read.error(), "damaged at byte {}", begins);
      told_ms = header.last_contained_log_timestamp;
    }
    last = *batch;
    begins = walk.position();
  }
  if (walk.stop() != record::BatchIterator::Stop::end) return fail(ErrorCode::CORRUPT_MESSAGE, "damaged at byte {}: no whole batch is there", walk.position());
  if (!told_ms) return fail(ErrorCode::CORRUPT_MESSAGE, "damaged at byte 0: it is empty");
  if (const auto end = control_record(last, wire::ControlType::snapshot_footer, false); !end) return fail(end.error(), "cut short at byte {}", content.size());
  return *told_ms;
}

io::task<Result<void>> Snapshots::find() {
  auto entries = co_await loop_.disk().list(directory_);
  if (!entries) co_return fail(entries.error());
  for (const auto& entry : *entries) {
    if (entry.name.ends_with(suffix_part) || entry.name.ends_with(suffix_deleted)) {
      auto removed = co_await loop_.disk().remove(directory_ + "/" + entry.name);
      if (!removed && removed.error().os_error != ENOENT) co_return fail(removed.error(), "{}/{}", directory_, entry.name);
    } else if (const auto id = parse_snapshot_name(entry.name)) {
      found_.push_back({*id, entry.size_bytes, std::nullopt});
    }
  }
  std::ranges::sort(found_, {}, &Found::id);
  co_return Result<void>{};
}

io::task<Result<Replay>> Snapshots::load_one(const Found& one) {
  auto bytes = co_await io::read_file(loop_.disk(), path(one.id), snapshot_bytes_max);
  if (!bytes) co_return fail(bytes.error());
  if (auto sound = check_snapshot(*bytes); !sound) co_return fail(sound.error(), "{}", path(one.id));
  Replay replay{cluster::Image{}};
  if (auto done = replay.apply_checkpoint(*bytes, one.id.end); !done) co_return fail(done.error(), "{}", path(one.id));
  co_return replay;
}

io::task<Result<Replay>> Snapshots::load(Offset log_start) {
  std::vector<SnapshotId> damaged;
  std::string reasons;
  while (!found_.empty() && found_.back().id.end >= log_start) {
    const Found one = found_.back();
    auto replay = co_await load_one(one);
    // What the device cannot give now it may give another time: that is no damage.
    if (!replay && replay.error().os_error != 0) co_return replay;
    if (replay) {
      co_await set_aside_damaged(std::move(damaged));
      co_return replay;
    }
    log_('E', "quorum", fmt::format("a metadata snapshot is damaged: {}", replay.error().message));
    reasons += (reasons.empty() ? "" : "; ") + replay.error().message;
    damaged.push_back(one.id);
    found_.pop_back();
  }
  if (log_start > Offset{0}) {
    co_return fail(ErrorCode::KAFKA_STORAGE_ERROR,
                   "the metadata log in {} begins at offset {}, and no sound snapshot stands for what was before{}{}. Nothing was changed and no partition was "
                   "touched. To mend: put {} back from a backup of this directory, then start again",
                   directory_, log_start.value(), reasons.empty() ? "" : ": ", reasons,
                   damaged.empty() ? fmt::format("a .checkpoint file with an end offset of at least {}", log_start.value()) : snapshot_name(damaged.front()));
  }
  co_await set_aside_damaged(std::move(damaged));
  co_return Replay{cluster::Image{}};
}

// The start has done without them. Under another name they hinder nobody, Kafka included, and can still be looked at.
io::task<> Snapshots::set_aside_damaged(std::vector<SnapshotId> damaged) {
  for (const SnapshotId& id : damaged) {
    any_damaged_ = true;
    auto renamed = co_await loop_.disk().rename(path(id), path(id) + std::string(suffix_damaged));
    log_('W', "quorum", fmt::format("the log from offset {} on takes the place of {}, which is {}", found_.empty() ? 0 : found_.back().id.end.value(), snapshot_name(id),
                                    renamed ? "kept under " + std::string(suffix_damaged) : "left where it is: " + renamed.error().message));
  }
}

io::task<Result<uint64_t>> Snapshots::write_file(std::string path, cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times) {
  auto file = co_await loop_.disk().open(path, io::OpenMode::replace);
  if (!file) co_return fail(file.error(), "{}", path);
  struct Job { SnapshotEncoder encoder; Buffer piece; };
  // Shared with the pool's thread, which may be in it when this coroutine is destroyed.
  auto job = std::make_shared<Job>(SnapshotEncoder(std::move(image), std::move(facts), times));
  uint64_t size = 0;
  for (;;) {
    co_await loop_.offload([job] { job->piece = job->encoder.next(); });
    if (job->piece.empty()) break;
    const std::array<Bytes, 1> pieces{job->piece.bytes()};
    if (auto done = co_await (*file)->write(size, pieces); !done) co_return fail(done.error(), "{}", path);
    size += job->piece.size();
  }
  if (mutant(25)) co_return size;
  if (auto done = co_await (*file)->sync(); !done) co_return fail(done.error(), "{}", path);
  co_return size;
}

io::task<Result<void>> Snapshots::write(cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times) {
  const SnapshotId id{image->offset() + 1, image->epoch()};
  const std::string part = directory_ + "/" + snapshot_name(id) + ".part";
  const auto size = co_await write_file(part, std::move(image), std::move(facts), times);
  if (!size) {
    (void)co_await loop_.disk().remove(part);
    co_return fail(size.error());
  }
  if (auto done = co_await loop_.disk().rename(part, path(id)); !done) co_return fail(done.error(), "{}", path(id));
  if (auto done = co_await loop_.disk().sync_dir(directory_); !done) co_return fail(done.error(), "{}", directory_);
  found_.push_back({id, *size, times.last_contained_ms});
  co_return Result<void>{};
}

io::task<Result<int64_t>> Snapshots::check(const SnapshotId& id) {
  auto bytes = co_await io::read_file(loop_.disk(), path(id), snapshot_bytes_max);
  if (!bytes) co_return fail(bytes.error());
  co_return check_snapshot(*bytes);
}

io::task<Result<bool>> Snapshots::is_surplus(Retention retention, uint64_t log_bytes) {
  uint64_t total = log_bytes;
  for (const Found& one : found_) total += one.size_bytes;
  if (retention.bytes_max >= 0 && total > static_cast<uint64_t>(retention.bytes_max)) co_return true;
  if (retention.ms_max < 0) co_return false;
  if (!found_.front().last_contained_ms) {
    const auto told = co_await check(found_.front().id);
    if (!told && told.error().os_error != 0) co_return fail(told.error());
    found_.front().last_contained_ms = told ? *told : 0;  // a damaged one is of no use for anything: it is old
  }
  co_return to_ms(loop_.wall()) - *found_.front().last_contained_ms > retention.ms_max;
}

io::task<Result<bool>> Snapshots::prune_oldest(Retention retention, uint64_t log_bytes) {
  if (found_.size() < 2) co_return false;
  if (auto surplus = co_await is_surplus(retention, log_bytes); !surplus || !*surplus) co_return surplus;
  if (const auto sound = co_await check(found_[1].id); !sound) {
    if (sound.error().os_error != 0) co_return fail(sound.error());
    log_('E', "quorum", fmt::format("a metadata snapshot is damaged: {}: {}; the one before it is kept", path(found_[1].id), sound.error().message));
    any_damaged_ = true;
    co_return false;
  }
  auto removed = co_await loop_.disk().remove(path(found_.front().id));
  if (!removed && removed.error().os_error != ENOENT) co_return fail(removed.error(), "{}", path(found_.front().id));
  found_.erase(found_.begin());
  co_return true;
}

}  // namespace evlog::quorum

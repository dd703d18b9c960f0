// A quorum of one. Happy path of open_single: read quorum-state - load the newest checkpoint - replay the log - take the next
// epoch, durably - append a LeaderChangeMessage - on an empty log, the bootstrap records.
// propose: encode - append - flush and sync - apply to the image - tell the listeners.
// Ways to fail: the log contradicts itself (start is refused); the disk is full (the proposal is refused, nothing happened); the
// device fails (every proposal is refused from then on, and the server is told).
#include <algorithm>
#include <optional>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/log_dir.h"
#include "log/mutex.h"
#include "quorum/election_state.h"
#include "quorum/metadata_batch.h"
#include "quorum/quorum.h"
#include "record/batch_iterator.h"

namespace evlog::quorum {
namespace {

constexpr Uuid metadata_topic_id{0, 1};          // Kafka's reserved id of __cluster_metadata
constexpr uint32_t replay_step_bytes = 1_MiB;
constexpr uint64_t bootstrap_bytes_max = 64_MiB;
constexpr Duration shortage_pause = seconds(60);   // between two attempts to write a snapshot to a full disk

class Single : public Quorum {
 public:
  Single(io::Loop& loop, Options options)
      : loop_(loop), options_(std::move(options)), proposing_(loop), shortening_(loop), snapshots_(loop, directory(), options_.log), grown_(loop) {}

  io::task<Result<void>> open(Records bootstrap);

  io::task<Result<Offset>> propose(Records records) override;
  cluster::ImagePtr image() const override { return image_; }
  State state() const override;
  void on_image(std::function<void(const cluster::ImagePtr&, const cluster::ImagePtr&)> listener) override { listeners_.push_back(std::move(listener)); }
  log::Log& log() override { return *log_; }
  Offset snapshot_end() const override { return snapshots_.newest() ? snapshots_.newest()->end : Offset{0}; }
  io::task<Result<void>> close() override {
    const auto quiet = co_await shortening_.lock();  // the log is used on, and never left in the middle of a change
    nursery_.clear();  // a snapshot that is being written is left as a part file, which the next start removes
    co_return co_await log_->close();
  }

 private:
  std::string directory() const { return options_.directory + "/__cluster_metadata-0"; }
  std::string state_path() const { return directory() + "/quorum-state"; }
  io::task<Result<ElectionState>> read_state();
  io::task<Result<void>> tell_topic_id();
  io::task<Result<Replay>> load();
  io::task<Result<void>> load_log(Replay& replay);
  io::task<Result<Buffer>> read_bootstrap();
  io::task<Result<void>> lead(const ElectionState& last, bool empty);
  io::task<Result<Offset>> append(Buffer batch);
  Result<void> apply(const Buffer& batch);
  void grow(uint64_t bytes);
  bool snapshot_due() const;
  io::task<> keep_snapshots();
  io::task<Result<void>> take_snapshot();
  io::task<Result<void>> forget_old();

  io::Loop& loop_;
  Options options_;
  log::Mutex proposing_, shortening_;
  std::unique_ptr<log::Log> log_;
  cluster::ImagePtr image_ = std::make_shared<const cluster::Image>();
  ControlFacts facts_;
  LeaderEpoch epoch_{0};
  std::vector<std::function<void(const cluster::ImagePtr&, const cluster::ImagePtr&)>> listeners_;
  Snapshots snapshots_;
  uint64_t bytes_since_snapshot_ = 0;
  int64_t newest_batch_ms_ = 0;
  MonoTime last_snapshot_{};
  bool keeping_snapshots_ = false;
  io::Event grown_;
  io::Nursery nursery_;               // last: what runs here uses all the others
};

io::task<Result<ElectionState>> Single::read_state() {
  auto bytes = co_await io::read_file(loop_.disk(), state_path(), election_state_bytes_max);
  if (!bytes && bytes.error().os_error == ENOENT) co_return ElectionState{};
  if (!bytes) co_return fail(bytes.error());
  auto state = parse_election_state(as_text(*bytes));
  if (!state) co_return fail(state.error(), "{}", state_path());
  co_return *state;
}

// partition.metadata, as every partition directory has it.
io::task<Result<void>> Single::tell_topic_id() {
  const std::string path = directory() + "/partition.metadata";
  const std::string text = log::format_partition_metadata({metadata_topic_id});
  const auto there = co_await io::read_file(loop_.disk(), path, 4_KiB);
  if (there && as_text(*there) == text) co_return Result<void>{};
  auto written = co_await io::write_file_atomically(loop_.disk(), path, text);
  if (!written) co_return fail(written.error());
  co_return Result<void>{};
}

io::task<Result<void>> Single::load_log(Replay& replay) {
  Offset at = std::max(log_->log_start_offset(), replay.last_offset() + 1);
  if (at > log_->log_end_offset()) co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "the metadata log ends at {}, before its checkpoint at {}", log_->log_end_offset().value(), at.value());
  if (log_->log_start_offset() > replay.last_offset() + 1)
    co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "the metadata log begins at {}, and no checkpoint covers what was before", log_->log_start_offset().value());
  while (at < log_->log_end_offset()) {
    auto bytes = co_await log_->read_bytes({.from = at, .upper = log_->log_end_offset(), .bytes_max = replay_step_bytes, .at_least_one_batch = true});
    if (!bytes) co_return fail(bytes.error());
    record::BatchIterator walk(bytes->bytes());
    const Offset before = at;
    bytes_since_snapshot_ += bytes->size();
    while (auto batch = walk.next()) {
      if (auto sound = batch->check_crc(); !sound) co_return fail(sound.error(), "metadata batch at offset {}", batch->base_offset().value());
      if (auto done = replay.apply(*batch); !done) co_return done;
      at = batch->next_offset();
    }
    if (at == before) co_return fail(ErrorCode::CORRUPT_MESSAGE, "the metadata log cannot be read at offset {}", at.value());
  }
  co_return Result<void>{};
}

io::task<Result<Replay>> Single::load() {
  if (auto found = co_await snapshots_.find(); !found) co_return fail(found.error());
  auto replay = co_await snapshots_.load(log_->log_start_offset());
  if (!replay) co_return replay;
  if (const Offset covered = replay->last_offset() + 1; log_->log_end_offset() < covered) {
    // A snapshot is written of what is durable in the log: its end was damaged. The snapshot has all of it.
    options_.log('W', "quorum", fmt::format("the metadata log ends at offset {}; it goes on from the snapshot at {}", log_->log_end_offset().value(), covered.value()));
    if (auto done = co_await log_->truncate_fully_and_start_at(covered); !done) co_return fail(done.error());
  }
  if (auto done = co_await load_log(*replay); !done) co_return fail(done.error());
  co_return replay;
}

// bootstrap.checkpoint lies beside the partition directories: what Kafka's storage tool was asked to begin the log with.
io::task<Result<Buffer>> Single::read_bootstrap() {
  auto bytes = co_await io::read_file(loop_.disk(), options_.directory + "/bootstrap.checkpoint", bootstrap_bytes_max);
  if (!bytes && bytes.error().os_error == ENOENT) co_return Buffer{};
  if (!bytes) co_return fail(bytes.error(), "bootstrap.checkpoint");
  co_return std::move(*bytes);
}

io::task<Result<Offset>> Single::append(Buffer batch) {
  auto owned = std::make_shared<Buffer>(std::move(batch));  // shared with the log until it is written
  auto appended = log_->append(owned->mutable_bytes(), epoch_, {.origin = log::AppendOrigin::raft_leader}, owned);
  if (!appended) co_return fail(appended.error());
  if (auto done = co_await log_->flush(!mutant(30)); !done) {
    if (log_->offline() && options_.on_failure) options_.on_failure(done.error());
    co_return fail(done.error());
  }
  EVLOG_ASSERT(log_->durable_end_offset() > appended->last_offset || mutant(30));
  if (auto done = apply(*owned); !done) co_return fail(done.error());
  newest_batch_ms_ = record::BatchView(*owned).max_timestamp();
  grow(owned->size());
  co_return appended->first_offset;
}

Result<void> Single::apply(const Buffer& batch) {
  Replay replay(*image_);
  auto view = record::parse_batch(batch);
  if (!view) return fail(view.error());
  if (auto done = replay.apply(*view); !done) return done;
  auto before = std::exchange(image_, std::move(replay).finish());
  for (const auto& listener : listeners_) listener(before, image_);
  return {};
}

void Single::grow(uint64_t bytes) {
  bytes_since_snapshot_ += bytes;
  if (snapshot_due()) grown_.notify_all();
  if (!std::exchange(keeping_snapshots_, true)) nursery_.spawn(keep_snapshots());
}

bool Single::snapshot_due() const {
  if (bytes_since_snapshot_ >= static_cast<uint64_t>(options_.snapshot_bytes)) return true;
  return bytes_since_snapshot_ > 0 && options_.snapshot_interval_ms > 0 && loop_.mono() >= last_snapshot_ + milliseconds(options_.snapshot_interval_ms);
}

// Runs while there is metadata that no snapshot has: without a change there is no timer.
io::task<> Single::keep_snapshots() {
  while (bytes_since_snapshot_ > 0) {
    while (!snapshot_due()) {
      std::optional<MonoTime> latest;
      if (options_.snapshot_interval_ms > 0) latest = last_snapshot_ + milliseconds(options_.snapshot_interval_ms);
      co_await grown_.wait_until(latest);
    }
    if (image_->unknown_records() > 0) {
      // They are in the log only: it stays whole until a version comes that knows them.
      options_.log('W', "quorum", fmt::format("no metadata snapshots are written: the log has {} records that this version does not know", image_->unknown_records()));
      co_return;
    }
    const auto done = co_await take_snapshot();
    if (done) continue;
    if (!log::is_shortage(done.error())) {
      if (options_.on_failure) options_.on_failure(done.error());
      co_return;
    }
    options_.log('W', "quorum", fmt::format("no metadata snapshot could be written; tried again in {} s: {}", shortage_pause / seconds(1), done.error().message));
    co_await loop_.sleep(shortage_pause);
  }
  keeping_snapshots_ = false;
}

io::task<Result<void>> Single::take_snapshot() {
  const uint64_t covered_bytes = bytes_since_snapshot_;
  const auto image = image_;
  if (auto done = co_await snapshots_.write(image, facts_, {.last_contained_ms = newest_batch_ms_, .written_ms = to_ms(loop_.wall())}); !done) co_return done;
  bytes_since_snapshot_ -= covered_bytes;
  last_snapshot_ = loop_.mono();
  options_.log('I', "quorum", fmt::format("metadata snapshot at offset {}: {} topics, {} partitions", image->offset().value() + 1, image->topics().size(), image->partitions_count()));
  const auto guard = co_await shortening_.lock();
  // Only whole segments can leave the log, and a crash has less to check in a short one.
  const auto segments = log_->segments();
  if (segments.back().size_bytes * 2 >= static_cast<uint64_t>(options_.snapshot_bytes)) {
    if (auto done = co_await log_->roll(); !done) co_return done;
  }
  co_return co_await forget_old();
}

// Down to the oldest snapshot that is kept: a start may have to begin there.
io::task<Result<void>> Single::forget_old() {
  for (;;) {
    const auto pruned = co_await snapshots_.prune_oldest(options_.retention, log_->size_bytes());
    if (!pruned) co_return fail(pruned.error());
    if (!*pruned) co_return Result<void>{};
    const Offset end = snapshots_.oldest_end();
    if (auto moved = log_->advance_log_start(end, end); !moved) co_return moved;
    for (int step = 0; step < 2; ++step) {  // set aside, then removed: nobody reads there any more
      if (auto done = co_await log_->retain({.now = loop_.wall(), .high_watermark = log_->durable_end_offset(), .by_time = false}); !done) co_return fail(done.error());
    }
  }
}

io::task<Result<Offset>> Single::propose(Records records) {
  EVLOG_ASSERT(!records.empty());
  Buffer batch = build_metadata_batch(records, to_ms(loop_.wall()));  // the records' texts need not live longer than this
  const auto turn = co_await proposing_.lock();
  if (log_->offline()) co_return fail(log_->offline_error());
  co_return co_await append(std::move(batch));
}

io::task<Result<void>> Single::lead(const ElectionState& last, bool empty) {
  epoch_ = std::max({last.leader_epoch, log_->latest_epoch(), image_->epoch()}) + (mutant(36) ? 0 : 1);
  // Durable before anything is written in this epoch: after a crash the next start takes a higher one.
  ElectionState mine{options_.node_id, epoch_, -1, {}};
  auto written = co_await io::write_file_atomically(loop_.disk(), state_path(), format_election_state(mine, facts_.kraft_version, options_.node_id));
  if (!written) co_return fail(written.error());
  auto changed = co_await append(build_leadership_batch(options_.node_id, facts_, empty && facts_.kraft_version > 0, to_ms(loop_.wall())));
  if (!changed) co_return fail(changed.error());
  co_return Result<void>{};
}

io::task<Result<void>> Single::open(Records bootstrap) {
  if (auto made = co_await loop_.disk().make_dirs(directory()); !made) co_return fail(made.error());
  auto state = co_await read_state();
  if (!state) co_return fail(state.error());
  config::TopicConfig config;
  config.segment_bytes = static_cast<int32_t>(std::min<int64_t>(options_.segment_bytes, INT32_MAX));
  config.segment_ms = options_.segment_ms;
  config.retention_ms = config.retention_bytes = -1;  // the metadata log is shortened by snapshots only
  config.file_delete_delay_ms = 0;
  config.max_message_bytes = INT32_MAX;
  auto opened = co_await log::Log::open(loop_, directory(), config, {.clean = options_.clean, .synced_one_by_one = true, .name = "__cluster_metadata-0", .on_damage = [this](const std::string& text) { options_.log('E', "quorum", text); }});
  if (!opened) co_return fail(opened.error());
  log_ = std::move(*opened);
  if (log_->offline()) co_return fail(log_->offline_error());
  if (auto told = co_await tell_topic_id(); !told) co_return told;

  auto replay = co_await load();
  if (!replay) co_return fail(replay.error());
  facts_ = replay->facts();
  newest_batch_ms_ = replay->last_timestamp_ms();
  const bool in_transaction = replay->in_transaction();
  image_ = std::move(*replay).finish();
  const bool empty = log_->log_end_offset() == Offset{0};
  last_snapshot_ = loop_.mono();
  if (snapshots_.any_damaged()) bytes_since_snapshot_ += static_cast<uint64_t>(options_.snapshot_bytes);  // a sound one at once
  if (!facts_.has_voters) {
    if (empty) facts_.kraft_version = options_.dynamic ? 1 : 0;
    facts_.voters = {{options_.node_id, facts_.kraft_version > 0 ? options_.directory_id : Uuid{}, options_.controller_endpoints}};
  }
  const auto me = std::ranges::find(facts_.voters, options_.node_id, &VoterInfo::id);
  if (me == facts_.voters.end() || facts_.voters.size() > 1)
    co_return fail(ErrorCode::INCONSISTENT_VOTER_SET, "the metadata log has {} voters; this build runs a quorum of one node, {}", facts_.voters.size(), options_.node_id);
  if (auto done = co_await lead(*state, empty); !done) co_return done;
  if (in_transaction) {
    // Whoever began it is gone. Left open, it would take in what comes behind it at the next start.
    if (auto done = co_await propose({wire::AbortTransactionRecord{}}); !done) co_return fail(done.error());
  }
  if (!empty || image_->feature("metadata.version") > 0) co_return Result<void>{};

  auto given = co_await read_bootstrap();
  if (!given) co_return fail(given.error());
  if (given->empty()) {
    auto done = co_await propose(std::move(bootstrap));
    if (!done) co_return fail(done.error());
    co_return Result<void>{};
  }
  // The checkpoint's records, without its header and footer, become the first batch of the log.
  Replay check(*image_);
  if (auto sound = check.apply_checkpoint(*given, Offset{0}); !sound) co_return fail(sound.error(), "bootstrap.checkpoint");
  auto records = checkpoint_records(*given);
  if (!records) co_return fail(records.error(), "bootstrap.checkpoint");
  auto done = co_await propose(std::move(*records));
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

State Single::state() const {
  State state;
  state.leader_id = options_.node_id;
  state.leader_epoch = epoch_;
  state.high_watermark = log_->durable_end_offset();
  state.kraft_version = facts_.kraft_version;
  for (const auto& voter : facts_.voters)
    state.voters.push_back({voter.id, voter.directory_id, log_->log_end_offset(), loop_.wall(), loop_.wall(), voter.endpoints});
  return state;
}

}  // namespace

io::task<Result<std::unique_ptr<Quorum>>> open_single(io::Loop& loop, Options options, Records bootstrap) {
  auto single = std::make_unique<Single>(loop, std::move(options));
  if (auto done = co_await single->open(std::move(bootstrap)); !done) co_return fail(done.error());
  co_return std::unique_ptr<Quorum>(std::move(single));
}

}  // namespace evlog::quorum

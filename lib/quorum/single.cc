// A quorum of one. Happy path of open_single: read quorum-state - load the newest checkpoint - replay the log - take the next
// epoch, durably - append a LeaderChangeMessage - on an empty log, the bootstrap records.
// propose: encode - append - flush and sync - apply to the image - tell the listeners.
// Ways to fail: the log contradicts itself (start is refused); the disk is full (the proposal is refused, nothing happened); the
// device fails (every proposal is refused from then on, and the server is told).
#include <algorithm>
#include <optional>

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
constexpr uint64_t checkpoint_bytes_max = 1_GiB;
constexpr std::string_view checkpoint_suffix = ".checkpoint";

struct CheckpointName { Offset end; LeaderEpoch epoch; std::string name; };

// "00000000000000000123-0000000004.checkpoint"
std::optional<CheckpointName> parse_checkpoint_name(const std::string& name) {
  constexpr size_t offset_digits = 20, epoch_digits = 10;
  if (name.size() != offset_digits + 1 + epoch_digits + checkpoint_suffix.size() || !name.ends_with(checkpoint_suffix)) return std::nullopt;
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
  return CheckpointName{Offset(end), LeaderEpoch(static_cast<int32_t>(epoch)), name};
}

class Single : public Quorum {
 public:
  Single(io::Loop& loop, Options options) : loop_(loop), options_(std::move(options)), proposing_(loop) {}

  io::task<Result<void>> open(Records bootstrap);

  io::task<Result<Offset>> propose(Records records) override;
  cluster::ImagePtr image() const override { return image_; }
  State state() const override;
  void on_image(std::function<void(const cluster::ImagePtr&, const cluster::ImagePtr&)> listener) override { listeners_.push_back(std::move(listener)); }
  log::Log& log() override { return *log_; }
  io::task<Result<void>> close() override { return log_->close(); }

 private:
  std::string directory() const { return options_.directory + "/__cluster_metadata-0"; }
  std::string state_path() const { return directory() + "/quorum-state"; }
  io::task<Result<ElectionState>> read_state();
  io::task<Result<void>> tell_topic_id();
  io::task<Result<void>> load(Replay& replay);
  io::task<Result<void>> load_checkpoint(Replay& replay);
  io::task<Result<void>> load_log(Replay& replay);
  io::task<Result<Buffer>> read_bootstrap();
  io::task<Result<void>> lead(const ElectionState& last, bool empty);
  io::task<Result<Offset>> append(Buffer batch);
  Result<void> apply(const Buffer& batch);

  io::Loop& loop_;
  Options options_;
  log::Mutex proposing_;
  std::unique_ptr<log::Log> log_;
  cluster::ImagePtr image_ = std::make_shared<const cluster::Image>();
  ControlFacts facts_;
  LeaderEpoch epoch_{0};
  std::vector<std::function<void(const cluster::ImagePtr&, const cluster::ImagePtr&)>> listeners_;
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

io::task<Result<void>> Single::load_checkpoint(Replay& replay) {
  auto entries = co_await loop_.disk().list(directory());
  if (!entries) co_return fail(entries.error());
  std::optional<CheckpointName> newest;
  for (const auto& entry : *entries)
    if (auto name = parse_checkpoint_name(entry.name); name && (!newest || name->end > newest->end)) newest = std::move(name);
  if (!newest) co_return Result<void>{};
  auto bytes = co_await io::read_file(loop_.disk(), directory() + "/" + newest->name, checkpoint_bytes_max);
  if (!bytes) co_return fail(bytes.error());
  if (auto done = replay.apply_checkpoint(*bytes, newest->end); !done) co_return fail(done.error(), "{}", newest->name);
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
    while (auto batch = walk.next()) {
      if (auto sound = batch->check_crc(); !sound) co_return fail(sound.error(), "metadata batch at offset {}", batch->base_offset().value());
      if (auto done = replay.apply(*batch); !done) co_return done;
      at = batch->next_offset();
    }
    if (at == before) co_return fail(ErrorCode::CORRUPT_MESSAGE, "the metadata log cannot be read at offset {}", at.value());
  }
  co_return Result<void>{};
}

io::task<Result<void>> Single::load(Replay& replay) {
  if (auto done = co_await load_checkpoint(replay); !done) co_return done;
  co_return co_await load_log(replay);
}

// bootstrap.checkpoint lies beside the partition directories: what Kafka's storage tool was asked to begin the log with.
io::task<Result<Buffer>> Single::read_bootstrap() {
  auto bytes = co_await io::read_file(loop_.disk(), options_.directory + "/bootstrap.checkpoint", checkpoint_bytes_max);
  if (!bytes && bytes.error().os_error == ENOENT) co_return Buffer{};
  if (!bytes) co_return fail(bytes.error(), "bootstrap.checkpoint");
  co_return std::move(*bytes);
}

io::task<Result<Offset>> Single::append(Buffer batch) {
  auto owned = std::make_shared<Buffer>(std::move(batch));  // shared with the log until it is written
  auto appended = log_->append(owned->mutable_bytes(), epoch_, {.origin = log::AppendOrigin::raft_leader}, owned);
  if (!appended) co_return fail(appended.error());
  if (auto done = co_await log_->flush(true); !done) {
    if (log_->offline() && options_.on_failure) options_.on_failure(done.error());
    co_return fail(done.error());
  }
  EVLOG_ASSERT(log_->durable_end_offset() > appended->last_offset);
  if (auto done = apply(*owned); !done) co_return fail(done.error());
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

io::task<Result<Offset>> Single::propose(Records records) {
  EVLOG_ASSERT(!records.empty());
  Buffer batch = build_metadata_batch(records, to_ms(loop_.wall()));  // the records' texts need not live longer than this
  const auto turn = co_await proposing_.lock();
  if (log_->offline()) co_return fail(log_->offline_error());
  co_return co_await append(std::move(batch));
}

io::task<Result<void>> Single::lead(const ElectionState& last, bool empty) {
  epoch_ = std::max({last.leader_epoch, log_->latest_epoch(), image_->epoch()}) + 1;
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
  config.retention_ms = config.retention_bytes = -1;  // the metadata log is shortened by snapshots only
  config.max_message_bytes = INT32_MAX;
  auto opened = co_await log::Log::open(loop_, directory(), config, {.clean = options_.clean, .synced_one_by_one = true, .name = "__cluster_metadata-0", .on_damage = [this](const std::string& text) { options_.log('E', "quorum", text); }});
  if (!opened) co_return fail(opened.error());
  log_ = std::move(*opened);
  if (log_->offline()) co_return fail(log_->offline_error());
  if (auto told = co_await tell_topic_id(); !told) co_return told;

  const bool empty = log_->log_end_offset() == log_->log_start_offset();
  Replay replay(*image_);
  if (auto done = co_await load(replay); !done) co_return done;
  facts_ = replay.facts();
  image_ = std::move(replay).finish();
  if (!facts_.has_voters) {
    if (empty) facts_.kraft_version = options_.dynamic ? 1 : 0;
    facts_.voters = {{options_.node_id, facts_.kraft_version > 0 ? options_.directory_id : Uuid{}, options_.controller_endpoints}};
  }
  const auto me = std::ranges::find(facts_.voters, options_.node_id, &VoterInfo::id);
  if (me == facts_.voters.end() || facts_.voters.size() > 1)
    co_return fail(ErrorCode::INCONSISTENT_VOTER_SET, "the metadata log has {} voters; this build runs a quorum of one node, {}", facts_.voters.size(), options_.node_id);
  if (auto done = co_await lead(*state, empty); !done) co_return done;
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

#include "evlog/inspect/partition_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/inspect/wal_file.h"
#include "evlog/mapped_file.h"
#include "log/file_names.h"
#include "log/meta_properties.h"
#include "log/offset_checkpoint.h"
#include "log/producer_snapshot.h"
#include "quorum/election_state.h"
#include "quorum/metadata_batch.h"
#include "record/batch_iterator.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view aside_word = ".log.damaged-";

// A snapshot of the metadata: every batch sound, every record one that can be applied, and its footer behind them.
Result<void> check_metadata_snapshot(const fs::path& path, Bytes bytes) {
  record::BatchIterator batches(bytes);
  bool ended = false;
  while (const auto batch = batches.next()) {
    if (auto sound = batch->check_crc(); !sound) return fail(sound.error(), "position {}", batches.position() - batch->size_bytes());
    record::RecordIterator records(*batch);
    while (const auto r = records.next()) {
      const auto key = batch->is_control() ? record::read_control_key(*r) : fail(ErrorCode::INVALID_RECORD);
      ended = ended || (key && key->type == static_cast<int16_t>(record::ControlType::snapshot_footer));
    }
  }
  if (batches.stop() == record::BatchIterator::Stop::corrupt) return fail(batches.error(), "position {}", batches.position());
  if (batches.stop() == record::BatchIterator::Stop::incomplete) return fail(ErrorCode::CORRUPT_MESSAGE, "position {}: {} bytes of a batch that is not whole", batches.position(), bytes.size() - batches.position());
  const cluster::Image empty;
  quorum::Replay replay(empty);
  if (auto applied = replay.apply_checkpoint(bytes, Offset(parse_int(path.filename().string().substr(0, 20)).value_or(0))); !applied) return applied;
  if (!ended) return fail(ErrorCode::CORRUPT_MESSAGE, "its footer is missing: it is not all there");
  return {};
}

Result<void> check_clean_mark(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || !json.contains("brokerEpoch")) return fail(ErrorCode::CORRUPT_MESSAGE, "not the mark of a clean stop");
  return {};
}

template <class T>
Result<void> outcome(const Result<T>& parsed) { return parsed ? Result<void>() : Result<void>(fail(parsed.error())); }

Result<void> check_content(const fs::path& path, Bytes bytes) {
  switch (kind_of(path)) {
    case FileKind::producer_snapshot: return outcome(log::parse_producer_snapshot(bytes));
    case FileKind::metadata_snapshot: return check_metadata_snapshot(path, bytes);
    case FileKind::leader_epochs: return outcome(log::EpochCache::parse(as_text(bytes)));
    case FileKind::partition_metadata: return outcome(log::parse_partition_metadata(as_text(bytes)));
    case FileKind::quorum_state: return outcome(quorum::parse_election_state(as_text(bytes)));
    case FileKind::meta_properties: return outcome(log::parse_meta_properties(as_text(bytes)));
    case FileKind::offset_checkpoint: return outcome(log::parse_offset_checkpoint(as_text(bytes)));
    case FileKind::evlog_wal: return outcome(read_wal(path));
    case FileKind::clean_mark: return check_clean_mark(as_text(bytes));
    default: return {};
  }
}

class Check {
 public:
  Check(const fs::path& directory, const PartitionFacts& facts) : facts_(facts) { out_.directory = directory; }
  PartitionReport run();

 private:
  void list();
  void small_file(const fs::path& path);
  void segments();
  void gaps();
  void ends();
  void gap(const OffsetGap& gap, const fs::path& path, std::optional<uint64_t> position);
  void seed(AbortedTransactions& transactions) const;
  std::string repair() const { return fmt::format("evlog repair {}", out_.directory.string()); }

  const PartitionFacts& facts_;
  PartitionReport out_;
  std::vector<fs::path> logs_, others_;
  std::vector<OffsetGap> known_gaps_;  // set aside by a repair
};

void Check::list() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(out_.directory, error)) {
    const fs::path& path = entry.path();
    if (const auto gap = parse_set_aside_name(path.filename().string())) known_gaps_.push_back(*gap);
    const FileKind kind = kind_of(path);
    if (kind == FileKind::other) continue;
    ++out_.files;
    (kind == FileKind::segment && log::parse_segment_file_name(path.filename().string(), log::suffix_log) ? logs_ : others_).push_back(path);
  }
  std::ranges::sort(logs_);
  std::ranges::sort(others_);
  std::ranges::sort(known_gaps_, {}, &OffsetGap::from);
}

void Check::small_file(const fs::path& path) {
  const auto sound = check_small_file(path);
  if (sound) return;
  out_.faults.push_back({path.string(), std::nullopt, sound.error().message, repair()});
  out_.bad_files.push_back({path, sound.error()});
}

// Transactions that were open where the log begins are known from the snapshot there.
void Check::seed(AbortedTransactions& transactions) const {
  const auto file = MappedFile::open(fs::path(logs_.front()).replace_extension(".snapshot").string());
  const auto state = file ? log::parse_producer_snapshot(file->bytes()) : fail(ErrorCode::UNKNOWN_SERVER_ERROR);
  if (state) transactions.seed(*state);
}

void Check::segments() {
  AbortedTransactions transactions;
  if (!logs_.empty()) seed(transactions);
  const bool begins = !logs_.empty() && parse_int(logs_.front().stem().string()) == 0;
  const bool seeded = begins || (!logs_.empty() && fs::exists(fs::path(logs_.front()).replace_extension(".snapshot")));
  for (size_t i = 0; i < logs_.size(); ++i) {
    SegmentContext context{.epochs = out_.epochs ? &*out_.epochs : nullptr, .remedy = repair(), .compacted = facts_.compacted.value_or(true)};
    if (i + 1 < logs_.size()) context.upper = Offset(parse_int(logs_[i + 1].stem().string()).value_or(0));
    if (seeded) context.transactions = &transactions;
    out_.segments.push_back(check_segment(logs_[i], context, out_.faults));
  }
}

void Check::gap(const OffsetGap& gap, const fs::path& path, std::optional<uint64_t> position) {
  Offset from = gap.from;
  for (const OffsetGap& known : known_gaps_)
    if (known.from <= from && known.to > from) from = known.to;
  if (from >= gap.to) return;
  out_.faults.push_back({path.string(), position, fmt::format("offsets {} to {} are missing, and this topic is not compacted", from.value(), gap.to.value() - 1), "restore them from a replica or a backup; without them the rest can be read"});
}

// A compacted topic may miss any offset; elsewhere each has its record.
void Check::gaps() {
  if (facts_.compacted.value_or(true)) return;
  const bool thinned = std::ranges::any_of(out_.segments, &SegmentReport::thinned);
  for (size_t i = 0; i < out_.segments.size() && !thinned; ++i) {
    const SegmentReport& s = out_.segments[i];
    for (const OffsetGap& one : s.gaps) gap(one, s.path, one.position);
    const bool ends_damaged = !s.damage.empty() && !s.damage.back().next;
    if (i + 1 < out_.segments.size() && s.end < out_.segments[i + 1].base && !ends_damaged) gap({s.end, out_.segments[i + 1].base, 0}, s.path, s.size_bytes);
  }
}

// The directory's checkpoints say up to where all was on disk.
void Check::ends() {
  if (out_.segments.empty() || !facts_.durable_end) return;
  const SegmentReport& last = out_.segments.back();
  const Offset durable = *facts_.durable_end;
  const bool told = !last.damage.empty() && !last.damage.back().next;
  const bool known = std::ranges::any_of(known_gaps_, [&](const OffsetGap& one) { return one.from <= last.end && one.to >= durable; });
  if (last.end >= durable || told || known || last.end < facts_.log_start.value_or(Offset(0))) return;
  out_.faults.push_back({last.path.string(), last.size_bytes, fmt::format("the log ends at offset {}, and up to {} it was on disk: offsets {} to {} are missing", last.end.value(), durable.value(), last.end.value(), durable.value() - 1),
                         "restore the file from a replica or a backup; to go on without them: " + repair()});
}

PartitionReport Check::run() {
  list();
  if (const auto file = MappedFile::open((out_.directory / "leader-epoch-checkpoint").string())) {
    auto epochs = log::EpochCache::parse(as_text(file->bytes()));
    if (epochs) out_.epochs = std::move(*epochs);
  }
  segments();
  gaps();
  ends();
  for (const fs::path& path : others_) small_file(path);
  return std::move(out_);
}

}  // namespace

uint64_t PartitionReport::batches() const {
  uint64_t n = 0;
  for (const auto& segment : segments) n += segment.batches;
  return n;
}

uint64_t PartitionReport::records() const {
  uint64_t n = 0;
  for (const auto& segment : segments) n += segment.records;
  return n;
}

PartitionReport check_partition(const fs::path& directory, const PartitionFacts& facts) { return Check(directory, facts).run(); }

Result<void> check_small_file(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  if (!file) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{}", file.error().message);
  return check_content(path, file->bytes());
}

std::string set_aside_name(const std::string& name, Offset from, Offset to) { return fmt::format("{}.damaged-{}-{}", name, from.value(), to.value()); }

std::optional<OffsetGap> parse_set_aside_name(const std::string& name) {
  const size_t word = name.find(aside_word);
  if (word == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(word + aside_word.size());
  const size_t dash = rest.find('-');
  if (dash == std::string::npos) return std::nullopt;
  // A second one of the same offsets has a dot and a number behind it.
  const auto from = parse_int(rest.substr(0, dash)), to = parse_int(rest.substr(dash + 1, rest.find('.') - dash - 1));
  if (!from || !to) return std::nullopt;
  return OffsetGap{Offset(*from), Offset(*to) + 1, 0};
}

}  // namespace evlog::cmd

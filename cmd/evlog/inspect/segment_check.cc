#include "evlog/inspect/segment_check.h"

#include <algorithm>

#include "base/text.h"
#include "evlog/mapped_file.h"
#include "record/record_iterator.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

class Check {
 public:
  Check(const fs::path& path, SegmentContext context, Faults& faults) : path_(path), context_(std::move(context)), faults_(faults) {}
  SegmentReport run();

 private:
  struct TimeEntry { int64_t timestamp; Offset offset; bool found = false; };

  void fault(const fs::path& file, std::optional<uint64_t> position, std::string what, std::string remedy = {}) {
    faults_.push_back({file.string(), position, std::move(what), remedy.empty() ? context_.remedy : std::move(remedy)});
  }
  fs::path sibling(const char* extension) const { return fs::path(path_).replace_extension(extension); }
  void walk(Bytes log);
  void batch(const record::BatchView& batch, uint64_t position);
  void records(const record::BatchView& batch, uint64_t position);
  void epoch(const record::BatchView& batch, uint64_t position);
  void judge_epochs();
  void offset_index(Bytes log, Bytes index);
  void read_time_index(Bytes index);
  void time_entries(const record::BatchView& batch);
  void report_time_index();
  void txn_index(Bytes index);

  const fs::path& path_;
  SegmentContext context_;
  Faults& faults_;
  SegmentReport out_;
  // A batch that does not agree with leader-epoch-checkpoint, and its neighbours, which tell who is wrong.
  struct EpochDoubt { uint64_t position; Offset offset; LeaderEpoch before, here, told, after = epoch_none; };
  std::vector<EpochDoubt> doubts_;
  LeaderEpoch last_epoch_ = epoch_none;
  std::vector<TimeEntry> times_;
  size_t next_time_ = 0;
};

SegmentReport Check::run() {
  out_.path = path_;
  out_.base = out_.end = Offset(parse_int(path_.stem().string()).value_or(0));
  out_.upper = context_.upper;
  const auto log = MappedFile::open(path_.string());
  if (!log) return fault(path_, std::nullopt, log.error().message, "restore it from a backup"), std::move(out_);
  const auto index = MappedFile::open(sibling(".index").string()), times = MappedFile::open(sibling(".timeindex").string()), txns = MappedFile::open(sibling(".txnindex").string());
  if (times) read_time_index(times->bytes());
  out_.size_bytes = log->bytes().size();
  walk(log->bytes());
  judge_epochs();
  if (index) offset_index(log->bytes(), index->bytes());
  if (times) report_time_index();
  if (txns) txn_index(txns->bytes());
  else if (!out_.aborted.empty()) out_.txn_index_wrong = true, fault(sibling(".txnindex"), std::nullopt, fmt::format("missing, and {} transactions were aborted in this segment", out_.aborted.size()));
  return std::move(out_);
}

void Check::walk(Bytes log) {
  SegmentWalk walk(log, out_.base, context_.upper);
  while (const auto piece = walk.next()) {
    if (!piece->batch) {
      fault(path_, piece->position, piece->why);
      out_.damage.push_back({piece->position, piece->size_bytes, piece->why, out_.end, std::nullopt, last_epoch_});
      continue;
    }
    if (!out_.damage.empty() && !out_.damage.back().next) out_.damage.back().next = piece->batch->base_offset();
    else if (piece->batch->base_offset() > out_.end) out_.gaps.push_back({out_.end, piece->batch->base_offset(), piece->position});
    batch(*piece->batch, piece->position);
  }
}

void Check::batch(const record::BatchView& b, uint64_t position) {
  ++out_.batches;
  out_.records += static_cast<uint64_t>(std::max(0, b.record_count()));
  if (b.record_count() > b.last_offset_delta() + 1) fault(path_, position, fmt::format("{} records in {} offsets", b.record_count(), b.last_offset_delta() + 1));
  out_.thinned = out_.thinned || b.record_count() < b.last_offset_delta() + 1;
  records(b, position);
  epoch(b, position);
  time_entries(b);
  if (context_.transactions)
    if (auto aborted = context_.transactions->take(b)) out_.aborted.push_back(*aborted);
  out_.end = b.next_offset();
}

// Its checksum is right: this is how it was produced.
void Check::records(const record::BatchView& b, uint64_t position) {
  const std::string skip = fmt::format("it was produced so; consumers go on behind it: evlog offsets reset GROUP --to {}", b.next_offset().value());
  record::RecordIterator records(b);
  Offset previous(-1);
  while (const auto r = records.next()) {
    if (r->offset <= previous || r->offset < b.base_offset() || r->offset > b.last_offset()) fault(path_, position, fmt::format("record offset {} is out of order", r->offset.value()), skip);
    previous = r->offset;
  }
  if (auto status = records.status(); !status) fault(path_, position, fmt::format("offset {}: {}", b.base_offset().value(), status.error().message), skip);
}

void Check::epoch(const record::BatchView& b, uint64_t position) {
  const LeaderEpoch epoch = b.partition_leader_epoch(), told = context_.epochs ? context_.epochs->epoch_at(b.base_offset()) : epoch_none;
  if (!doubts_.empty() && doubts_.back().after == epoch_none) doubts_.back().after = epoch;
  const bool agrees = context_.epochs ? told == epoch : epoch >= last_epoch_;
  if (epoch >= LeaderEpoch(0) && !agrees) doubts_.push_back({position, b.base_offset(), last_epoch_, epoch, told});
  else last_epoch_ = epoch;
}

// Epochs rise with the offsets. A batch that its neighbours contradict, or that alone has an epoch nobody told of, is wrong.
void Check::judge_epochs() {
  const fs::path file = path_.parent_path() / "leader-epoch-checkpoint";
  for (const EpochDoubt& d : doubts_) {
    const bool last = d.after == epoch_none, alone = doubts_.size() == 1 && out_.batches > 1;
    const bool batch_is_wrong = d.here < d.before || (!last && d.here > d.after) || alone || !context_.epochs;
    const LeaderEpoch right = d.told != epoch_none ? d.told : d.before;
    if (batch_is_wrong) {
      fault(path_, d.position, fmt::format("offset {}: leader epoch {} where {} belongs", d.offset.value(), d.here.value(), right.value()));
      out_.wrong_epochs.push_back({d.position, right});
    } else if (!out_.epochs_wrong) {
      fault(file, std::nullopt, fmt::format("offset {} is of leader epoch {} in {}, and of {} here", d.offset.value(), d.here.value(), path_.filename().string(), d.told.value()));
      out_.epochs_wrong = true;
    }
  }
}

// Entries name an offset of a batch, usually its last, and where the batch begins. Unused room at the end is zero.
void Check::offset_index(Bytes log, Bytes index) {
  const fs::path file = sibling(".index");
  const size_t before = faults_.size();
  if (index.size() % 8 != 0) fault(file, index.size() - index.size() % 8, fmt::format("{} bytes at its end are no entry", index.size() % 8));
  Offset previous(-1);
  for (size_t at = 0; at + 8 <= index.size(); at += 8) {
    const Offset offset = out_.base + load_be<int32_t>(index.data() + at);
    const auto position = load_be<uint32_t>(index.data() + at + 4);
    const auto rest = index.subspan(at);
    if (at > 0 && offset == out_.base && position == 0 && std::ranges::all_of(rest, [](uint8_t byte) { return byte == 0; })) break;
    // What points into damage was right once.
    if (std::ranges::any_of(out_.damage, [&](const Damage& d) { return position >= d.position && position < d.position + d.size_bytes; })) continue;
    const auto batch = position < log.size() ? record::parse_batch(log.subspan(position)) : fail(ErrorCode::CORRUPT_MESSAGE);
    if (!batch || !batch->check_crc()) fault(file, at, fmt::format("entry {}: no batch begins at position {} of the log", at / 8, position));
    else if (offset < batch->base_offset() || offset > batch->last_offset()) fault(file, at, fmt::format("entry {}: offset {} is not in the batch at position {} of the log", at / 8, offset.value(), position));
    if (offset <= previous) fault(file, at, fmt::format("entry {}: offset {} does not rise", at / 8, offset.value()));
    previous = offset;
  }
  out_.offset_index_wrong = faults_.size() > before;
}

void Check::read_time_index(Bytes index) {
  const fs::path file = sibling(".timeindex");
  const size_t before = faults_.size();
  if (index.size() % 12 != 0) fault(file, index.size() - index.size() % 12, fmt::format("{} bytes at its end are no entry", index.size() % 12));
  for (size_t at = 0; at + 12 <= index.size(); at += 12) {
    const auto rest = index.subspan(at);
    if (std::ranges::all_of(rest, [](uint8_t byte) { return byte == 0; })) break;
    const TimeEntry entry{load_be<int64_t>(index.data() + at), out_.base + load_be<int32_t>(index.data() + at + 8)};
    if (!times_.empty() && entry.timestamp <= times_.back().timestamp) fault(file, at, fmt::format("entry {}: timestamp {} does not rise", at / 12, entry.timestamp));
    if (!times_.empty() && entry.offset < times_.back().offset) fault(file, at, fmt::format("entry {}: offset {} does not rise", at / 12, entry.offset.value()));
    times_.push_back(entry);
  }
  out_.time_index_wrong = faults_.size() > before;
}

// Entries rise with the batches: an entry belongs to the batch that holds its offset, and has its timestamp.
void Check::time_entries(const record::BatchView& b) {
  for (; next_time_ < times_.size() && times_[next_time_].offset <= b.last_offset(); ++next_time_) {
    TimeEntry& entry = times_[next_time_];
    entry.found = entry.offset >= b.base_offset() && entry.timestamp == b.max_timestamp();
  }
}

void Check::report_time_index() {
  const fs::path file = sibling(".timeindex");
  for (size_t i = 0; i < times_.size() && out_.damage.empty() && !out_.time_index_wrong; ++i) {
    if (times_[i].found || (out_.batches == 0 && times_[i].offset == out_.base)) continue;
    fault(file, i * 12, fmt::format("entry {}: no batch at offset {} has {} as its largest timestamp", i, times_[i].offset.value(), times_[i].timestamp));
    out_.time_index_wrong = true;
  }
}

void Check::txn_index(Bytes index) {
  const fs::path file = sibling(".txnindex");
  const size_t before = faults_.size();
  if (index.size() % AbortedTransaction::size_bytes != 0) fault(file, index.size() - index.size() % AbortedTransaction::size_bytes, fmt::format("{} bytes at its end are no entry", index.size() % AbortedTransaction::size_bytes));
  const auto entries = read_txn_index(index);
  for (size_t i = 0; i < entries.size(); ++i) {
    const AbortedTransaction& e = entries[i];
    const auto place = i * AbortedTransaction::size_bytes;
    if (e.version != 0) fault(file, place, fmt::format("entry {}: version {}, only 0 is known", i, e.version));
    else if (e.first > e.last || e.last < out_.base || e.last >= std::max(out_.end, context_.upper == Offset(INT64_MAX) ? out_.end : context_.upper)) fault(file, place, fmt::format("entry {}: offsets {} to {} are not of this segment", i, e.first.value(), e.last.value()));
  }
  const auto same = [](const AbortedTransaction& a, const AbortedTransaction& b) { return a.producer == b.producer && a.first == b.first && a.last == b.last; };
  const bool comparable = context_.transactions && !context_.compacted && !out_.thinned && out_.damage.empty();
  if (comparable && faults_.size() == before && !std::ranges::equal(entries, out_.aborted, same))
    fault(file, std::nullopt, fmt::format("names {} aborted transactions; the log has {} that do not all agree with them", entries.size(), out_.aborted.size()));
  out_.txn_index_wrong = faults_.size() > before;
}

}  // namespace

SegmentReport check_segment(const fs::path& log_path, SegmentContext context, Faults& faults) { return Check(log_path, std::move(context), faults).run(); }

}  // namespace evlog::cmd

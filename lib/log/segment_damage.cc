// Segment: what is read is looked at first. Bytes that lay on the disk before this process began may have rotten since: they are
// checked once, before they are sent. An index entry is believed when the batch it points to agrees with it.
// Happy path of check: skip what was written or checked by this process - walk the rest, whole batches through a window - note it as
// checked. Ways to fail: a batch is damaged (what lies before it is still good), the device cannot be read.
#include <algorithm>

#include "base/mutant.h"
#include "log/segment.h"

namespace evlog::log {

namespace {
constexpr size_t check_window_bytes = 256_KiB, resync_bytes_max = 4_MiB;
constexpr uint32_t entries_tried_max = 16;
}  // namespace

Error Segment::damage(uint64_t position, std::string_view what) {
  std::string text = fmt::format("{} is damaged at position {}: {}. What lies before and behind it can be read. To mend: stop the server and run evlog repair {}", log_path_, position, what,
                                 log_path_.substr(0, log_path_.rfind('/')));
  if (told_damage_.insert(position).second) notes_.push_back(text);
  return Error{ErrorCode::CORRUPT_MESSAGE, std::move(text)};
}

void Segment::note_wrong_index(const std::string& path, uint32_t entry) {
  if (!told_wrong_indexes_.insert(path).second) return;
  notes_.push_back(fmt::format("{} is wrong at entry {}: it does not agree with the log. It is passed over; to have it made again: stop the server and run evlog repair {}", path, entry,
                               path.substr(0, path.rfind('/'))));
}

io::task<Result<std::optional<Segment::Header>>> Segment::header_at(uint64_t position) {
  if (position + record::header_size > size_) co_return std::optional<Header>{};
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  uint8_t bytes[record::header_size];
  auto got = (*opened)->try_read(position, {bytes, sizeof bytes});
  if (got && *got == io::would_block) got = co_await (*opened)->read(position, {bytes, sizeof bytes});
  if (!got) co_return fail(std::move(got.error()), "{}", log_path_);
  const record::Probe probe = record::probe_batch({bytes, *got});
  if (*got < sizeof bytes || probe.front == record::Front::corrupt || probe.magic != record::magic_current || position + probe.size_bytes > size_) co_return std::optional<Header>{};
  const record::BatchView batch({bytes, sizeof bytes});
  co_return Header{batch.base_offset(), batch.last_offset(), batch.max_timestamp()};
}

// Nothing that is wanted lies before a batch that begins at or below the entry's offset. An entry that does not keep to this is
// passed over, for the one before it.
io::task<Result<uint32_t>> Segment::position_below(Offset offset) {
  auto below = co_await offsets_.count_below(offset);
  if (!below) co_return fail(below.error());
  for (uint32_t tried = 0; *below > 0 && tried < entries_tried_max; ++tried, --*below) {
    const auto entry = co_await offsets_.entry(*below - 1);
    if (!entry) co_return fail(entry.error());
    if (mutant(22)) co_return entry->position;  // planted fault: an index is believed, whatever the log says
    const auto header = co_await header_at(entry->position);
    if (!header) co_return fail(header.error());
    const bool below_it = entry->offset <= offset;  // not so where a wrong entry misled the search
    if (below_it && *header && (*header)->base_offset <= entry->offset && (*header)->base_offset >= base_) {
      if ((*header)->last_offset >= entry->offset || *below == 1 || tried > 0) co_return entry->position;
      continue;  // a batch that ends below its entry is looked at with the one before it in view
    }
    if (!below_it) continue;
    note_wrong_index(offsets_.file().path(), *below - 1);
  }
  co_return 0u;
}

// As an index of what is looked for by time: the last entry must be of a batch with its timestamp.
io::task<Result<bool>> Segment::agrees(TimeIndex::Entry entry) {
  const auto from = co_await position_below(entry.offset);
  if (!from) co_return fail(from.error());
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  BatchWalker walker(*opened, *from, size_, BatchWalker::Need::headers, 4_KiB);
  for (auto step = walker.step(); step == BatchWalker::Step::batch || step == BatchWalker::Step::more; step = walker.step()) {
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()), "{}", log_path_);
    } else if (walker.batch().last_offset() >= entry.offset) {
      co_return walker.batch().base_offset() <= entry.offset && walker.batch().max_timestamp() == entry.timestamp_ms;
    }
  }
  co_return false;
}

io::task<Result<TimeIndex::Entry>> Segment::time_at_or_before(int64_t timestamp_ms) {
  const auto entry = co_await times_.at_or_before(timestamp_ms);
  if (!entry || entry->timestamp_ms < 0) co_return entry;
  const auto sound = co_await agrees(*entry);
  if (!sound) co_return fail(sound.error());
  if (*sound) co_return *entry;
  note_wrong_index(times_.file().path(), 0);
  co_return TimeIndex::Entry{-1, base_};
}

// Two batches cannot have the same offset: where the one behind begins within this one, and this one does not follow the one before,
// this one's offset is wrong, which no checksum covers.
io::task<Result<bool>> Segment::contradicted(const record::BatchView& batch, uint64_t next_position, std::optional<Offset> expected) {
  const Offset base = batch.base_offset(), last = batch.last_offset();
  if (expected == base || next_position >= trusted_from_) co_return false;
  const auto next = co_await header_at(next_position);
  if (!next) co_return fail(next.error());
  co_return *next && (*next)->base_offset <= last && (*next)->base_offset > expected.value_or(base - 1);
}

// The next batch behind damage, found by its bytes: whole, with its checksum, at an offset that is still to come.
io::task<Result<std::optional<uint64_t>>> Segment::resync(uint64_t damaged_at, Offset least) {
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  Buffer bytes(static_cast<size_t>(std::min<uint64_t>(size_ - damaged_at, resync_bytes_max)));
  const auto got = co_await (*opened)->read(damaged_at, bytes.mutable_bytes());
  if (!got) co_return fail(got.error(), "{}", log_path_);
  for (size_t at = 1; at + record::header_size <= *got; ++at) {
    if (bytes.data()[at + record::at::magic] != static_cast<uint8_t>(record::magic_current)) continue;
    const auto batch = record::parse_batch(bytes.bytes().first(*got).subspan(at));
    if (batch && batch->base_offset() >= least && batch->last_offset_delta() >= 0 && batch->check_crc()) co_return damaged_at + at;
  }
  co_return std::optional<uint64_t>{};
}

uint64_t Segment::checked_to(uint64_t position) const {
  if (position >= trusted_from_) return UINT64_MAX;
  const auto above = checked_.upper_bound(position);
  if (above == checked_.begin()) return position;
  const uint64_t to = std::prev(above)->second;
  return to >= trusted_from_ ? UINT64_MAX : std::max(position, to);
}

void Segment::note_checked(uint64_t from, uint64_t to) {
  auto at = checked_.upper_bound(from);
  if (at != checked_.begin() && std::prev(at)->second >= from) --at, from = at->first, to = std::max(to, at->second), at = checked_.erase(at);
  while (at != checked_.end() && at->first <= to) to = std::max(to, at->second), at = checked_.erase(at);
  checked_[from] = to;
}

void Segment::forget_checked(uint64_t from) {
  trusted_from_ = std::min(trusted_from_, from);
  checked_.erase(checked_.lower_bound(from), checked_.end());
  if (!checked_.empty()) checked_.rbegin()->second = std::min(checked_.rbegin()->second, from);
}

io::task<Result<uint64_t>> Segment::check(uint64_t from, uint64_t to) {
  const uint64_t begin = checked_to(from);
  if (begin >= to) co_return to;
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  BatchWalker walker(*opened, begin, size_, BatchWalker::Need::whole_batches, check_window_bytes);
  Offset least = base_;
  for (;;) {
    const auto step = walker.step();
    const uint64_t position = walker.position();
    // What is in the window anyhow is looked at too: the next reader has it behind him.
    if (step == BatchWalker::Step::end || (step == BatchWalker::Step::more && position >= to)) break;
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()), "{}", log_path_);
      continue;
    }
    std::string wrong = step == BatchWalker::Step::bad ? walker.reason() : "";
    if (wrong.empty()) {
      const auto batch = walker.batch();
      if (auto sound = batch.check_crc(); !sound) wrong = fmt::format("offset {}: {}", batch.base_offset().value(), sound.error().message);
      else if (batch.base_offset() < least) wrong = fmt::format("offset {} where at least {} must follow", batch.base_offset().value(), least.value());
      else least = batch.next_offset();
    }
    if (!wrong.empty()) {
      if (position >= to) break;  // told to whoever reads it
      auto error = damage(position, wrong);
      if (position == from) co_return fail(std::move(error));
      co_return position;
    }
    note_checked(position, walker.next_position());
  }
  co_return to;
}

}  // namespace evlog::log

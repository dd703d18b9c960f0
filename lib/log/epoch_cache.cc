#include "log/epoch_cache.h"

#include <algorithm>

#include "log/checkpoint_text.h"

namespace evlog::log {

Result<EpochCache> EpochCache::parse(std::string_view text) {
  auto lines = parse_checkpoint_text(text);
  if (!lines) return fail(std::move(lines.error()));
  EpochCache cache;
  for (const auto line : *lines) {
    const auto fields = split_fields(line);
    const auto epoch = fields.size() == 2 ? parse_int(fields[0]) : std::nullopt;
    const auto start = fields.size() == 2 ? parse_int(fields[1]) : std::nullopt;
    if (!epoch || !start || *epoch < 0 || *epoch > INT32_MAX || *start < 0) return fail(ErrorCode::CORRUPT_MESSAGE, "not an epoch and an offset: {}", quoted_text(line));
    const EpochEntry entry{LeaderEpoch(static_cast<int32_t>(*epoch)), Offset(*start)};
    if (!cache.entries_.empty() && (entry.epoch <= cache.latest() || entry.start_offset < cache.entries_.back().start_offset)) {
      return fail(ErrorCode::CORRUPT_MESSAGE, "epochs and offsets do not rise: {}", quoted_text(line));
    }
    cache.entries_.push_back(entry);
  }
  return cache;
}

EpochCache EpochCache::of(std::vector<EpochEntry> entries) {
  EpochCache cache;
  cache.entries_ = std::move(entries);
  return cache;
}

std::string EpochCache::format() const {
  std::string text = fmt::format("0\n{}\n", entries_.size());
  for (const auto& entry : entries_) text += fmt::format("{} {}\n", entry.epoch.value(), entry.start_offset.value());
  return text;
}

std::optional<Offset> EpochCache::latest_start() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.back().start_offset;
}

void EpochCache::assign(LeaderEpoch epoch, Offset start) {
  if (epoch <= latest()) return;
  std::erase_if(entries_, [&](const EpochEntry& entry) { return entry.start_offset >= start; });
  entries_.push_back({epoch, start});
  dirty_ = true;
}

EpochEnd EpochCache::end_offset_for(LeaderEpoch epoch, Offset log_end) const {
  if (entries_.empty() || epoch == epoch_none || epoch > latest()) return {};
  if (epoch == latest()) return {epoch, log_end};
  const auto higher = std::upper_bound(entries_.begin(), entries_.end(), epoch,
                                       [](LeaderEpoch e, const EpochEntry& entry) { return e < entry.epoch; });
  // Below the first one that is known, its own number comes back: the caller's log ends where ours begins to know.
  const LeaderEpoch found = higher == entries_.begin() ? epoch : std::prev(higher)->epoch;
  return {found, higher->start_offset};
}

LeaderEpoch EpochCache::epoch_at(Offset offset) const {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                      [](Offset o, const EpochEntry& entry) { return o < entry.start_offset; });
  return after == entries_.begin() ? epoch_none : std::prev(after)->epoch;
}

void EpochCache::truncate_from_end(Offset end) {
  if (std::erase_if(entries_, [end](const EpochEntry& entry) { return entry.start_offset >= end; }) > 0) dirty_ = true;
}

void EpochCache::truncate_from_start(Offset start) {
  const LeaderEpoch holder = epoch_at(start);
  if (holder == epoch_none || entries_.front().start_offset == start) return;
  std::erase_if(entries_, [&](const EpochEntry& entry) { return entry.epoch < holder; });
  if (entries_.front().start_offset == start) { dirty_ = true; return; }
  entries_.front().start_offset = start;
  dirty_ = true;
}

void EpochCache::clear() {
  dirty_ |= !entries_.empty();
  entries_.clear();
}

}  // namespace evlog::log

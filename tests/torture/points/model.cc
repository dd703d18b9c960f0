#include "torture/points/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace evlog::torture {
namespace {

using Log = Model::Log;

std::optional<std::string> judge_compacted(const Log& log, const std::map<std::string, size_t>& newest_found) {
  std::map<std::string, size_t> newest_acked;
  for (size_t i = 0; i < log.sent.size(); ++i)
    if (log.sent[i].acked_at) newest_acked[log.sent[i].key] = i;
  for (const auto& [key, at] : newest_acked) {
    const auto found = newest_found.find(key);
    if (found == newest_found.end() || found->second < at) return fmt::format("lost: key {}, whose value {} was acknowledged", key, log.sent[at].value);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Model::judge(const Place& place, int64_t log_start, const std::vector<Stored>& stored) const {
  const auto known = logs.find(place);
  if (known == logs.end()) return stored.empty() ? std::nullopt : std::optional(fmt::format("{} holds records that nobody wrote", place.text()));
  const Log& log = known->second;
  if (log_start < log.start_acked) return fmt::format("{} begins at {}, though it was cut at {}", place.text(), log_start, log.start_acked);
  if (!log.shortened && log_start > std::max(log.start_asked, log.start_acked)) return fmt::format("{} begins at {}, which nobody asked for", place.text(), log_start);
  std::map<std::string, size_t> by_value;
  for (size_t i = 0; i < log.sent.size(); ++i) by_value[log.sent[i].value] = i;
  std::vector<bool> found(log.sent.size());
  std::map<std::string, size_t> newest;
  int64_t last_offset = -1;
  size_t next = 0;
  for (const Stored& record : stored) {
    const auto at = by_value.find(record.value);
    if (at == by_value.end()) return fmt::format("{} holds at {} what nobody wrote: {}", place.text(), record.offset, record.value);
    const Sent& sent = log.sent[at->second];
    if (record.offset <= last_offset) return fmt::format("{}: offset {} behind {}", place.text(), record.offset, last_offset);
    if (found[at->second]) return fmt::format("dup: {} holds {} twice", place.text(), record.value);
    if (at->second < next) return fmt::format("reordered: {} holds {} too late", place.text(), record.value);
    if (sent.acked_at && *sent.acked_at != record.offset) return fmt::format("{}: {} lies at {}, acknowledged at {}", place.text(), record.value, record.offset, *sent.acked_at);
    if (sent.key != record.key) return fmt::format("{}: {} has the key {}", place.text(), record.value, record.key);
    found[at->second] = true;
    newest[record.key] = at->second;
    next = at->second + 1;
    last_offset = record.offset;
  }
  if (log.compacted) return judge_compacted(log, newest);
  for (size_t i = 0; i < log.sent.size(); ++i)
    if (log.sent[i].acked_at && *log.sent[i].acked_at >= log_start && !found[i]) return fmt::format("lost: {} at {} of {}", log.sent[i].value, *log.sent[i].acked_at, place.text());
  return std::nullopt;
}

std::optional<std::string> Model::judge_commit(const Place& place, int64_t offset) const {
  const auto known = commits.find(place);
  const Commit none;
  const Commit& commit = known == commits.end() ? none : known->second;
  if (offset == commit.acked || std::ranges::find(commit.asked, offset) != commit.asked.end()) return std::nullopt;
  return fmt::format("offset-back: {} of {} was committed, {} is answered", commit.acked, place.text(), offset);
}

}  // namespace evlog::torture

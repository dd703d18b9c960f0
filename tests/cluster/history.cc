#include "cluster/history.h"

#include <algorithm>
#include <charconv>

namespace evlog::cluster_test {
namespace {

// "p3:17:xxxx" -> "p3", 17
std::pair<std::string, int64_t> producer_and_counter(const std::string& value) {
  const size_t first = value.find(':'), second = value.find(':', first + 1);
  int64_t counter = -1;
  if (first != std::string::npos && second != std::string::npos) std::from_chars(value.data() + first + 1, value.data() + second, counter);
  return {value.substr(0, first), counter};
}

std::string shown(const std::string& value) { return value.substr(0, 24); }

}  // namespace

void History::sent(const PartitionName& where, const std::string& value, bool idempotent) {
  auto& content = content_[where];
  content.sent.insert(value);
  if (idempotent) content.idempotent.insert(value);
}

uint64_t History::losses() const {
  const auto& counters = world_.counters();
  return promises_.memory ? counters.power_cuts + counters.sync_failures : 0;
}

void History::place(const PartitionName& where, int64_t offset, const std::string& value, const char* how, uint64_t losses_before) {
  auto& content = content_[where];
  if (!content.sent.contains(value)) return fail(fmt::format("{} has at {} what nobody sent there: {}", where.text(), offset, shown(value)));
  if (losses_before != losses()) return;
  const auto [there, fresh] = content.at.try_emplace(offset, value, how, losses_before);
  if (!fresh && there->second.losses != losses_before) there->second = {value, how, losses_before};
  if (there->second.value != value)
    return fail(fmt::format("{} at {}: {} is {}, and was {} {}", where.text(), offset, shown(value), how, shown(there->second.value), there->second.how));
  if (!content.idempotent.contains(value) || promises_.memory) return;
  const auto [known, first] = content.offset_of.try_emplace(value, offset);
  // A producer whose records are gone, state included, may have written them again.
  if (!first && may_begin_at(where, known->second + 1)) known->second = offset;
  if (known->second != offset)
    fail(fmt::format("{}: {} of an idempotent producer is at {} and at {}", where.text(), shown(value), known->second, offset));
}

void History::acknowledged(const PartitionName& where, int64_t offset, const std::string& value, uint64_t losses_before) {
  ++acknowledged_count_;
  place(where, offset, value, "acknowledged", losses_before);
}

void History::trim_asked(const PartitionName& where, std::optional<int64_t> before) {
  auto& most = content_[where].start_most;
  most = std::max(most, before.value_or(INT64_MAX));
}

void History::trimmed(const PartitionName& where, int64_t low_watermark) {
  ++trims_;
  auto& least = content_[where].start_least;
  least = std::max(least, low_watermark);
}

int64_t History::start_least(const PartitionName& where) const {
  const auto found = content_.find(where);
  return found == content_.end() ? 0 : found->second.start_least;
}

bool History::may_begin_at(const PartitionName& where, int64_t offset) const {
  const auto found = content_.find(where);
  return promises_.retained || offset <= (found == content_.end() ? 0 : found->second.start_most);
}

void History::acknowledged_somewhere(const PartitionName& where, const std::string& value) { content_[where].somewhere.insert(value); }

void History::seen(const PartitionName& where, int64_t offset, const std::string& value, uint64_t losses_before) {
  ++seen_count_;
  place(where, offset, value, "read", losses_before);
}

int64_t History::promised_end(const PartitionName& where) const {
  const auto found = content_.find(where);
  if (found == content_.end()) return 0;
  const auto& at = found->second.at;
  const auto last = std::find_if(at.rbegin(), at.rend(), [&](const auto& entry) { return entry.second.losses == losses(); });
  return last == at.rend() ? 0 : last->first + 1;
}

void History::check_all(const PartitionName& where, int64_t begin, const std::map<int64_t, std::string>& content) {
  auto& promised = content_[where];
  if (begin < promised.start_least) return fail(fmt::format("{} begins at {}, though all below {} was acknowledged as deleted", where.text(), begin, promised.start_least));
  if (!may_begin_at(where, begin)) return fail(fmt::format("{} begins at {}, though nobody asked for more than {} to be deleted", where.text(), begin, promised.start_most));
  for (const auto& [offset, placed] : promised.at)
    if (offset >= begin && placed.losses == losses() && !content.contains(offset)) return fail(fmt::format("{} at {}: {} was {} and is lost", where.text(), offset, shown(placed.value), placed.how));
  std::map<std::string, int64_t> counter_last;
  for (const auto& [offset, value] : content) {
    place(where, offset, value, "there at the end", losses());
    promised.somewhere.erase(value);
    if (!promised.idempotent.contains(value) || promises_.memory || begin > 0) continue;
    const auto [producer, counter] = producer_and_counter(value);
    const auto [last, first] = counter_last.try_emplace(producer, counter);
    if (!first && last->second >= counter) return fail(fmt::format("{} at {}: {} stands behind number {}", where.text(), offset, shown(value), last->second));
    last->second = counter;
  }
  const bool all_there = begin == 0 && !promises_.memory;
  if (all_there && !promised.somewhere.empty()) fail(fmt::format("{}: {} was acknowledged as a duplicate and is lost", where.text(), shown(*promised.somewhere.begin())));
}

size_t History::commit_begins(const Register& which, std::optional<int64_t> value) {
  auto& commits = commits_[which];
  if (commits.empty()) commits.push_back({std::nullopt, Duration::zero(), Duration::zero(), Outcome::done});  // there was nothing
  commits.push_back({value, world_.now(), std::nullopt});
  return commits.size() - 1;
}

void History::commit_ends(const Register& which, size_t commit, Outcome outcome) {
  auto& one = commits_[which][commit];
  one.outcome = outcome;
  if (outcome != Outcome::unknown) one.ended = world_.now();
  if (outcome == Outcome::done) ++commits_done_;
}

// A value is stale when a commit that began after its own acknowledgement was acknowledged before the read began. One without an answer
// may take effect at any time, also late. A deletion commits "nothing", which several can have done: one that is not stale will do.
void History::read_back(const Register& which, Duration begun, std::optional<int64_t> value) {
  const auto found = commits_.find(which);
  const auto shown = [](const std::optional<int64_t>& v) { return v ? std::to_string(*v) : std::string("nothing"); };
  const std::string name = fmt::format("group {} {}", which.group, which.where.text());
  if (found == commits_.end()) return value ? fail(fmt::format("{}: {} was never committed", name, *value)) : void();
  const auto& commits = found->second;
  Duration replaced_from = Duration::zero();  // the value read must not have ended before
  std::optional<int64_t> by;
  for (const Commit& one : commits)
    if (one.outcome == Outcome::done && *one.ended < begun && one.begun >= replaced_from) replaced_from = one.begun, by = one.value;
  bool known = false, refused = true;
  for (const Commit& one : commits) {
    if (one.value != value) continue;
    known = true;
    if (one.outcome == Outcome::refused) continue;
    refused = false;
    if (one.outcome == Outcome::unknown || *one.ended >= replaced_from) return;
  }
  if (!known) return fail(fmt::format("{}: {} was never committed", name, shown(value)));
  if (refused) return fail(fmt::format("{}: {} was refused and is there", name, shown(value)));
  fail(fmt::format("{}: {} is read back, but {} was committed after it and acknowledged", name, shown(value), shown(by)));
}

int32_t History::generation_floor(const std::string& group) const {
  const auto found = generation_last_.find(group);
  return found == generation_last_.end() ? 0 : found->second;
}

// A group that everybody left and that has no offsets, or no more, is forgotten, as in Kafka, and begins anew.
bool History::may_be_forgotten(const std::string& group) const {
  const auto kept = [](const Commit& one) { return one.value && one.outcome == Outcome::done; };
  const auto deleted = [](const Commit& one) { return !one.value && one.begun > Duration::zero(); };
  return std::ranges::none_of(commits_, [&](const auto& entry) {
    return entry.first.group == group && std::ranges::any_of(entry.second, kept) && std::ranges::none_of(entry.second, deleted);
  });
}

void History::joined(const std::string& group, int32_t floor_when_asked, int32_t generation) {
  if (generation < floor_when_asked && may_be_forgotten(group)) {
    generation_last_.erase(group);
    std::erase_if(generations_, [&](const auto& entry) { return entry.first.first == group; });
  } else if (generation < floor_when_asked)
    fail(fmt::format("group {}: a join gave generation {}, though {} had been completed before it was asked", group, generation, floor_when_asked));
}

void History::assigned(const std::string& group, int32_t generation, const std::string& assignment_name) {
  const auto [there, fresh] = generations_.try_emplace({group, generation}, assignment_name);
  if (!fresh && may_be_forgotten(group)) there->second = assignment_name;
  if (there->second != assignment_name)
    return fail(fmt::format("group {}: generation {} has two assignments, {} and {}", group, generation, there->second, assignment_name));
  auto& last = generation_last_[group];
  last = std::max(last, generation);
}

void History::producer_id(int64_t id, int16_t epoch) {
  if (!producer_ids_.emplace(id, epoch).second) fail(fmt::format("producer id {} epoch {} is given twice", id, epoch));
}

}  // namespace evlog::cluster_test

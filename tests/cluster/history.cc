#include "cluster/history.h"

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

void History::place(const PartitionName& where, int64_t offset, const std::string& value, const char* how) {
  auto& content = content_[where];
  if (!content.sent.contains(value)) return fail(fmt::format("{} has at {} what nobody sent there: {}", where.text(), offset, shown(value)));
  const auto [there, fresh] = content.at.try_emplace(offset, value, how);
  if (!fresh && there->second.value != value)
    return fail(fmt::format("{} at {}: {} is {}, and was {} {}", where.text(), offset, shown(value), how, shown(there->second.value), there->second.how));
  if (!content.idempotent.contains(value)) return;
  const auto [known, first] = content.offset_of.try_emplace(value, offset);
  if (!first && known->second != offset)
    fail(fmt::format("{}: {} of an idempotent producer is at {} and at {}", where.text(), shown(value), known->second, offset));
}

void History::acknowledged(const PartitionName& where, int64_t offset, const std::string& value) {
  ++acknowledged_count_;
  place(where, offset, value, "acknowledged");
}

void History::acknowledged_somewhere(const PartitionName& where, const std::string& value) { content_[where].somewhere.insert(value); }

void History::seen(const PartitionName& where, int64_t offset, const std::string& value) {
  ++seen_count_;
  place(where, offset, value, "read");
}

int64_t History::promised_end(const PartitionName& where) const {
  const auto found = content_.find(where);
  return found == content_.end() || found->second.at.empty() ? 0 : found->second.at.rbegin()->first + 1;
}

void History::check_all(const PartitionName& where, const std::map<int64_t, std::string>& content) {
  auto& promised = content_[where];
  for (const auto& [offset, placed] : promised.at)
    if (!content.contains(offset)) return fail(fmt::format("{} at {}: {} was {} and is lost", where.text(), offset, shown(placed.value), placed.how));
  std::map<std::string, int64_t> counter_last;
  for (const auto& [offset, value] : content) {
    place(where, offset, value, "there at the end");
    promised.somewhere.erase(value);
    if (!promised.idempotent.contains(value)) continue;
    const auto [producer, counter] = producer_and_counter(value);
    const auto [last, first] = counter_last.try_emplace(producer, counter);
    if (!first && last->second >= counter) return fail(fmt::format("{} at {}: {} stands behind number {}", where.text(), offset, shown(value), last->second));
    last->second = counter;
  }
  if (!promised.somewhere.empty()) fail(fmt::format("{}: {} was acknowledged as a duplicate and is lost", where.text(), shown(*promised.somewhere.begin())));
}

size_t History::commit_begins(const Register& which, std::optional<int64_t> value) {
  auto& commits = commits_[which];
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
  if (commits.empty()) commits.push_back({std::nullopt, Duration::zero(), Duration::zero(), Outcome::done});  // there was nothing
}

void History::joined(const std::string& group, int32_t floor_when_asked, int32_t generation) {
  if (generation < floor_when_asked)
    fail(fmt::format("group {}: a join gave generation {}, though {} had been completed before it was asked", group, generation, floor_when_asked));
}

void History::assigned(const std::string& group, int32_t generation, const std::string& assignment_name) {
  const auto [there, fresh] = generations_.try_emplace({group, generation}, assignment_name);
  if (!fresh && there->second != assignment_name)
    return fail(fmt::format("group {}: generation {} has two assignments, {} and {}", group, generation, there->second, assignment_name));
  auto& last = generation_last_[group];
  last = std::max(last, generation);
}

void History::producer_id(int64_t id, int16_t epoch) {
  if (!producer_ids_.emplace(id, epoch).second) fail(fmt::format("producer id {} epoch {} is given twice", id, epoch));
}

}  // namespace evlog::cluster_test

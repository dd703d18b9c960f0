#include "cluster/ledger.h"

#include <algorithm>

namespace evlog::cluster_test {

namespace { std::string shown(const std::string& value) { return value.substr(0, 24); } }

void Ledger::place(const PartitionName& where, int64_t offset, Value& value, const std::string& text) {
  if (value.where != where) return fail(fmt::format("{} has {}, which was sent to {}", where.text(), shown(text), value.where.text()));
  if (value.offset >= 0 && value.offset != offset) return fail(fmt::format("{}: {} is at {} and at {}", where.text(), shown(text), value.offset, offset));
  value.offset = offset;
}

void Ledger::acknowledged(const PartitionName& where, int64_t offset, const std::string& text) {
  Value& value = values_.at(text);
  place(where, offset, value, text);
  auto& first = transactions_[value.transaction].first.try_emplace(where, offset).first->second;
  first = std::min(first, offset);
}

void Ledger::decided(size_t transaction, bool commit) { transactions_[transaction].state = commit ? State::committing : State::aborting; }

void Ledger::ended(size_t transaction) { ++(transactions_[transaction].state == State::committing ? committed_ : aborted_); }

void Ledger::stable(const PartitionName& where, Told before, Told now) {
  if (now.last_stable > now.high_watermark)
    return fail(fmt::format("{}: the last stable offset {} is above the high watermark {}", where.text(), now.last_stable, now.high_watermark));
  if (now.last_stable < before.last_stable)
    return fail(fmt::format("{}: the last stable offset is {}, and was {}", where.text(), now.last_stable, before.last_stable));
  for (const auto& transaction : transactions_) {
    if (transaction.state != State::open) continue;
    const auto first = transaction.first.find(where);
    if (first != transaction.first.end() && first->second < now.last_stable)
      return fail(fmt::format("{}: the last stable offset is {}, but a transaction is open since {}", where.text(), now.last_stable, first->second));
  }
}

void Ledger::seen(const PartitionName& where, int64_t offset, const std::string& text) {
  const auto found = values_.find(text);
  if (found == values_.end()) return fail(fmt::format("{} has at {} what nobody sent there: {}", where.text(), offset, shown(text)));
  place(where, offset, found->second, text);
  const State state = transactions_[found->second.transaction].state;
  if (state == State::committing) return;
  fail(fmt::format("{} at {}: {} is shown though its transaction is {}", where.text(), offset, shown(text), state == State::open ? "undecided" : "aborted"));
}

void Ledger::check_all(const PartitionName& where, const std::map<int64_t, std::string>& content) {
  for (const auto& [text, value] : values_) {
    if (value.where != where || value.offset < 0 || transactions_[value.transaction].state != State::committing) continue;
    const auto found = content.find(value.offset);
    if (found == content.end()) return fail(fmt::format("{} at {}: {} was committed and is not shown", where.text(), value.offset, shown(text)));
    if (found->second != text) return fail(fmt::format("{} at {}: {} was committed, {} is shown", where.text(), value.offset, shown(text), shown(found->second)));
  }
  std::set<std::string> once;
  for (const auto& [offset, text] : content)
    if (!once.insert(text).second) return fail(fmt::format("{} at {}: {} is shown twice", where.text(), offset, shown(text)));
}

}  // namespace evlog::cluster_test

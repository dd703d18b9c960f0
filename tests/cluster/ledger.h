// Ledger: the judge of transactions. It knows what each wrote, what was decided for it and when, and what read_committed readers were
// shown: never a record whose transaction is undecided or aborted, at the end every record of the committed ones, each once, in order.
// The last stable offset is never above the high watermark, never goes back, and never passes an open transaction. Durable topics only.
#pragma once

#include <map>
#include <string>

#include "cluster/history.h"

namespace evlog::cluster_test {

class Ledger {
 public:
  explicit Ledger(io::sim::World& world) : world_(world) {}

  size_t begin() { transactions_.emplace_back(); return transactions_.size() - 1; }
  void sent(size_t transaction, const PartitionName& where, const std::string& value) { values_[value] = {transaction, where, -1}; }
  void acknowledged(const PartitionName& where, int64_t offset, const std::string& value);
  void decided(size_t transaction, bool commit);  // before the first marker is sent
  void ended(size_t transaction);                 // all markers are acknowledged

  struct Told { int64_t last_stable = 0, high_watermark = 0; };
  // `before`: what this reader was told last.
  void stable(const PartitionName& where, Told before, Told now);
  void seen(const PartitionName& where, int64_t offset, const std::string& value);
  // All that was seen from the beginning to the end, when everything has ended.
  void check_all(const PartitionName& where, const std::map<int64_t, std::string>& content);

  uint64_t committed() const { return committed_; }
  uint64_t aborted() const { return aborted_; }

 private:
  enum class State { open, committing, aborting };
  struct Transaction { State state = State::open; std::map<PartitionName, int64_t> first; };
  struct Value { size_t transaction; PartitionName where; int64_t offset; };
  void fail(const std::string& what) { world_.fail(what); }
  void place(const PartitionName& where, int64_t offset, Value& value, const std::string& text);

  io::sim::World& world_;
  std::vector<Transaction> transactions_;
  std::map<std::string, Value> values_;
  uint64_t committed_ = 0, aborted_ = 0;
};

}  // namespace evlog::cluster_test

// What evlog repair would do, from what the checks found: one step for each thing that is wrong, in the order they are done.
// Offsets never change, and nothing is deleted: what is taken out of a file lies beside it afterwards.
#pragma once

#include <functional>
#include <vector>

#include "evlog/failure.h"
#include "evlog/inspect/directory_check.h"

namespace evlog::cmd {

struct Loss {
  std::optional<OffsetGap> offsets;       // that are no longer in the log
  std::optional<int64_t> records;         // of them, where it can be told
  uint64_t bytes = 0;                     // that are set aside
  bool told = false;                      // by an earlier step
};

struct RepairStep {
  Fault fault;
  std::string action;                     // "cut out …, kept as …"
  Loss loss;
  std::function<Expected<void>()> work;   // nothing: evlog repair leaves this alone, and `action` says what to do
};

struct RepairOptions {
  bool lose_metadata = false;             // cut the metadata log where it is damaged, with every decision behind it
};

class RepairPlan {
 public:
  void directory(const std::filesystem::path& directory, const DirectoryFacts& facts);  // its files, not its partitions
  void partition(const PartitionReport& report, const PartitionFacts& partition, const DirectoryFacts& facts, RepairOptions options);
  const std::vector<RepairStep>& steps() const { return steps_; }

 private:
  class PartitionPlan;
  std::vector<RepairStep> steps_;
};

}  // namespace evlog::cmd

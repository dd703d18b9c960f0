// What --verify looks for in a segment and its indexes, as sentences. Pure, over bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "record/batch.h"

namespace evlog::cmd {

// What the batches of one .log file say, gathered while they are walked.
class SegmentCheck {
 public:
  explicit SegmentCheck(Offset base) : base_(base) {}
  void batch(const record::BatchView& batch, size_t position);   // checksum, order, counts, every record
  void end(const std::string& why, size_t position);             // the file ends with something that is no batch
  void offset_index(Bytes index);
  void time_index(Bytes index);
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  template <class... Args>
  void fault(fmt::format_string<Args...> text, Args&&... args) {
    faults_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  void check_records(const record::BatchView& batch, size_t position);

  Offset base_;
  Offset next_ = Offset(-1);
  std::map<size_t, std::pair<Offset, Offset>> places_;  // position -> first and last offset
  std::map<Offset, int64_t> last_offsets_;              // last offset -> largest timestamp
  std::vector<std::string> faults_;
};

}  // namespace evlog::cmd

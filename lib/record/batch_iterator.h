// Walks the batches that lie one behind another in some bytes: a produce request's records, a fetch answer, a piece of a
// segment. It never looks past a batch that it cannot measure. Checksums are the caller's: view.check_crc().
#pragma once

#include "record/batch.h"

namespace evlog::record {

class BatchIterator {
 public:
  explicit BatchIterator(Bytes batches) : bytes_(batches) {}

  std::optional<BatchView> next();  // nothing at the stop; then stop() says which

  enum class Stop {
    none,        // not there yet
    end,         // the bytes end with the last batch
    incomplete,  // what is left is the beginning of a batch
    corrupt,     // what is left is no batch: error() says why
  };
  Stop stop() const { return stop_; }
  size_t position() const { return position_; }  // where the next batch would begin; at a stop, the end of the last whole batch
  size_t size_needed() const { return size_needed_; }  // incomplete: bytes from position() that the batch needs, 0 if unknown
  const Error& error() const { return error_; }

 private:
  Bytes bytes_;
  size_t position_ = 0;
  size_t size_needed_ = 0;
  Stop stop_ = Stop::none;
  Error error_;
};

}  // namespace evlog::record

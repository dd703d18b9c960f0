// Walks a segment's bytes as pieces: sound batches, and damage between them. A batch is sound when it is whole, its checksum is
// right and its offset stands where it must: the offset is outside the checksum, so one that its neighbours contradict is damage.
// Behind damage the walk goes on at the next sound batch, found by its bytes. Pure; everything is checked, nothing believed.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "record/batch.h"

namespace evlog::cmd {

struct Piece {
  size_t position = 0;
  size_t size_bytes = 0;
  std::optional<record::BatchView> batch;  // sound; nothing: damage
  std::string why;                         // of damage
};

class SegmentWalk {
 public:
  // Offsets lie in [base, upper).
  SegmentWalk(Bytes file, Offset base, Offset upper = Offset(INT64_MAX)) : file_(file), expected_(base), upper_(upper) {}

  std::optional<Piece> next();      // nothing at the end
  Offset expected() const { return expected_; }  // the least offset that the next batch may have

 private:
  std::optional<record::BatchView> whole_at(size_t position) const;          // parses, and has its checksum
  std::string fault_of(const record::BatchView& batch, size_t position) const;  // empty: sound
  std::string why_not_whole(size_t position) const;
  bool sound_at(size_t at) const;
  size_t next_sound(size_t from) const;  // the end of the file where there is none

  Bytes file_;
  size_t position_ = 0;
  Offset expected_, upper_;
};

// Bytes that could not be read as a batch, mended where only the first 17 bytes of its header, which no checksum covers, are
// damaged: everything else has its checksum, and the offset is the one that fits between its neighbours. Nothing: more is wrong.
struct Neighbours { Offset expected; std::optional<Offset> next; LeaderEpoch epoch; };
std::optional<Buffer> restored_batch(Bytes damage, const Neighbours& neighbours);

}  // namespace evlog::cmd

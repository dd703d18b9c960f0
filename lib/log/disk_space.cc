#include "log/disk_space.h"

#include <algorithm>

namespace evlog::log {
namespace {

constexpr uint64_t reserve_share = 20, reserve_bytes_max = 1_GiB;
// Others write to the same disk: what is known is good for so long. While it is low somebody waits for it to change.
constexpr Duration known_for = seconds(1), low_known_for = milliseconds(50);

}  // namespace

bool DiskSpace::low() {
  if (!looked_ || written_ >= written_max_ || loop_.mono() - looked_at_ >= (low_ ? low_known_for : known_for)) look();
  return low_;
}

void DiskSpace::look() {
  looked_ = true;
  looked_at_ = loop_.mono();
  written_ = 0;
  const auto space = loop_.disk().space(path_);
  if (!space) return;  // a disk that cannot tell is not full
  free_bytes_ = space->free_bytes;
  reserve_bytes_ = reserve_wanted_ >= 0 ? static_cast<uint64_t>(reserve_wanted_) : std::min<uint64_t>(space->total_bytes / reserve_share, reserve_bytes_max);
  const bool low = free_bytes_ < reserve_bytes_;
  written_max_ = low ? UINT64_MAX : (free_bytes_ - reserve_bytes_) / 2;
  if (low == std::exchange(low_, low)) return;
  if (on_change_) on_change_(low);
}

}  // namespace evlog::log

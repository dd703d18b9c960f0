// The memory budget of one server: named shares of one total. A Reservation holds bytes of a share until it dies.
// When "receive" is spent, sockets are not read until requests are answered; the other shares say in their comment what full means.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "io/loop.h"
#include "io/task.h"
#include "io/wait.h"

namespace evlog::broker {

enum class Share {
  receive,         // frames being received or handled; full: sockets are not read
  answers,         // encoded answers not yet sent; full: the request waits before it is handled
  fetch_sessions,  // full: the least recently used session is evicted, or the fetch gets no session
  groups,          // full: GROUP_MAX_SIZE_REACHED / COORDINATOR_NOT_AVAILABLE
};
inline constexpr size_t shares_count = 4;

class Budget;

class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& o) noexcept
      : budget_(std::exchange(o.budget_, nullptr)), share_(o.share_), bytes_(std::exchange(o.bytes_, 0)) {}
  Reservation& operator=(Reservation&& o) noexcept;
  ~Reservation() { release(); }
  void release();
  uint64_t bytes() const { return bytes_; }

 private:
  friend class Budget;
  Reservation(Budget& budget, Share share, uint64_t bytes) : budget_(&budget), share_(share), bytes_(bytes) {}
  Budget* budget_ = nullptr;
  Share share_ = Share::receive;
  uint64_t bytes_ = 0;
};

class Budget {
 public:
  // `total_bytes` is divided: half for receiving, a quarter for answers, the rest for the tables.
  Budget(io::Loop& loop, uint64_t total_bytes);

  // Waits, in order of arrival, until the share has room. What is larger than the whole share is admitted when the share is empty,
  // so that one legal request can always pass.
  io::task<Reservation> reserve(Share share, uint64_t bytes);
  uint64_t used(Share share) const { return shares_[static_cast<size_t>(share)].used; }
  uint64_t limit(Share share) const { return shares_[static_cast<size_t>(share)].limit; }

 private:
  friend class Reservation;
  struct State {
    uint64_t used = 0, limit = 0;
    uint64_t arrived = 0, served = 0;  // tickets: first come, first served
  };
  void give_back(Share share, uint64_t bytes);
  bool fits(const State& state, uint64_t bytes) const { return state.used == 0 || state.used + bytes <= state.limit; }

  std::array<State, shares_count> shares_;
  io::Event freed_;
};

}  // namespace evlog::broker

#include "broker/memory.h"

namespace evlog::broker {

Reservation& Reservation::operator=(Reservation&& o) noexcept {
  if (this == &o) return *this;
  release();
  budget_ = std::exchange(o.budget_, nullptr);
  share_ = o.share_;
  bytes_ = std::exchange(o.bytes_, 0);
  return *this;
}

void Reservation::release() {
  if (budget_) std::exchange(budget_, nullptr)->give_back(share_, std::exchange(bytes_, 0));
}

Budget::Budget(io::Loop& loop, uint64_t total_bytes) : freed_(loop) {
  const uint64_t parts[shares_count] = {total_bytes / 2, total_bytes / 4, total_bytes / 8, total_bytes / 8};
  for (size_t i = 0; i < shares_count; ++i) shares_[i].limit = parts[i];
}

namespace {
// Gives up a place in the queue even when the waiting coroutine is destroyed.
struct Place {
  uint64_t& served;
  io::Event& freed;
  ~Place() { ++served; freed.notify_all(); }
};
}  // namespace

io::task<Reservation> Budget::reserve(Share share, uint64_t bytes) {
  State& state = shares_[static_cast<size_t>(share)];
  if (state.arrived == state.served && fits(state, bytes)) {
    state.used += bytes;
    co_return Reservation(*this, share, bytes);
  }
  ++state.arrived;
  Place place{state.served, freed_};
  // Whoever finds room first takes it; among equals the Event wakes in order of arrival.
  while (!fits(state, bytes)) co_await freed_.wait();
  state.used += bytes;
  co_return Reservation(*this, share, bytes);
}

void Budget::give_back(Share share, uint64_t bytes) {
  State& state = shares_[static_cast<size_t>(share)];
  state.used -= bytes;
  if (state.arrived != state.served) freed_.notify_all();
}

}  // namespace evlog::broker

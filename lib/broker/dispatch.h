// The table of APIs: one row per API with the versions served and its handler. ApiVersions is derived from it, and nothing is
// advertised that is not in it.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/context.h"
#include "io/task.h"

namespace evlog::broker {

// An encoded answer: response header and body behind the 4 bytes of length, with file ranges to be spliced in.
struct Answer {
  struct Splice { size_t position; FileRange range; };  // `position` in `head`, ascending
  Buffer head;
  std::vector<Splice> splices;
  Reservation memory;
  uint64_t size_bytes = 0;                              // with the ranges
};

struct Api {
  int16_t key;
  int16_t min, max;             // served
  int16_t advertised_min;       // Produce says 0 (KAFKA-18659) and refuses 0..2
  bool on_broker, on_controller;
  bool overlaps;                // Produce: the next request may begin once this one is placed
  // An error is a frame that cannot be read: the connection is closed.
  io::task<Result<Answer>> (*run)(Context& context, Bytes body);
};

std::span<const Api> apis();                  // in order of key
const Api* find_api(int16_t key);             // nullptr: unknown, or not served

}  // namespace evlog::broker

// Owns texts and bytes that a message only points to: a message read from JSON or made up at random has no frame to point into.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace evlog::wire {

class Storage {
 public:
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  Bytes keep_bytes(std::string bytes) { return as_bytes(keep(std::move(bytes))); }

 private:
  std::deque<std::string> kept_;  // elements never move
};

}  // namespace evlog::wire

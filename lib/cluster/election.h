// Who leads a partition next, decided as Kafka's controller decides it. Pure.
#pragma once

#include "cluster/image.h"

namespace evlog::cluster {

// preferred: the first replica, if it is in sync; unclean: anybody alive where nobody in sync is, at the price of what only others held.
enum class Election : int8_t { preferred = 0, unclean = 1 };

struct Elected {
  BrokerId leader{-1};     // -1: nobody can
  bool unclean = false;    // not in sync: its log becomes the truth
};

// False when the partition has what this kind of election would give it.
bool election_needed(const PartitionView& partition, Election kind);
Elected elect(const Image& image, const PartitionView& partition, Election kind);
bool is_alive(const Image& image, BrokerId id);  // registered, not fenced, not shutting down

}  // namespace evlog::cluster

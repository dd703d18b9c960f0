// quorum-state: who leads in which epoch and whom this node voted for, in Kafka's JSON. Written whole by an atomic rename
// before anything is appended in a new epoch, so an epoch is never used twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "base/uuid.h"

namespace evlog::quorum {

struct ElectionState {
  int32_t leader_id = -1;
  LeaderEpoch leader_epoch{0};
  int32_t voted_id = -1;
  Uuid voted_directory_id;
  bool operator==(const ElectionState&) const = default;
};

inline constexpr uint64_t election_state_bytes_max = 1 << 20;

// Either version of the file. KAFKA_STORAGE_ERROR with what is wrong.
Result<ElectionState> parse_election_state(std::string_view json);
// Version 1 for kraft.version 1; version 0 names the voters and the cluster instead of a directory.
std::string format_election_state(const ElectionState& state, int16_t kraft_version, int32_t voter_id);

}  // namespace evlog::quorum

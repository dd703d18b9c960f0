// The features this build serves, as ApiVersions tells them. Kafka 4.3 knows more (group.version, transaction.version, ...); a level of
// those in the metadata log is kept untouched and not told, because clients would change their behaviour on it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace evlog::broker {

struct ServedFeature { std::string_view name; int16_t min, max; };

inline constexpr int16_t metadata_version_min = 7;    // 3.3-IV3
inline constexpr int16_t metadata_version_max = 30;   // 4.3-IV0

inline constexpr std::array served_features = {
    ServedFeature{"kraft.version", 0, 1},
    ServedFeature{"metadata.version", metadata_version_min, metadata_version_max},
};

// What a freshly formatted log begins with: the levels Kafka 4.3's storage tool writes.
struct FeatureLevel { std::string_view name; int16_t level; };
inline constexpr std::array bootstrap_features = {
    FeatureLevel{"metadata.version", metadata_version_max},
    FeatureLevel{"eligible.leader.replicas.version", 1},
    FeatureLevel{"group.version", 1},
    FeatureLevel{"share.version", 1},
    FeatureLevel{"streams.version", 1},
    FeatureLevel{"transaction.version", 2},
};

}  // namespace evlog::broker

// meta.properties: who a log directory belongs to. Version 1 (KRaft), Java's properties format; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/base.h"
#include "base/uuid.h"

namespace evlog::log {

struct MetaProperties {
  std::string cluster_id;
  int32_t node_id = -1;
  Uuid directory_id;  // zero: Kafka before 3.7 gave none
};
Result<MetaProperties> parse_meta_properties(std::string_view text);
std::string format_meta_properties(const MetaProperties& meta);

}  // namespace evlog::log

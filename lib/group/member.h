// One member of a classic group. A value inside its Group; a waiting request is its Token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "group/events.h"

namespace evlog::group {

struct Member {
  std::string id;
  OptionalText instance_id;  // static members (KIP-345) have one
  std::string client_id, client_host;
  int32_t rebalance_timeout_ms = 0;
  int32_t session_timeout_ms = 0;
  std::string protocol_type;
  std::vector<Protocol> protocols;  // in the member's order of preference, names unique
  std::string assignment;
  std::optional<Token> join_waiter;
  std::optional<Token> sync_waiter;
  bool is_new = false;              // has not seen a JoinGroup answer yet: it cannot heartbeat, so waiting does not save it

  bool is_static() const { return instance_id.has_value(); }
  // A member whose request is parked here is alive by definition.
  bool is_excused_from_heartbeat() const { return !is_new && (join_waiter || sync_waiter); }

  const std::string* metadata(std::string_view protocol) const {
    for (const auto& p : protocols) {
      if (p.name == protocol) return &p.metadata;
    }
    return nullptr;
  }
  size_t bytes() const {
    size_t sum = sizeof(Member) + id.size() + client_id.size() + client_host.size() + assignment.size();
    for (const auto& p : protocols) sum += sizeof p + p.name.size() + p.metadata.size();
    return sum;
  }
};

}  // namespace evlog::group

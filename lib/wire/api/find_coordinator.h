// Which broker coordinates a group, transaction or share group (key type 0, 1, 2). Several keys at once since v4.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct FindCoordinatorRequest {
  static constexpr Message info{"FindCoordinatorRequest", 10, {0, 6}, 3};
  std::string_view key;
  int8_t key_type = 0;
  Array<std::string_view> coordinator_keys;
  static void visit(auto& io, auto& m) {
    io("Key", m.key, until(3));
    io("KeyType", m.key_type, since(1));
    io("CoordinatorKeys", m.coordinator_keys, since(4));
  }
};
EVLOG_WIRE_MESSAGE(FindCoordinatorRequest)

struct FindCoordinatorResponse {
  static constexpr Message info{"FindCoordinatorResponse", 10, {0, 6}, 3};
  struct Coordinator {
    std::string_view key;
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message = "";
    static void visit(auto& io, auto& m) {
      io("Key", m.key, since(4));
      io("NodeId", m.node_id, since(4));
      io("Host", m.host, since(4));
      io("Port", m.port, since(4));
      io("ErrorCode", m.error_code, since(4));
      io("ErrorMessage", m.error_message, since(4));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> error_message = "";
  int32_t node_id = 0;
  std::string_view host;
  int32_t port = 0;
  Array<Coordinator> coordinators;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("ErrorCode", m.error_code, until(3));
    io("ErrorMessage", m.error_message, between(1, 3));
    io("NodeId", m.node_id, until(3));
    io("Host", m.host, until(3));
    io("Port", m.port, until(3));
    io("Coordinators", m.coordinators, since(4));
  }
};
EVLOG_WIRE_MESSAGE(FindCoordinatorResponse)

}  // namespace evlog::wire

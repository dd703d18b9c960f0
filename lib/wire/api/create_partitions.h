// Raise the number of partitions of topics, with or without an assignment by hand for the new ones.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct CreatePartitionsRequest {
  static constexpr Message info{"CreatePartitionsRequest", 37, {0, 3}, 2};
  struct Topic {
    struct Assignment {
      Array<int32_t> broker_ids;
      static void visit(auto& io, auto& m) {
        io("BrokerIds", m.broker_ids);
      }
    };
    std::string_view name;
    int32_t count = 0;
    std::optional<Array<Assignment>> assignments = Array<Assignment>{};
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Count", m.count);
      io("Assignments", m.assignments);
    }
  };
  Array<Topic> topics;
  int32_t timeout_ms = 0;
  bool validate_only = false;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
    io("TimeoutMs", m.timeout_ms);
    io("ValidateOnly", m.validate_only);
  }
};
EVLOG_WIRE_MESSAGE(CreatePartitionsRequest)

struct CreatePartitionsResponse {
  static constexpr Message info{"CreatePartitionsResponse", 37, {0, 3}, 2};
  struct Result {
    std::string_view name;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Result> results;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Results", m.results);
  }
};
EVLOG_WIRE_MESSAGE(CreatePartitionsResponse)

}  // namespace evlog::wire

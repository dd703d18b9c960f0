// Delete topics, by name or (v6) by id.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DeleteTopicsRequest {
  static constexpr Message info{"DeleteTopicsRequest", 20, {1, 6}, 4};
  struct Topic {
    std::optional<std::string_view> name;
    Uuid topic_id;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, since(6));
      io("TopicId", m.topic_id, since(6));
    }
  };
  Array<Topic> topics;
  Array<std::string_view> topic_names;
  int32_t timeout_ms = 0;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics, since(6));
    io("TopicNames", m.topic_names, until(5));
    io("TimeoutMs", m.timeout_ms);
  }
};
EVLOG_WIRE_MESSAGE(DeleteTopicsRequest)

struct DeleteTopicsResponse {
  static constexpr Message info{"DeleteTopicsResponse", 20, {1, 6}, 4};
  struct Topic {
    std::optional<std::string_view> name = "";
    Uuid topic_id;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, nullable_since(6));
      io("TopicId", m.topic_id, since(6));
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message, since(5));
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Topic> responses;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Responses", m.responses);
  }
};
EVLOG_WIRE_MESSAGE(DeleteTopicsResponse)

}  // namespace evlog::wire

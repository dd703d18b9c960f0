#include "base/error_code.h"

namespace evlog {

std::string_view error_name(ErrorCode code) {
  switch (code) {
#define EVLOG_X(name, number, retriable) \
  case ErrorCode::name:                  \
    return #name;
    EVLOG_ERROR_CODES(EVLOG_X)
#undef EVLOG_X
  }
  return "UNKNOWN_SERVER_ERROR";
}

bool error_retriable(ErrorCode code) {
  switch (code) {
#define EVLOG_X(name, number, retriable) \
  case ErrorCode::name:                  \
    return retriable;
    EVLOG_ERROR_CODES(EVLOG_X)
#undef EVLOG_X
  }
  return false;
}

// Only the sentences that stand in answers; a client prints its own for the others.
std::string_view error_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::UNKNOWN_SERVER_ERROR: return "The server experienced an unexpected error when processing the request.";
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return "This server does not host this topic-partition.";
    case ErrorCode::INVALID_TOPIC_EXCEPTION: return "The request attempted to perform an operation on an invalid topic.";
    case ErrorCode::UNSUPPORTED_VERSION: return "The version of API is not supported.";
    case ErrorCode::TOPIC_ALREADY_EXISTS: return "Topic with this name already exists.";
    case ErrorCode::REQUEST_TIMED_OUT: return "The request timed out.";
    case ErrorCode::UNKNOWN_TOPIC_ID: return "This server does not host this topic ID.";
    case ErrorCode::INVALID_REQUEST:
      return "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: return "Cluster authorization failed.";
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED: return "Topic authorization failed.";
    case ErrorCode::GROUP_AUTHORIZATION_FAILED: return "Group authorization failed.";
    case ErrorCode::TOPIC_DELETION_DISABLED: return "Topic deletion is disabled.";
    case ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE: return "The preferred leader was not available.";
    case ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE: return "Eligible topic partition leaders are not available.";
    case ErrorCode::ELECTION_NOT_NEEDED: return "Leader election not needed for topic partition.";
    default: return "";
  }
}

}  // namespace evlog

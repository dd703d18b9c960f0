// Kafka's errors as its clients print them: the sentence where the server sent none, and the class of the exception.
#include <utility>

#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"

namespace evlog::cmd::kafka {
namespace {

constexpr std::pair<ErrorCode, std::string_view> sentences[] = {
    {ErrorCode::OFFSET_OUT_OF_RANGE, "The requested offset is not within the range of offsets maintained by the server."},
    {ErrorCode::CORRUPT_MESSAGE, "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt."},
    {ErrorCode::LEADER_NOT_AVAILABLE, "There is no leader for this topic-partition as we are in the middle of a leadership election."},
    {ErrorCode::NOT_LEADER_OR_FOLLOWER, "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition."},
    {ErrorCode::BROKER_NOT_AVAILABLE, "The broker is not available."},
    {ErrorCode::REPLICA_NOT_AVAILABLE, "The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition."},
    {ErrorCode::MESSAGE_TOO_LARGE, "The request included a message larger than the max message size the server will accept."},
    {ErrorCode::OFFSET_METADATA_TOO_LARGE, "The metadata field of the offset request was too large."},
    {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "The coordinator is loading and hence can't process requests."},
    {ErrorCode::COORDINATOR_NOT_AVAILABLE, "The coordinator is not available."},
    {ErrorCode::NOT_COORDINATOR, "This is not the correct coordinator."},
    {ErrorCode::RECORD_LIST_TOO_LARGE, "The request included message batch larger than the configured segment size on the server."},
    {ErrorCode::NOT_ENOUGH_REPLICAS, "Messages are rejected since there are fewer in-sync replicas than required."},
    {ErrorCode::INVALID_REQUIRED_ACKS, "Produce request specified an invalid value for required acks."},
    {ErrorCode::ILLEGAL_GENERATION, "Specified group generation id is not valid."},
    {ErrorCode::INVALID_GROUP_ID, "The group id is invalid."},
    {ErrorCode::UNKNOWN_MEMBER_ID, "The coordinator is not aware of this member."},
    {ErrorCode::REBALANCE_IN_PROGRESS, "The group is rebalancing, so a rejoin is needed."},
    {ErrorCode::INVALID_TIMESTAMP, "The timestamp of the message is out of acceptable range."},
    {ErrorCode::INVALID_PARTITIONS, "Number of partitions is below 1."},
    {ErrorCode::INVALID_REPLICATION_FACTOR, "Replication factor is below 1 or larger than the number of available brokers."},
    {ErrorCode::INVALID_REPLICA_ASSIGNMENT, "Replica assignment is invalid."},
    {ErrorCode::INVALID_CONFIG, "Configuration is invalid."},
    {ErrorCode::NOT_CONTROLLER, "This is not the correct controller for this cluster."},
    {ErrorCode::POLICY_VIOLATION, "Request parameters do not satisfy the configured policy."},
    {ErrorCode::SECURITY_DISABLED, "Security features are disabled."},
    {ErrorCode::KAFKA_STORAGE_ERROR, "Disk error when trying to access log file on the disk."},
    {ErrorCode::REASSIGNMENT_IN_PROGRESS, "A partition reassignment is in progress."},
    {ErrorCode::NON_EMPTY_GROUP, "The group is not empty."},
    {ErrorCode::GROUP_ID_NOT_FOUND, "The group id does not exist."},
    {ErrorCode::FENCED_LEADER_EPOCH, "The leader epoch in the request is older than the epoch on the broker."},
    {ErrorCode::UNKNOWN_LEADER_EPOCH, "The leader epoch in the request is newer than the epoch on the broker."},
    {ErrorCode::OFFSET_NOT_AVAILABLE, "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing."},
    {ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress."},
    {ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC, "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it."},
    {ErrorCode::INVALID_RECORD, "This record has failed the validation on broker and hence will be rejected."},
    {ErrorCode::UNSTABLE_OFFSET_COMMIT, "There are unstable offsets that need to be cleared."},
    {ErrorCode::THROTTLING_QUOTA_EXCEEDED, "The throttling quota has been exceeded."},
};

// Where the class is not called as the error.
constexpr std::pair<ErrorCode, std::string_view> classes[] = {
    {ErrorCode::UNKNOWN_SERVER_ERROR, "UnknownServerException"},
    {ErrorCode::CORRUPT_MESSAGE, "CorruptRecordException"},
    {ErrorCode::REQUEST_TIMED_OUT, "TimeoutException"},
    {ErrorCode::MESSAGE_TOO_LARGE, "RecordTooLargeException"},
    {ErrorCode::STALE_CONTROLLER_EPOCH, "ControllerMovedException"},
    {ErrorCode::OFFSET_METADATA_TOO_LARGE, "OffsetMetadataTooLarge"},
    {ErrorCode::NETWORK_EXCEPTION, "NetworkException"},
    {ErrorCode::INVALID_TOPIC_EXCEPTION, "InvalidTopicException"},
    {ErrorCode::RECORD_LIST_TOO_LARGE, "RecordBatchTooLargeException"},
    {ErrorCode::TOPIC_AUTHORIZATION_FAILED, "TopicAuthorizationException"},
    {ErrorCode::GROUP_AUTHORIZATION_FAILED, "GroupAuthorizationException"},
    {ErrorCode::CLUSTER_AUTHORIZATION_FAILED, "ClusterAuthorizationException"},
    {ErrorCode::TOPIC_ALREADY_EXISTS, "TopicExistsException"},
    {ErrorCode::INVALID_CONFIG, "InvalidConfigurationException"},
    {ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, "OutOfOrderSequenceException"},
    {ErrorCode::DUPLICATE_SEQUENCE_NUMBER, "DuplicateSequenceException"},
    {ErrorCode::INVALID_PRODUCER_ID_MAPPING, "InvalidPidMappingException"},
    {ErrorCode::INVALID_TRANSACTION_TIMEOUT, "InvalidTxnTimeoutException"},
    {ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "TransactionalIdAuthorizationException"},
    {ErrorCode::KAFKA_STORAGE_ERROR, "KafkaStorageException"},
    {ErrorCode::SASL_AUTHENTICATION_FAILED, "SaslAuthenticationException"},
    {ErrorCode::DELEGATION_TOKEN_AUTH_DISABLED, "DelegationTokenDisabledException"},
    {ErrorCode::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, "UnsupportedByAuthenticationException"},
    {ErrorCode::DELEGATION_TOKEN_AUTHORIZATION_FAILED, "DelegationTokenAuthorizationException"},
    {ErrorCode::NON_EMPTY_GROUP, "GroupNotEmptyException"},
    {ErrorCode::PRINCIPAL_DESERIALIZATION_FAILURE, "PrincipalDeserializationException"},
    {ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR, "FetchSessionTopicIdException"},
    {ErrorCode::INVALID_REGULAR_EXPRESSION, "InvalidRegularExpression"},
};

std::string_view find(auto& table, ErrorCode code) {
  for (const auto& [known, text] : table)
    if (known == code) return text;
  return {};
}

}  // namespace

std::string error_message(ErrorCode code, const std::string& message) {
  if (!message.empty()) return message;
  if (const auto text = error_text(code); !text.empty()) return std::string(text);
  const auto text = find(sentences, code);
  return std::string(text.empty() ? error_name(code) : text);
}

std::string exception_class(ErrorCode code) {
  const std::string package = "org.apache.kafka.common.errors.";
  if (const auto name = find(classes, code); !name.empty()) return package + std::string(name);
  std::string name;
  bool upper = true;
  for (char c : error_name(code)) {
    if (c != '_') name += upper ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    upper = c == '_';
  }
  return package + name + "Exception";
}

}  // namespace evlog::cmd::kafka

// librdkafka's errors as sentences with a way out: the catalogue of what can go wrong with a cluster.
#include "evlog/client_options.h"

namespace evlog::cmd {
namespace {

struct Row {
  rd_kafka_resp_err_t code;
  int exit;
  const char* hint;
};

constexpr const char* reachable_hint = "is the server running?  evlog serve; other address: -b HOST:PORT or EVLOG_BROKERS=…";
constexpr Row rows[] = {
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, exit_code::unreachable, reachable_hint},
    {RD_KAFKA_RESP_ERR__TRANSPORT, exit_code::unreachable, reachable_hint},
    {RD_KAFKA_RESP_ERR__RESOLVE, exit_code::unreachable, "an address the broker advertises cannot be resolved here: set advertised.listeners on the broker, or add the name to /etc/hosts"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, exit_code::unreachable, "the server takes connections but did not answer in time; wait longer with --timeout"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, exit_code::unreachable, "the server did not answer in time; wait longer with -X delivery.timeout.ms="},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, exit_code::unreachable, "the records were not taken in time; wait longer with -X delivery.timeout.ms="},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, exit_code::refused, "give a user: -X security.protocol=… -X sasl.mechanism=… and the password in a file for -F"},
    {RD_KAFKA_RESP_ERR__SSL, exit_code::refused, "trust the server's certificate with -X ssl.ca.location=FILE"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, exit_code::refused, "ask for the right to this topic"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, exit_code::refused, "ask for the right to this group"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, exit_code::refused, "ask for the right to this cluster"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, exit_code::missing, "all topics: evlog topics"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, exit_code::missing, "all topics: evlog topics"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, exit_code::missing, "how many partitions it has: evlog topics describe TOPIC"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, exit_code::failed, "raise max.message.bytes of the topic, or send smaller records"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, exit_code::failed, "raise max.message.bytes of the topic, or send smaller records"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, exit_code::failed, "fewer replicas are in sync than min.insync.replicas asks for: evlog topics describe TOPIC"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, exit_code::failed, "fewer replicas are in sync than min.insync.replicas asks for: evlog topics describe TOPIC"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, exit_code::failed, "the topic limits timestamps: message.timestamp.before.max.ms and message.timestamp.after.max.ms"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, exit_code::failed, "a compacted topic takes no record without a key: -K SEP or -k KEY"},
    {RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, exit_code::failed, "--acks all, 1 or 0"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, exit_code::failed, "a topic's name has letters, digits, '.', '_' and '-', and at most 249 of them"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, exit_code::failed, "this broker does not take that codec: -z none, gzip, snappy or lz4"},
    {RD_KAFKA_RESP_ERR__FENCED, exit_code::failed, "another producer with the same transactional.id took over"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, exit_code::failed, "the records were deleted while they were read; begin with -o beginning"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, exit_code::failed, "this broker is too old for what was asked for"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, exit_code::failed, "this broker is too old for what was asked for"},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, exit_code::failed, "the group is changing; try again"},
    {RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, exit_code::usage, "a group's name is not empty"},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, exit_code::failed, "the members of the group use another assignment strategy: -X partition.assignment.strategy=…"},
};

// A transport error alone says little: the reason of the connection that failed is in the event that came with it.
std::string sentence(const client::ClientError& error, const client::Events& events, const client::Settings& settings) {
  switch (error.code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TRANSPORT: return fmt::format("no broker reachable at {}", settings.brokers);
    case RD_KAFKA_RESP_ERR__TIMED_OUT: return fmt::format("no answer from {} in time{}", settings.brokers, events.last ? fmt::format(" ({})", events.last.message) : "");
    default: return error.message;
  }
}

}  // namespace

Failure explain(const client::ClientError& error, const client::Events& events, const client::Settings& settings) {
  Failure out{exit_code::failed, sentence(error, events, settings), {}, {}};
  if (error.code > 0) out.kafka_error = rd_kafka_err2name(error.code);
  for (const Row& row : rows)
    if (row.code == error.code) out.exit = row.exit, out.hint = row.hint;
  return out;
}

}  // namespace evlog::cmd

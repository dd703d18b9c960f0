#include "config/broker_config.h"

namespace evlog::config {
namespace {

// Ranges are the table's: a value that is outside of them never gets here.
template <class T>
void read(const Config& config, std::string_view name, T& field) {
  field = static_cast<T>(config.integer(name));
}

void read_identity(const Config& c, BrokerConfig& b) {
  read(c, "node.id", b.node_id);
  b.rack = c.text("broker.rack").value_or("");
  b.cluster_id = c.text("evlog.cluster.id").value_or("");
  if (c.is_set("log.dirs")) {
    b.log_dirs = c.list("log.dirs");
  } else if (c.is_set("log.dir")) {
    b.log_dirs = c.list("log.dir");
  }
  b.metadata_log_dir = c.text("metadata.log.dir").value_or("");
  b.insecure_listen = c.boolean("evlog.insecure.listen");
}

void read_topics(const Config& c, BrokerConfig& b) {
  read(c, "num.partitions", b.num_partitions);
  read(c, "default.replication.factor", b.default_replication_factor);
  b.auto_create_topics = c.boolean("auto.create.topics.enable");
  b.delete_topic_enable = c.boolean("delete.topic.enable");
  read(c, "max.request.partition.size.limit", b.max_partitions_per_request);
}

void read_requests(const Config& c, BrokerConfig& b) {
  read(c, "socket.request.max.bytes", b.socket_request_max_bytes);
  read(c, "fetch.max.bytes", b.fetch_max_bytes);
  read(c, "connections.max.idle.ms", b.connections_max_idle_ms);
  read(c, "max.connections", b.connections_max);
  read(c, "max.connections.per.ip", b.connections_max_per_ip);
  read(c, "max.incremental.fetch.session.cache.slots", b.fetch_session_slots);
  read(c, "evlog.memory.bytes", b.memory_bytes);
  read(c, "evlog.connection.requests.max", b.in_flight_requests_max);
  read(c, "evlog.shutdown.timeout.ms", b.shutdown_timeout_ms);
}

void read_log(const Config& c, BrokerConfig& b) {
  read(c, "log.retention.check.interval.ms", b.retention_check_interval_ms);
  read(c, "log.flush.offset.checkpoint.interval.ms", b.checkpoint_interval_ms);
  read(c, "producer.id.expiration.ms", b.producer_id_expiration_ms);
  b.transaction_verification = c.boolean("transaction.partition.verification.enable");
  read(c, "evlog.open.segments.max", b.open_segments_max);
  read(c, "evlog.disk.reserve.bytes", b.disk_reserve_bytes);
  read(c, "evlog.wal.bytes", b.wal_bytes);
  read(c, "evlog.wal.files.min", b.wal_files_min);
  read(c, "evlog.checkpoint.bytes", b.checkpoint_bytes);
}

void read_groups(const Config& c, BrokerConfig& b) {
  read(c, "group.min.session.timeout.ms", b.group_min_session_timeout_ms);
  read(c, "group.max.session.timeout.ms", b.group_max_session_timeout_ms);
  read(c, "group.initial.rebalance.delay.ms", b.group_initial_rebalance_delay_ms);
  read(c, "group.max.size", b.group_max_size);
  read(c, "offset.metadata.max.bytes", b.offset_metadata_max_bytes);
  read(c, "offsets.topic.num.partitions", b.offsets_topic_partitions);
  read(c, "offsets.topic.replication.factor", b.offsets_topic_replication_factor);
  b.offsets_topic_replication_factor_set = c.is_set("offsets.topic.replication.factor");
  read(c, "offsets.topic.segment.bytes", b.offsets_topic_segment_bytes);
  read(c, "offsets.topic.compression.codec", b.offsets_topic_compression_codec);
  read(c, "offsets.retention.minutes", b.offsets_retention_minutes);
  read(c, "offsets.retention.check.interval.ms", b.offsets_retention_check_interval_ms);
  read(c, "offsets.commit.timeout.ms", b.offsets_commit_timeout_ms);
}

void read_metadata(const Config& c, BrokerConfig& b) {
  read(c, "metadata.log.segment.bytes", b.metadata_segment_bytes);
  if (c.is_set("internal.metadata.log.segment.bytes")) read(c, "internal.metadata.log.segment.bytes", b.metadata_segment_bytes);
  read(c, "metadata.log.segment.ms", b.metadata_segment_ms);
  read(c, "metadata.log.max.record.bytes.between.snapshots", b.metadata_snapshot_bytes);
  read(c, "metadata.log.max.snapshot.interval.ms", b.metadata_snapshot_interval_ms);
  read(c, "metadata.max.retention.bytes", b.metadata_retention_bytes);
  read(c, "metadata.max.retention.ms", b.metadata_retention_ms);
}

Result<void> check_together(const BrokerConfig& b) {
  if (b.group_min_session_timeout_ms > b.group_max_session_timeout_ms) {
    return fail(ErrorCode::INVALID_CONFIG, "group.min.session.timeout.ms ({}) is greater than group.max.session.timeout.ms ({})",
                b.group_min_session_timeout_ms, b.group_max_session_timeout_ms);
  }
  if (b.offsets_topic_compression_codec < 0 || b.offsets_topic_compression_codec > 4) {
    return fail(ErrorCode::INVALID_CONFIG, "offsets.topic.compression.codec: {} is no codec\nhint: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd",
                b.offsets_topic_compression_codec);
  }
  return {};
}

}  // namespace

Result<BrokerConfig> make_broker_config(const Config& config) {
  BrokerConfig broker;
  read_identity(config, broker);
  read_topics(config, broker);
  read_requests(config, broker);
  read_log(config, broker);
  read_groups(config, broker);
  read_metadata(config, broker);
  if (auto r = check_together(broker); !r) return fail(r.error());
  auto listeners = parse_listeners(config);
  if (!listeners) return fail(listeners.error());
  broker.listeners = *std::move(listeners);
  return broker;
}

}  // namespace evlog::config

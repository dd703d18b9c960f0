// BrokerConfig: the broker's settings that handlers and coordinators use often, parsed once. Rebuilt when a layer changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/listener.h"
#include "config/store.h"

namespace evlog::config {

struct BrokerConfig {
  // Who and where
  int32_t node_id = 1;
  std::string rack;                       // empty: none
  std::string cluster_id;                 // empty: taken from the directory, or made at the first start
  std::vector<std::string> log_dirs;      // empty: the command line's default data directory
  std::string metadata_log_dir;           // empty: the first of log_dirs
  Listeners listeners;
  bool insecure_listen = false;           // evlog.insecure.listen: addresses beyond loopback without a password

  // Topics
  int32_t num_partitions = 1;
  int16_t default_replication_factor = 1;
  bool auto_create_topics = true;
  bool delete_topic_enable = true;
  int32_t max_partitions_per_request = 2000;  // max.request.partition.size.limit

  // Requests and connections
  int32_t socket_request_max_bytes = 104'857'600;
  int32_t fetch_max_bytes = 57'671'680;
  int64_t connections_max_idle_ms = 600'000;
  int32_t connections_max = INT32_MAX;
  int32_t connections_max_per_ip = INT32_MAX;
  int32_t fetch_session_slots = 1000;
  int64_t memory_bytes = 256 << 20;       // evlog.memory.bytes: the budget DESIGN calls one memory budget
  int64_t in_flight_requests_max = 100;   // evlog.connection.requests.max
  int64_t shutdown_timeout_ms = 30'000;   // evlog.shutdown.timeout.ms

  // Log upkeep
  int64_t retention_check_interval_ms = 300'000;
  int64_t checkpoint_interval_ms = 60'000;         // log.flush.offset.checkpoint.interval.ms
  int32_t producer_id_expiration_ms = 86'400'000;
  int64_t disk_reserve_bytes = -1;                 // evlog.disk.reserve.bytes; -1: from the size of the file system
  int64_t wal_bytes = 64 << 20;                    // evlog.wal.bytes, of each of the two files of a directory
  int32_t wal_files_min = 4;                       // evlog.wal.files.min
  bool transaction_verification = true;            // transaction.partition.verification.enable
  int32_t open_segments_max = 0;                   // evlog.open.segments.max; 0: 800
  int64_t checkpoint_bytes = 64 << 20;             // evlog.checkpoint.bytes

  // Groups and offsets
  int32_t group_min_session_timeout_ms = 6'000;
  int32_t group_max_session_timeout_ms = 1'800'000;
  int32_t group_initial_rebalance_delay_ms = 3'000;
  int32_t group_max_size = INT32_MAX;
  int32_t offset_metadata_max_bytes = 4096;
  int32_t offsets_topic_partitions = 50;
  int16_t offsets_topic_replication_factor = 3;    // never more than there are live brokers, unless it was set
  bool offsets_topic_replication_factor_set = false;
  int32_t offsets_topic_segment_bytes = 104'857'600;
  int32_t offsets_topic_compression_codec = 0;
  int64_t offsets_retention_minutes = 10'080;
  int64_t offsets_retention_check_interval_ms = 600'000;
  int32_t offsets_commit_timeout_ms = 5'000;

  // Metadata log
  int64_t metadata_segment_bytes = 1 << 30, metadata_segment_ms = 604'800'000;
  int64_t metadata_snapshot_bytes = 20'971'520, metadata_snapshot_interval_ms = 3'600'000;
  int64_t metadata_retention_bytes = 104'857'600, metadata_retention_ms = 604'800'000;
};

Result<BrokerConfig> make_broker_config(const Config& config);

}  // namespace evlog::config

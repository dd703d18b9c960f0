// The metrics of one server: one row each in the table below; name, kind and help are written nowhere else.
// Owned by the server, written on its loop without atomics; the endpoint that prints them comes with the HTTP face.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/histogram.h"

namespace evlog {

// X(id, name, help)
#define EVLOG_COUNTERS(X)                                                                                 \
  X(requests, "evlog_kafka_requests_total", "requests answered")                                          \
  X(request_errors, "evlog_kafka_request_errors_total", "requests answered with a top-level error")       \
  X(requests_malformed, "evlog_kafka_requests_malformed_total", "frames that could not be read; each closes its connection") \
  X(connections_opened, "evlog_connections_opened_total", "connections accepted")                         \
  X(connections_refused, "evlog_connections_refused_total", "connections closed at once because a limit was reached") \
  X(bytes_in, "evlog_received_bytes_total", "bytes received from clients")                                \
  X(bytes_out, "evlog_sent_bytes_total", "bytes sent to clients")                                         \
  X(batches_in, "evlog_batches_in_total", "record batches appended")                                      \
  X(records_in, "evlog_records_in_total", "records appended")                                             \
  X(produce_bytes_in, "evlog_produce_bytes_total", "bytes of record batches appended")                    \
  X(fetch_bytes_out, "evlog_fetch_bytes_total", "bytes of record batches handed to consumers")            \
  X(syncs, "evlog_log_syncs_total", "fdatasync calls on partition logs")                                  \
  X(wal_commits, "evlog_log_wal_commits_total", "syncs of a write-ahead file, each for many partitions")  \
  X(wal_bytes, "evlog_log_wal_bytes_total", "bytes written to write-ahead files")                         \
  X(wal_settled, "evlog_log_wal_settled_total", "write-ahead files whose partitions were all synced and that are used again") \
  X(wal_redone_bytes, "evlog_log_wal_redone_bytes_total", "bytes that a start after a crash restored from write-ahead files") \
  X(disk_full_refusals, "evlog_disk_full_refusals_total", "record batches refused because the disk is nearly full") \
  X(segments_rolled, "evlog_log_segments_rolled_total", "segments closed and followed by a new one")      \
  X(segments_deleted, "evlog_log_segments_deleted_total", "segments removed by retention or topic deletion") \
  X(batches_rejected, "evlog_batches_rejected_total", "record batches refused")                           \
  X(recovery_bytes_cut, "evlog_recovery_cut_bytes_total", "bytes cut from torn segment tails at start")   \
  X(rebalances, "evlog_group_rebalances_total", "group generations completed")                            \
  X(offset_commits, "evlog_offset_commits_total", "offsets committed by groups")                          \
  X(metadata_commits, "evlog_metadata_commits_total", "batches committed to the metadata log")
#define EVLOG_GAUGES(X)                                                                \
  X(connections, "evlog_connections", "open connections")                              \
  X(memory_receive, "evlog_memory_receive_bytes", "memory reserved for requests")      \
  X(memory_answers, "evlog_memory_answers_bytes", "memory reserved for answers")       \
  X(partitions, "evlog_partitions", "partitions hosted")                               \
  X(log_dirs_offline, "evlog_log_dirs_offline", "log directories that failed and are not used any more") \
  X(log_dirs_full, "evlog_log_dirs_full", "log directories that refuse producers for want of space") \
  X(groups, "evlog_groups", "groups coordinated")                                      \
  X(fetch_sessions, "evlog_fetch_sessions", "incremental fetch sessions open")
#define EVLOG_HISTOGRAMS(X)                                                                    \
  X(request_ns, "evlog_kafka_request_duration_nanoseconds", "from the whole frame to the queued answer") \
  X(sync_ns, "evlog_log_fsync_duration_nanoseconds", "one fdatasync")                          \
  X(commit_ns, "evlog_log_commit_duration_nanoseconds", "from append to durable")

struct Metrics {
#define EVLOG_X(id, name, help) uint64_t id = 0;
  EVLOG_COUNTERS(EVLOG_X)
#undef EVLOG_X
#define EVLOG_X(id, name, help) int64_t id = 0;
  EVLOG_GAUGES(EVLOG_X)
#undef EVLOG_X
#define EVLOG_X(id, name, help) Histogram id;
  EVLOG_HISTOGRAMS(EVLOG_X)
#undef EVLOG_X
};

}  // namespace evlog

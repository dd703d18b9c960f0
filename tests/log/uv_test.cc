// The same files on the real disk, through libuv. EVLOG_KEEP_LOG_DIR=<dir> keeps them, for Kafka's own tools to read (check_dump.sh).
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "io/uv/uv.h"
#include "log/log_dir.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

namespace {

constexpr int batches = 300, transactions = 200;
constexpr int64_t first_timestamp_ms = 1'795'267'000'000;

config::TopicConfig small_segments() {
  config::TopicConfig config;
  config.segment_bytes = 16'000;
  config.index_interval_bytes = 500;
  return config;
}

BatchWanted batch_number(int i) {
  return {.records = 1 + i % 4, .value_bytes = 150, .timestamp_ms = first_timestamp_ms + 100 * i, .producer_id = i % 3, .producer_epoch = 0,
          .base_sequence = i % 3 == 0 ? i / 3 * 2 : i / 3, .compression = static_cast<record::Compression>(i % 5)};
}

io::task<Result<int64_t>> write_log(io::Loop& loop, std::string root) {
  auto dir = co_await LogDir::open(loop, root, {.cluster_id = std::nullopt, .new_cluster_id = "63mFDNumSRey6qzYjj_Jfg", .node_id = 1});
  if (!dir) co_return fail(dir.error());
  const TopicPartition orders{"orders", PartitionIndex(0)};
  auto log = co_await Log::open(loop, (*dir)->partition_path(orders), small_segments(), {.clean = true, .producer_id_expiration_ms = INT64_MAX / 2});
  if (!log) co_return fail(log.error());
  int32_t sequences[3] = {};
  for (int i = 0; i < batches; ++i) {
    BatchWanted wanted = batch_number(i);
    wanted.base_sequence = sequences[i % 3];
    sequences[i % 3] += wanted.records;
    if (auto info = append(**log, wanted, LeaderEpoch(i / 100)); !info) co_return fail(info.error());
    if (i % 7 == 0) {
      if (auto done = co_await (*log)->flush(i % 2 == 0); !done) co_return fail(done.error());
    }
  }
  if (auto done = co_await (*dir)->write_partition_metadata(orders, Uuid{7, 8}); !done) co_return fail(done.error());
  if (auto done = co_await (*log)->close(); !done) co_return fail(done.error());
  const LogDir::Ends ends{(*log)->recovery_point(), (*log)->log_start_offset(), (*log)->log_end_offset()};
  if (auto done = co_await (*dir)->write_checkpoints([&] { return log::LogDir::AllEnds{{orders, ends}}; }); !done) co_return fail(done.error());
  if (auto done = co_await (*dir)->mark_clean(1); !done) co_return fail(done.error());
  co_return (*log)->log_end_offset().value();
}

struct Counted { int64_t end = 0; size_t batches = 0; size_t segments = 0; };

io::task<Result<Counted>> read_log(io::Loop& loop, std::string path, bool clean) {
  auto log = co_await Log::open(loop, path, small_segments(), {.clean = clean, .producer_id_expiration_ms = INT64_MAX / 2});
  if (!log) co_return fail(log.error());
  if ((*log)->offline()) co_return fail((*log)->offline_error());
  Counted counted{(*log)->log_end_offset().value(), 0, (*log)->segments().size()};
  for (Offset from(0); from < (*log)->log_end_offset();) {
    auto bytes = co_await (*log)->read_bytes({.from = from, .upper = (*log)->log_end_offset(), .bytes_max = 5000});
    if (!bytes) co_return fail(bytes.error());
    if (bytes->empty()) break;
    record::BatchIterator walk(*bytes);
    while (auto batch = walk.next()) {
      if (auto good = batch->check_crc(); !good) co_return fail(good.error());
      ++counted.batches;
      from = batch->next_offset();
    }
  }
  co_return counted;
}

// Transactions of three producers, one in four aborted, over several segments; the last one stays open.
io::task<Result<int64_t>> write_transactions(io::Loop& loop, std::string path) {
  auto log = co_await Log::open(loop, path, small_segments(), {.clean = true, .producer_id_expiration_ms = INT64_MAX / 2});
  if (!log) co_return fail(log.error());
  for (int i = 0; i < transactions; ++i) {
    const int64_t now = first_timestamp_ms + 100 * i;
    const BatchWanted data{.records = 1 + i % 3, .value_bytes = 150, .timestamp_ms = now, .producer_id = i % 3, .producer_epoch = static_cast<int16_t>(i), .transactional = true};
    if (auto info = append(**log, data); !info) co_return fail(info.error());
    if (i + 1 == transactions) break;
    const MarkerWanted marker{.producer_id = i % 3, .commit = i % 4 != 0, .producer_epoch = static_cast<int16_t>(i), .coordinator_epoch = 7, .timestamp_ms = now + 1};
    if (auto info = append_marker(**log, marker); !info) co_return fail(info.error());
    if (auto done = co_await (*log)->flush(i % 7 == 0); !done) co_return fail(done.error());
  }
  if (auto done = co_await (*log)->close(); !done) co_return fail(done.error());
  co_return (*log)->log_end_offset().value();
}

struct Decided { int64_t stable = 0; std::set<int64_t> aborted; };

io::task<Result<Decided>> read_transactions(io::Loop& loop, std::string path, bool clean) {
  auto log = co_await Log::open(loop, path, small_segments(), {.clean = clean, .producer_id_expiration_ms = INT64_MAX / 2});
  if (!log) co_return fail(log.error());
  const Offset end = (*log)->last_stable_offset((*log)->log_end_offset());
  Decided decided{end.value(), {}};
  for (Offset from(0); from < end; from = from + 1) {
    const auto slice = co_await (*log)->read({.from = from, .upper = end, .bytes_max = 100});
    if (!slice) co_return fail(slice.error());
    const auto aborted = co_await (*log)->aborted_in(from, *slice);
    if (!aborted) co_return fail(aborted.error());
    for (const auto& one : *aborted) decided.aborted.insert(one.first.value());
  }
  co_return decided;
}

}  // namespace

TEST_CASE("on a real disk the log written is the log read, after a clean stop and without one") {
  const char* keep = std::getenv("EVLOG_KEEP_LOG_DIR");
  const std::string root = keep ? keep : fmt::format("{}/evlog-log-test-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  io::uv::Loop loop;
  const auto end = loop.run(write_log(loop, root));
  REQUIRE(end);
  if (!*end) FAIL(end->error().message);
  for (const bool clean : {true, false}) {
    const auto counted = loop.run(read_log(loop, root + "/orders-0", clean));
    REQUIRE(counted);
    if (!*counted) FAIL(counted->error().message);
    CHECK((*counted)->end == **end);
    CHECK((*counted)->batches == batches);
    CHECK((*counted)->segments > 3);
  }
  if (!keep) std::filesystem::remove_all(root);
}

TEST_CASE("on a real disk transactions are told as they ended, after a clean stop and without one") {
  const char* keep = std::getenv("EVLOG_KEEP_LOG_DIR");
  const std::string root = keep ? keep : fmt::format("{}/evlog-txn-test-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  std::filesystem::create_directories(root);
  io::uv::Loop loop;
  const auto end = loop.run(write_transactions(loop, root + "/payments-0"));
  REQUIRE(end);
  if (!*end) FAIL(end->error().message);
  for (const bool clean : {true, false}) {
    const auto decided = loop.run(read_transactions(loop, root + "/payments-0", clean));
    REQUIRE(decided);
    if (!*decided) FAIL(decided->error().message);
    CHECK((*decided)->stable == **end - 1 - (transactions - 1) % 3);
    CHECK((*decided)->aborted.size() == transactions / 4);
  }
  if (!keep) std::filesystem::remove_all(root);
}

// Directories that a real Kafka 4.3.1 wrote (record_kafka_dir.sh): after a clean stop, and after a SIGKILL.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "log/file_names.h"
#include "log/log_dir.h"
#include "log/producer_snapshot.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

namespace {

const std::string golden = EVLOG_TESTDATA "/log/kafka-dir";

std::string read_golden(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void copy_to(Rig& rig, const std::string& from, const std::string& to) {
  const auto make = [](io::Loop& loop, std::string path) -> io::task<bool> { co_return (co_await loop.disk().make_dirs(path)).has_value(); };
  REQUIRE(rig.run(make(rig.loop(), to)));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    const std::string target = to + entry.path().string().substr(from.size());
    if (entry.is_directory()) REQUIRE(rig.run(make(rig.loop(), target)));
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    if (entry.is_regular_file()) rig.write(to + entry.path().string().substr(from.size()), read_golden(entry.path()));
  }
}

// As batches.txt has it: Kafka's dump tool's words.
std::string describe(const record::BatchView& batch, uint64_t position) {
  static const char* const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
  return fmt::format("baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} "
                     "partitionLeaderEpoch: {} position: {} CreateTime: {} size: {} {} crc: {}\n",
                     batch.base_offset().value(), batch.last_offset().value(), batch.record_count(), batch.base_sequence(), batch.last_sequence(),
                     batch.producer_id().value(), batch.producer_epoch().value(), batch.partition_leader_epoch().value(), position,
                     batch.max_timestamp(), batch.size_bytes(), codecs[static_cast<int>(*batch.compression())], batch.crc());
}

std::string describe_log(Rig& rig, Log& log) {
  std::string text;
  for (Offset from = log.log_start_offset(); from < log.log_end_offset();) {
    auto slice = rig.run(log.read({.from = from, .upper = log.log_end_offset(), .bytes_max = 1 << 20}));
    auto bytes = rig.run(log.read_bytes({.from = from, .upper = log.log_end_offset(), .bytes_max = 1 << 20}));
    REQUIRE(slice);
    REQUIRE(bytes);
    REQUIRE(!bytes->empty());
    record::BatchIterator batches(*bytes);
    for (size_t at = 0; auto batch = batches.next(); at = batches.position()) {
      CHECK(batch->check_crc());
      text += describe(*batch, slice->position + at);
      from = batch->next_offset();
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a directory that Kafka left, stopped cleanly or killed, opens with every batch, producer and epoch in place") {
  for (const std::string state : {"clean", "killed"}) {
    CAPTURE(state);
    Rig rig;
    copy_to(rig, golden + "/" + state, "/data");
    auto dir = rig.run(LogDir::open(rig.loop(), "/data", {}));
    if (!dir) FAIL(dir.error().message);
    CHECK((*dir)->was_clean() == (state == "clean"));
    CHECK(!(*dir)->was_new());
    CHECK((*dir)->meta().cluster_id.size() == 22);
    CHECK(!(*dir)->meta().directory_id.is_zero());
    auto found = rig.run((*dir)->partitions());
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    std::string text;
    for (const auto& one : *found) {
      CHECK(one.topic_id);
      const OpenOptions options{.clean = (*dir)->was_clean(),
                                .recovery_point = (*dir)->recovery_point(one.partition),
                                .log_start_offset = (*dir)->log_start_offset(one.partition),
                                .producer_id_expiration_ms = INT64_MAX / 2};
      auto log = rig.run(Log::open(rig.loop(), (*dir)->partition_path(one.partition), {}, options));
      REQUIRE(log);
      REQUIRE(!(*log)->offline());
      CHECK((*log)->recovery().cut_bytes == 0);
      CHECK((*log)->recovery().notes.empty());
      text += describe_log(rig, **log);
      CHECK((*log)->producers().entries().size() == (one.partition.topic == "codecs" ? 5 : 4) + (state == "killed"));
      const std::string epochs = read_golden(golden + "/" + state + "/" + one.partition.text() + "/leader-epoch-checkpoint");
      CHECK((*log)->latest_epoch() == EpochCache::parse(epochs)->latest());

      // Kafka's own last batch, sent once more, is a duplicate; a new one goes behind it.
      const auto& [producer, entry] = *(*log)->producers().entries().rbegin();
      const auto* last = entry.last();
      auto again = make_batch({.records = last->offset_delta + 1, .producer_id = producer.value(), .producer_epoch = entry.epoch.value(), .base_sequence = last->first_sequence()});
      const auto bytes = again->mutable_bytes();
      auto info = (*log)->append(bytes, LeaderEpoch(7), {}, again);
      REQUIRE(info);
      CHECK(info->duplicate);
      CHECK(info->first_offset == last->first_offset());
      const Offset end = (*log)->log_end_offset();
      CHECK(append(**log, {}, LeaderEpoch(7))->first_offset == end);
      REQUIRE(rig.run((*log)->flush(true)));
      CHECK(rig.run((*log)->offset_for_timestamp(0, end))->offset == Offset(0));
      const auto latest = rig.run((*log)->max_timestamp(end));
      REQUIRE(latest);
      CHECK(latest->offset >= last->first_offset());
      CHECK(latest->timestamp_ms == last->timestamp_ms);
    }
    CHECK(text == read_golden(golden + "/" + state + "/batches.txt"));
  }
}

TEST_CASE("the files that evlog writes of what it read are Kafka's, byte for byte") {
  for (const std::string state : {"/clean", "/killed"}) {
    const std::string snapshot = read_golden(golden + state + "/rolled-0/00000000000000000030.snapshot");
    auto producers = parse_producer_snapshot(as_bytes(snapshot));
    REQUIRE(producers);
    CHECK(as_text(format_producer_snapshot(*producers)) == snapshot);
    const std::string epochs = read_golden(golden + state + "/rolled-0/leader-epoch-checkpoint");
    CHECK(EpochCache::parse(epochs)->format() == epochs);
    const std::string metadata = read_golden(golden + state + "/rolled-0/partition.metadata");
    CHECK(format_partition_metadata(*parse_partition_metadata(metadata)) == metadata);
    const std::string points = read_golden(golden + state + "/recovery-point-offset-checkpoint");
    const auto parsed = parse_offset_checkpoint(points);
    REQUIRE(parsed);
    CHECK(parsed->size() == 2);
    CHECK(format_offset_checkpoint(*parsed).size() == points.size());
  }
}

TEST_CASE("indexes rebuilt from a killed Kafka's log are the ones Kafka itself wrote on a clean stop") {
  Rig rig;
  copy_to(rig, golden + "/clean/codecs-0", partition_path);
  const std::string index = partition_path + "/00000000000000000000.index", times = partition_path + "/00000000000000000000.timeindex";
  const std::string kafka_index = rig.content(index), kafka_times = rig.content(times);
  rig.disk().remove(index);
  rig.disk().remove(times);
  config::TopicConfig config;
  config.index_interval_bytes = 512;
  auto log = open_log(rig, config, {.clean = true});
  CHECK(log->recovery().indexes_rebuilt == 1);
  REQUIRE(rig.run(log->close()));
  CHECK(kafka_index.size() == 16);
  CHECK(rig.content(index) == kafka_index);
  CHECK(rig.content(times) == kafka_times);
}

namespace {

const std::string transactions = EVLOG_TESTDATA "/log/kafka-transactions";

std::unique_ptr<Log> open_transactions(Rig& rig, const std::string& state, bool clean) {
  copy_to(rig, transactions + "/" + state + "/payments-0", partition_path);
  auto log = open_log(rig, {}, {.clean = clean});
  REQUIRE(!log->offline());
  CHECK(log->recovery().cut_bytes == 0);
  return log;
}

// In the words of answers.txt: what a read_committed consumer is told from each offset on.
std::string told(Rig& rig, Log& log) {
  const Offset stable = log.last_stable_offset(log.log_end_offset());
  std::string text = fmt::format("end {}\nstable {}\n", log.log_end_offset().value(), stable.value());
  for (Offset from(0); from <= stable; from = from + 1) {
    const auto slice = rig.run(log.read({.from = from, .upper = stable, .bytes_max = 1'000'000}));
    REQUIRE(slice);
    const auto aborted = rig.run(log.aborted_in(from, *slice));
    REQUIRE(aborted);
    text += fmt::format("from {}", from.value());
    for (const auto& one : *aborted) text += fmt::format(" {}@{}", one.producer.value(), one.first.value());
    text += '\n';
  }
  return text;
}

std::map<std::string, std::string> files_named(Rig& rig, std::string_view suffix) {
  const auto list = [](io::Loop& loop) -> io::task<Result<std::vector<io::DirEntry>>> { co_return co_await loop.disk().list(partition_path); };
  const auto entries = rig.run(list(rig.loop()));
  REQUIRE(entries);
  std::map<std::string, std::string> files;
  for (const auto& entry : *entries)
    if (entry.name.ends_with(suffix)) files[entry.name] = rig.content(partition_path + "/" + entry.name);
  return files;
}

}  // namespace

TEST_CASE("transactions that Kafka wrote are told as Kafka told them, after its clean stop and after its death") {
  for (const std::string state : {"clean", "killed"}) {
    CAPTURE(state);
    Rig rig;
    auto log = open_transactions(rig, state, state == "clean");
    CHECK(told(rig, *log) == read_golden(transactions + "/" + state + "/answers.txt"));
  }
}

TEST_CASE("an index of aborted transactions that is rebuilt is Kafka's, byte for byte, and so is what is known of the producers") {
  Rig rig;
  auto log = open_transactions(rig, "clean", true);
  const auto producers = log->producers().entries();  // from Kafka's snapshot
  const Offset end = log->log_end_offset();
  log.reset();
  const auto kafka = files_named(rig, ".txnindex");
  CHECK(kafka.size() >= 3);
  for (const auto& [name, content] : kafka) rig.disk().remove(partition_path + "/" + name);
  for (const auto& [name, content] : files_named(rig, ".snapshot")) rig.disk().remove(partition_path + "/" + name);
  log = open_log(rig, {}, {.clean = false});
  CHECK(told(rig, *log) == read_golden(transactions + "/clean/answers.txt"));
  REQUIRE(rig.run(log->close()));
  CHECK(files_named(rig, ".txnindex") == kafka);
  // Of each producer a snapshot has the last batch only.
  const auto again = parse_producer_snapshot(as_bytes(rig.content(partition_path + "/" + segment_file_name(end, suffix_snapshot))));
  REQUIRE(again);
  CHECK(again->entries() == producers);
}

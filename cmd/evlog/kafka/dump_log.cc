// kafka-dump-log: what lies in the files of a log, batch by batch and record by record.
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "evlog/input.h"
#include "evlog/kafka/dump_index.h"
#include "evlog/kafka/record_decoder.h"
#include "evlog/kafka/tool.h"
#include "evlog/mapped_file.h"
#include "log/producer_snapshot.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::cmd::kafka {
namespace {

namespace fs = std::filesystem;

constexpr Option options[] = {
    {"files", Takes::value, "FILE,FILE,…", "The files: .log, .index, .timeindex, .snapshot, .txnindex, .checkpoint. Required."},
    {"print-data-log", Takes::nothing, "", "Print keys and values too; a decoder implies it."},
    {"deep-iteration", Takes::nothing, "", "Print every record, not only batches; --print-data-log implies it."},
    {"skip-record-metadata", Takes::nothing, "", "Print keys and values without offsets and sizes."},
    {"max-bytes", Takes::value, "BYTES", "Read at most so much of each .log file."},
    {"max-message-size", Takes::value, "BYTES", "Accepted, without effect: a batch may have any size."},
    {"offsets-decoder", Takes::nothing, "", "Show the records of __consumer_offsets as JSON."},
    {"transaction-log-decoder", Takes::nothing, "", "Show the records of __transaction_state as JSON."},
    {"cluster-metadata-decoder", Takes::nothing, "", "Show the records of __cluster_metadata as JSON."},
    {"key-decoder-class", Takes::maybe, "CLASS", "How keys are shown: StringDecoder, IntegerDecoder or LongDecoder of org.apache.kafka.tools.api."},
    {"value-decoder-class", Takes::maybe, "CLASS", "How values are shown."},
    {"verify-index-only", Takes::nothing, "", "Check indexes without printing them."},
    {"index-sanity-check", Takes::nothing, "", "Check only the size of indexes."},
    {"remote-log-metadata-decoder", Takes::nothing, "", "", "", "evlog has no tiered storage"},
    {"share-group-state-decoder", Takes::nothing, "", "", "", "evlog has no share groups so far"},
};

constexpr std::string_view examples[] = {
    "kafka-dump-log --files data/orders-0/00000000000000000000.log --print-data-log",
    "kafka-dump-log --cluster-metadata-decoder --files data/__cluster_metadata-0/00000000000000000000.log",
};

std::string_view time_name(const record::BatchView& b) { return b.timestamp_type() == record::TimestampType::log_append_time ? "LogAppendTime" : "CreateTime"; }

std::string_view codec_name(const record::BatchView& b) {
  static constexpr std::string_view names[] = {"none", "gzip", "snappy", "lz4", "zstd"};
  const auto codec = b.compression();
  return codec ? names[static_cast<size_t>(*codec)] : "unknown";
}

class Dump {
 public:
  Dump(const Options& o, RecordDecoder decoder, size_t bytes_max)
      : decoder_(decoder), bytes_max_(bytes_max), contents_(o.count({"print-data-log", "offsets-decoder", "transaction-log-decoder", "cluster-metadata-decoder", "key-decoder-class", "value-decoder-class"}) > 0),
        deep_(contents_ || o.has("deep-iteration")), bare_(o.has("skip-record-metadata")) {}
  Or<void> log(const fs::path& path);

 private:
  void print_batch(const record::BatchView& b, size_t position);
  Or<void> print_records(const record::BatchView& b, const fs::path& path);
  Or<void> print_record(const record::BatchView& b, const record::Record& r);
  Or<void> flush(bool all);

  RecordDecoder decoder_;
  size_t bytes_max_;
  bool contents_, deep_, bare_;
  Output out_{false};
  int64_t last_offset_ = -1;
  std::string gaps_;
};

void Dump::print_batch(const record::BatchView& b, size_t position) {
  out_.text() += fmt::format("baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {}",
                             b.base_offset().value(), b.last_offset().value(), b.record_count(), b.base_sequence(), b.last_sequence(), b.producer_id().value(), b.producer_epoch().value(),
                             b.partition_leader_epoch().value(), b.is_transactional(), b.is_control(), b.has_delete_horizon() ? fmt::format("OptionalLong[{}]", b.base_timestamp()) : "OptionalLong.empty");
  out_.text() += fmt::format(" position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}\n", position, time_name(b), b.max_timestamp(), b.size_bytes(), b.magic(), codec_name(b),
                             b.crc(), b.check_crc().has_value());
}

int64_t size_or_none(const std::optional<Bytes>& bytes) { return bytes ? static_cast<int64_t>(bytes->size()) : -1; }

Or<void> Dump::print_record(const record::BatchView& b, const record::Record& r) {
  std::string& out = out_.text();
  if (!bare_) {
    std::vector<std::string_view> names;
    for (const auto& header : r.headers) names.push_back(header.key);
    const int32_t sequence = b.base_sequence() < 0 ? record::sequence_none : record::sequence_plus(b.base_sequence(), static_cast<int32_t>(r.offset.value() - b.base_offset().value()));
    out += fmt::format("| offset: {} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [{}]", r.offset.value(), time_name(b), r.timestamp, size_or_none(r.key), size_or_none(r.value), sequence, fmt::join(names, ","));
    if (b.is_control()) out += control_record_text(r);
  }
  if (contents_ && !b.is_control()) {
    const auto decoded = decoder_.decode(r);
    if (!decoded) return stop(decoded.error());
    std::string_view before = bare_ ? "| " : " ";
    if (decoded->key) out += fmt::format("{}key: {}", before, *decoded->key), before = " ";
    if (decoded->value) out += fmt::format("{}payload: {}", before, *decoded->value);
  }
  out += '\n';
  return {};
}

Or<void> Dump::print_records(const record::BatchView& b, const fs::path& path) {
  record::RecordIterator records(b);
  while (const auto r = records.next()) {
    if (r->offset.value() != last_offset_ + 1) gaps_ += fmt::format("  {} is followed by {}\n", last_offset_, r->offset.value());
    last_offset_ = r->offset.value();
    if (auto printed = print_record(b, *r); !printed) return printed;
  }
  if (auto status = records.status(); !status) return stop(fmt::format("{}: the batch at offset {}: {}", path.string(), b.base_offset().value(), status.error().message));
  return {};
}

Or<void> Dump::flush(bool all) {
  if (!all && !out_.full()) return {};
  std::fflush(stdout);
  if (auto flushed = out_.flush(); !flushed) return stop(as_stop(flushed.error()));
  return {};
}

// 00000000000000000010-0000000003.checkpoint
void print_snapshot_name(const std::string& name) {
  if (name == "bootstrap.checkpoint") return say("KRaft bootstrap snapshot");
  const size_t dash = name.find('-'), dot = name.rfind('.');
  if (dash == std::string::npos || dot < dash) return;
  say("Snapshot end offset: {}, epoch: {}", parse_int(name.substr(0, dash)).value_or(0), parse_int(name.substr(dash + 1, dot - dash - 1)).value_or(0));
}

Or<void> Dump::log(const fs::path& path) {
  if (path.extension() == ".log") say("Log starting offset: {}", parse_int(path.stem().string()).value_or(0));
  else print_snapshot_name(path.filename().string());
  const auto file = MappedFile::open(path.string());
  if (!file) return stop(as_stop(file.error()));
  const Bytes bytes = file->bytes().first(std::min(bytes_max_, file->bytes().size()));
  record::BatchIterator batches(bytes);
  last_offset_ = -1;
  gaps_.clear();
  Or<void> done;
  for (size_t position = 0; auto batch = batches.next(); position = batches.position()) {
    print_batch(*batch, position);
    if (deep_) done = print_records(*batch, path);
    if (done) done = flush(false);
    if (!done) break;
  }
  if (auto flushed = flush(true); !flushed) return flushed;
  if (!gaps_.empty()) fmt::print(stderr, "Non-consecutive offsets in {}\n{}", fs::absolute(path).string(), gaps_);
  if (!done) return done;
  if (batches.stop() == record::BatchIterator::Stop::corrupt) return stop(fmt::format("{}: position {}: {}", path.string(), batches.position(), batches.error().message));
  const size_t left = bytes.size() - batches.position();
  if (left > 0 && bytes_max_ == INT32_MAX) say("Found {} invalid bytes at the end of {}", left, path.filename().string());
  return {};
}

Or<void> dump_snapshot(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  if (!file) return stop(as_stop(file.error()));
  const auto state = log::parse_producer_snapshot(file->bytes());
  if (!state) return fmt::print(stderr, "{}\n", state.error().message), Or<void>();
  for (const auto& [id, entry] : state->entries()) {
    const auto* last = entry.last();
    const std::string first_open = entry.transaction_first_offset.value() < 0 ? "OptionalLong.empty" : fmt::format("OptionalLong[{}]", entry.transaction_first_offset.value());
    const std::string batch = last ? fmt::format(" firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}", last->first_sequence(), last->last_sequence, last->last_offset.value(), last->offset_delta, last->timestamp_ms) : "";
    say("producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {}{}", id.value(), entry.epoch.value(), entry.coordinator_epoch, first_open, entry.last_timestamp_ms, batch);
  }
  return {};
}

// Version, producer, first and last offset, last stable offset: 34 bytes each.
Or<void> dump_aborted(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  if (!file) return stop(as_stop(file.error()));
  for (size_t at = 0; at + 34 <= file->bytes().size(); at += 34) {
    const uint8_t* const p = file->bytes().data() + at;
    say("version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}", load_be<int16_t>(p), load_be<int64_t>(p + 2), load_be<int64_t>(p + 10), load_be<int64_t>(p + 18), load_be<int64_t>(p + 26));
  }
  return {};
}

Or<void> dump_file(const std::string& path, Dump& dump, IndexOptions index) {
  say("Dumping {}", path);
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".log" || extension == ".checkpoint") return dump.log(path);
  if (extension == ".index") return dump_offset_index(path, index);
  if (extension == ".timeindex") return dump_time_index(path, index);
  if (extension == ".snapshot") return dump_snapshot(path);
  if (extension == ".txnindex") return dump_aborted(path);
  fmt::print(stderr, "Ignoring unknown file {}\n", path);
  return {};
}

Or<int> run(const Options& o) {
  if (auto required = o.require({"files"}); !required) return stop(required.error());
  if (auto single = o.check_single({"files", "key-decoder-class", "value-decoder-class"}); !single) return stop(single.error());
  const auto decoder = RecordDecoder::of(o);
  if (!decoder) return stop(decoder.error());
  const auto bytes_max = o.number("max-bytes");
  if (!bytes_max) return stop(bytes_max.error());
  if (auto size = o.number("max-message-size"); !size) return stop(size.error());
  Dump dump(o, *decoder, static_cast<size_t>(std::max<int64_t>(0, bytes_max->value_or(INT32_MAX))));
  const std::string files = o.text("files");
  for (size_t at = 0; at <= files.size();) {
    const size_t end = std::min(files.find(',', at), files.size());
    if (auto dumped = dump_file(files.substr(at, end - at), dump, {o.has("index-sanity-check"), o.has("verify-index-only")}); !dumped) return stop(dumped.error());
    at = end + 1;
  }
  return exit_code::ok;
}

}  // namespace

const Tool dump_log_tool{"kafka-dump-log", "What lies in the files of a log: batches, records, indexes, snapshots", examples, options, run};

}  // namespace evlog::cmd::kafka

// evlog dump-segment: what lies in log files, without a server: evlog's and Kafka's own.
#include <algorithm>
#include <filesystem>

#include "client/record_format.h"
#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/commands.h"
#include "evlog/input.h"
#include "evlog/inspect/decode.h"
#include "evlog/inspect/directory_check.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/inspect/segment_stats.h"
#include "evlog/inspect/show_file.h"
#include "evlog/kafka/tool.h"
#include "evlog/mapped_file.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "record/record_iterator.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> paths;
  bool records = false, verify = false, index = false, stats = false, json = false, kafka = false;
  std::string format, decode;
  int64_t from = 0, to = INT64_MAX, count = INT64_MAX, bytes_max = INT64_MAX;
};

std::string codec_name(const record::BatchView& batch) {
  static constexpr const char* names[] = {"none", "gzip", "snappy", "lz4", "zstd"};
  const auto codec = batch.compression();
  return codec ? names[static_cast<size_t>(*codec)] : "unknown";
}

std::string_view type_name(const record::BatchView& batch) { return batch.timestamp_type() == record::TimestampType::log_append_time ? "append" : "create"; }

void append_batch_text(std::string& out, const record::BatchView& b, size_t position) {
  out += fmt::format("offset {}..{} ({}) pos {} size {} ts {} codec {}", b.base_offset().value(), b.last_offset().value(), b.record_count(), position, b.size_bytes(),
                     b.max_timestamp() < 0 ? "none" : client::iso_time(b.max_timestamp()), codec_name(b));
  if (b.has_producer_id()) out += fmt::format(" pid {} epoch {} seq {}..{}", b.producer_id().value(), b.producer_epoch().value(), b.base_sequence(), b.last_sequence());
  out += fmt::format(" leader-epoch {}{}{} crc {}\n", b.partition_leader_epoch().value(), b.is_transactional() ? " transactional" : "", b.is_control() ? " control" : "", b.check_crc() ? "ok" : "WRONG");
}

void append_batch_json(std::string& out, const record::BatchView& b, size_t position) {
  out += JsonLine().number("base_offset", b.base_offset().value()).number("last_offset", b.last_offset().value()).number("count", b.record_count()).number("position", static_cast<int64_t>(position))
             .number("size", static_cast<int64_t>(b.size_bytes())).number("base_timestamp", b.base_timestamp()).number("max_timestamp", b.max_timestamp()).text("tstype", type_name(b)).text("codec", codec_name(b))
             .number("producer_id", b.producer_id().value()).number("producer_epoch", b.producer_epoch().value()).number("base_sequence", b.base_sequence()).number("last_sequence", b.last_sequence())
             .number("leader_epoch", b.partition_leader_epoch().value()).boolean("transactional", b.is_transactional()).boolean("control", b.is_control()).boolean("crc_ok", b.check_crc().has_value()).object();
  out += '\n';
}

std::optional<std::string_view> view(const std::optional<Bytes>& bytes) { return bytes ? std::optional(as_text(*bytes)) : std::nullopt; }

class Dump {
 public:
  explicit Dump(const Options& options) : options_(options), output_(false) {}
  Expected<void> start();
  Expected<void> file(const fs::path& path);
  Outcome finish();

 private:
  Expected<void> log(const fs::path& path, Bytes bytes);
  Expected<void> print(const record::BatchView& batch, size_t position);
  void print_records(const record::BatchView& batch);
  void print_record(const record::BatchView& batch, const record::Record& record);
  void damage(const fs::path& path, const Piece& piece);
  bool wanted(int64_t first, int64_t last) const { return last >= options_.from && first < options_.to && printed_ < options_.count; }
  bool records() const { return options_.records || !options_.format.empty() || !options_.decode.empty(); }

  const Options& options_;
  Output output_;
  std::optional<client::RecordFormat> format_;
  std::optional<Decode> decode_;
  SegmentStats stats_;
  PartitionName name_;
  int64_t printed_ = 0;
  uint64_t faults_ = 0;
};

Expected<void> Dump::start() {
  decode_ = parse_decode(options_.decode);
  if (options_.json) return {};
  const std::string named = client::RecordFormat::named(options_.format);
  const std::string text = options_.format.empty() ? "%o %T{iso} key=%k{json} value=%s{json} headers=[%h{%k{json}:%s{json} }]\\n" : named.empty() ? options_.format : named;
  auto format = client::RecordFormat::parse(text);
  if (!format) return failure(exit_code::usage, "see: evlog help formats", "-f: {}", format.error().message);
  format_ = std::move(*format);
  return {};
}

void Dump::print_record(const record::BatchView& batch, const record::Record& r) {
  if (decode_) return void(output_.text() += decoded_json(*decode_, batch, r) + "\n");
  client::Record out;
  out.topic = name_.topic, out.partition = name_.partition, out.offset = r.offset.value(), out.timestamp_ms = r.timestamp;
  out.timestamp_type = type_name(batch);
  out.key = view(r.key), out.value = view(r.value);
  for (const auto& header : r.headers) out.headers.push_back({header.key, view(header.value)});
  out.leader_epoch = batch.partition_leader_epoch().value();
  out.producer_id = batch.producer_id().value(), out.producer_epoch = batch.producer_epoch().value();
  const std::string codec = codec_name(batch);
  out.compression = codec, out.transactional = batch.is_transactional(), out.control = batch.is_control();
  if (options_.json) client::append_json(output_.text(), out), output_.text() += '\n';
  else format_->append(output_.text(), out);
}

void Dump::print_records(const record::BatchView& batch) {
  record::RecordIterator records(batch);
  while (const auto r = records.next()) {
    if (!wanted(r->offset.value(), r->offset.value())) continue;
    print_record(batch, *r);
    ++printed_;
  }
  if (auto status = records.status(); !status) {
    ++faults_;
    warn(fmt::format("offset {}: {}", batch.base_offset().value(), status.error().message));
  }
}

Expected<void> Dump::print(const record::BatchView& batch, size_t position) {
  if (!wanted(batch.base_offset().value(), batch.last_offset().value())) return {};
  if (options_.stats) stats_.batch(batch);
  else if (records()) print_records(batch);
  else if (options_.json) append_batch_json(output_.text(), batch, position), ++printed_;
  else append_batch_text(output_.text(), batch, position), ++printed_;
  return output_.full() ? output_.flush() : Expected<void>();
}

void Dump::damage(const fs::path& path, const Piece& piece) {
  ++faults_;
  fmt::print(stderr, "{}\n", fault_text({path.string(), piece.position, fmt::format("{}; {} bytes are passed over", piece.why, piece.size_bytes), fmt::format("evlog repair {}", path.parent_path().string())}));
}

// Damage is told and passed over: what lies behind it is shown too.
Expected<void> Dump::log(const fs::path& path, Bytes bytes) {
  name_ = partition_of(fs::absolute(path).parent_path());
  const bool snapshot = kind_of(path) == FileKind::metadata_snapshot;
  if (snapshot && !options_.decode.empty()) decode_ = Decode::metadata;
  SegmentWalk walk(bytes.first(std::min(bytes.size(), static_cast<size_t>(options_.bytes_max))), Offset(0));
  while (const auto piece = walk.next()) {
    if (interrupted()) return {};
    const bool cut_off = piece->position + piece->size_bytes >= static_cast<size_t>(options_.bytes_max);
    if (piece->batch) {
      if (auto printed = print(*piece->batch, piece->position); !printed) return printed;
    } else if (!cut_off) {
      damage(path, *piece);
    }
    if (printed_ >= options_.count) break;
  }
  return output_.flush();
}

Expected<void> Dump::file(const fs::path& path) {
  const FileKind kind = kind_of(path);
  if (kind != FileKind::segment && kind != FileKind::metadata_snapshot) {
    if (options_.index && !options_.json) output_.text() += fmt::format("{}:\n", path.string());
    if (auto shown = show_file(path, options_.json, output_.text()); !shown) return shown;
    return output_.flush();
  }
  const auto mapped = MappedFile::open(path.string());
  if (!mapped) return failure(mapped.error());
  return log(path, mapped->bytes());
}

Outcome Dump::finish() {
  if (auto flushed = output_.flush(); !flushed) return failure(flushed.error());
  if (options_.stats) stats_.print(options_.json);
  return faults_ ? exit_code::failed : interrupted();
}

// A directory stands for its logs, or with --index for the indexes beside them.
std::vector<fs::path> files_in(const fs::path& directory, bool index) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const FileKind kind = kind_of(entry.path());
    const bool is_index = kind == FileKind::offset_index || kind == FileKind::time_index || kind == FileKind::txn_index;
    if (index ? is_index : kind == FileKind::segment) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

void add_indexes(std::vector<fs::path>& out, const fs::path& log) {
  std::error_code error;
  for (const char* extension : {".index", ".timeindex", ".txnindex"})
    if (const fs::path other = fs::path(log).replace_extension(extension); fs::exists(other, error)) out.push_back(other);
}

Expected<std::vector<fs::path>> files_of(const Options& o) {
  std::vector<fs::path> out;
  for (const std::string& path : o.paths) {
    const Place place = place_of(path);
    if (place == Place::data_directory) return failure(exit_code::usage, fmt::format("one of its partitions: {}/orders-0; or check all of it: --verify", path), "{} is a whole data directory", path);
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (o.index && kind_of(path) == FileKind::segment) add_indexes(out, path);
      else out.emplace_back(path);
      continue;
    }
    const auto found = files_in(path, o.index);
    if (found.empty() && place != Place::partition) return failure(exit_code::missing, "a partition's directory is named like orders-0", "{} has no .log files", path);
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

// --verify: a file is checked with its partition's directory, for the others are what it is held against.
class Verify {
 public:
  explicit Verify(const Options& options) : options_(options) {}
  Expected<void> path(const fs::path& path);
  Outcome finish() const;

 private:
  void partition(const fs::path& directory, const PartitionFacts& facts, const fs::path& only = {});
  void directory(const fs::path& directory);
  void small_file(const fs::path& path, std::string remedy);
  void tell(const Fault& fault);

  const Options& options_;
  uint64_t files_ = 0, batches_ = 0, records_ = 0, faults_ = 0;
};

void Verify::tell(const Fault& fault) {
  ++faults_;
  if (options_.json) fmt::print("{}\n", fault_json(fault));
  else fmt::print(stderr, "{}\n", fault_text(fault));
}

bool belongs_to(const fs::path& file, const fs::path& log) { return file.stem() == log.stem() && file.parent_path() == log.parent_path(); }

void Verify::partition(const fs::path& directory, const PartitionFacts& facts, const fs::path& only) {
  const PartitionReport report = check_partition(directory, facts);
  for (const SegmentReport& segment : report.segments) {
    if (!only.empty() && !belongs_to(segment.path, only)) continue;
    batches_ += segment.batches;
    records_ += segment.records;
  }
  files_ += only.empty() ? report.files : 1;
  for (const Fault& fault : report.faults)
    if (only.empty() || belongs_to(fault.file, only)) tell(fault);
}

void Verify::small_file(const fs::path& path, std::string remedy) {
  ++files_;
  if (auto sound = check_small_file(path); !sound) tell({path.string(), std::nullopt, sound.error().message, std::move(remedy)});
}

void Verify::directory(const fs::path& directory) {
  const DirectoryFacts facts(directory);
  for (const fs::path& path : directory_files(directory)) small_file(path, fmt::format("evlog repair {}", directory.string()));
  for (const fs::path& path : partition_directories(directory)) {
    if (interrupted()) return;
    partition(path, facts.of(path));
  }
}

Expected<void> Verify::path(const fs::path& path) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  switch (place_of(path)) {
    case Place::data_directory: directory(path); return {};
    case Place::partition: partition(path, DirectoryFacts((path / "").parent_path().parent_path()).of(path)); return {};
    case Place::file: {
      const FileKind kind = kind_of(path);
      const bool of_segment = kind == FileKind::segment || kind == FileKind::offset_index || kind == FileKind::time_index || kind == FileKind::txn_index;
      if (kind == FileKind::other) return failure(exit_code::usage, "a file of a log, a partition's directory or a whole data directory", "{} is no file of a log", path.string());
      if (of_segment) partition(parent, DirectoryFacts(fs::absolute(parent).parent_path()).of(parent), path);
      else small_file(path, fmt::format("evlog repair {}", parent.string()));
      return {};
    }
    case Place::nothing: break;
  }
  std::error_code error;
  if (!fs::exists(path, error)) return failure(exit_code::missing, "", "cannot read {}: No such file or directory", path.string());
  return failure(exit_code::missing, "a partition's directory is named like orders-0", "{} has no .log files", path.string());
}

Outcome Verify::finish() const {
  if (options_.json) JsonLine().number("files", static_cast<int64_t>(files_)).number("batches", static_cast<int64_t>(batches_)).number("records", static_cast<int64_t>(records_)).number("faults", static_cast<int64_t>(faults_)).print();
  else fmt::print("{} file{}, {} batches, {} records, {} fault{}\n", files_, files_ == 1 ? "" : "s", batches_, records_, faults_, faults_ == 1 ? "" : "s");
  return faults_ ? exit_code::failed : interrupted();
}

Outcome verify(const Options& o) {
  Verify run(o);
  for (const std::string& path : o.paths)
    if (auto done = run.path(path); !done) return failure(done.error());
  return run.finish();
}

// The lines of kafka-dump-log, from the tool itself.
Outcome dump_as_kafka(const Options& o, const std::vector<fs::path>& files) {
  std::vector<std::string> names, words;
  for (const fs::path& path : files) names.push_back(path.string());
  words = {"--files", fmt::format("{}", fmt::join(names, ","))};
  if (o.records) words.emplace_back("--print-data-log");
  if (o.decode == "offsets") words.emplace_back("--offsets-decoder");
  if (o.decode == "transactions") words.emplace_back("--transaction-log-decoder");
  if (o.decode == "metadata") words.emplace_back("--cluster-metadata-decoder");
  if (o.bytes_max != INT64_MAX) words.insert(words.end(), {"--max-bytes", fmt::format("{}", o.bytes_max)});
  const auto options = kafka::Options::parse(kafka::dump_log_tool.options, words);
  const auto done = options ? kafka::dump_log_tool.run(*options) : kafka::stop(options.error());
  if (!done) return failure(exit_code::failed, done.error().hint, "{}", done.error().message);
  return *done;
}

Expected<void> check_options(const Options& o) {
  if (o.kafka && (o.json || o.verify || o.stats || !o.format.empty() || o.from > 0 || o.to != INT64_MAX || o.count != INT64_MAX))
    return failure(exit_code::usage, "with --kafka: --records, --decode, --index and --max-bytes", "--kafka prints what Kafka's tool prints, and takes no such options");
  if (!o.decode.empty() && !o.format.empty()) return failure(exit_code::usage, "", "--decode prints JSON; -f has no effect on it");
  return {};
}

Outcome dump(const Options& o) {
  watch_signals();
  if (auto sound = check_options(o); !sound) return failure(sound.error());
  if (o.verify) return verify(o);
  const auto files = files_of(o);
  if (!files) return failure(files.error());
  if (o.kafka) return dump_as_kafka(o, *files);
  Dump run(o);
  if (auto started = run.start(); !started) return failure(started.error());
  for (const fs::path& path : *files)
    if (auto done = run.file(path); !done) return failure(done.error());
  return run.finish();
}

}  // namespace

void add_dump_segment(Args& root) {
  Args& args = root.command("dump-segment", "Print or verify log files, without a server", {"dump"});
  Options& o = args.keep<Options>();
  args.examples({"evlog dump-segment data/orders-0                              # one line per batch", "evlog dump-segment data/orders-0/00000000000000000000.log --records",
                 "evlog dump-segment data/orders-0 --json --from 1000 --to 1100", "evlog dump-segment data --verify                               # every file of a data directory",
                 "evlog dump-segment data/__consumer_offsets-12 --decode offsets", "evlog dump-segment data/orders-0 --stats"})
      .about("Reads evlog's files and Kafka's own: they are the same. --verify checks checksums, offsets, counts, every record, the\n"
             "indexes against the batches, producer snapshots, leader epochs and all the small files; each fault is a line on stderr\n"
             "with file, position, what is wrong and how to mend it (--json: an object on stdout), and it ends with exit 1.\n"
             "evlog repair mends. What lies behind damage is shown too.")
      .positionals("PATH", o.paths, "A file of a log (.log, .index, .timeindex, .txnindex, .snapshot, .checkpoint …), a partition's directory, or with --verify a whole data directory")
      .flag("--records", o.records, "Every record, not only the batches")
      .flag("--index", o.index, "The indexes, not the log")
      .choice("--decode", o.decode, {"offsets", "transactions", "metadata"}, "The records that servers write for themselves, as JSON")
      .flag("--verify", o.verify, "Check, and print only a summary")
      .flag("--stats", o.stats, "Codecs, sizes of batches, keys, and what compaction would drop")
      .flag("--kafka", o.kafka, "The lines that kafka-dump-log prints; with --records those of --print-data-log")
      .flag("--json", o.json, "One JSON object per line; with --records as evlog consume --json prints them")
      .text("-f,--format", o.format, "FORMAT", "Records by a format string: evlog help formats")
      .number("--from", o.from, "OFFSET", "From this offset on", 0, INT64_MAX)
      .number("--to", o.to, "OFFSET", "Below this offset", 0, INT64_MAX)
      .number("-n,--count", o.count, "N", "At most N lines", 0, INT64_MAX)
      .number("--max-bytes", o.bytes_max, "BYTES", "Read at most so much of each .log file", 0, INT64_MAX);
  args.run([&o] { return dump(o); });
}

}  // namespace evlog::cmd

// evlog dump-segment: what lies in log files, without a server: evlog's and Kafka's own.
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "client/record_format.h"
#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/commands.h"
#include "evlog/input.h"
#include "evlog/mapped_file.h"
#include "evlog/segment_check.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> paths;
  bool records = false, verify = false, json = false;
  std::string format;
  int64_t from = 0, to = INT64_MAX, count = INT64_MAX;
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
  Expected<void> print(const record::BatchView& batch, size_t position);
  void print_records(const record::BatchView& batch);
  void index(const MappedFile& file, const fs::path& path);
  void verify_indexes(const fs::path& path, SegmentCheck& check);
  bool records() const { return options_.records || !options_.format.empty(); }

  const Options& options_;
  Output output_;
  std::optional<client::RecordFormat> format_;
  std::string topic_;
  int32_t partition_ = -1;
  int64_t printed_ = 0;
  uint64_t batches_ = 0, records_ = 0, faults_ = 0, files_ = 0;
};

Expected<void> Dump::start() {
  if (options_.json) return {};
  const std::string named = client::RecordFormat::named(options_.format);
  const std::string text = options_.format.empty() ? "%o %T{iso} key=%k{json} value=%s{json} headers=[%h{%k{json}:%s{json} }]\\n" : named.empty() ? options_.format : named;
  auto format = client::RecordFormat::parse(text);
  if (!format) return failure(exit_code::usage, "see: evlog help formats", "-f: {}", format.error().message);
  format_ = std::move(*format);
  return {};
}

void Dump::print_records(const record::BatchView& batch) {
  record::RecordIterator records(batch);
  client::Record out;
  while (const auto r = records.next()) {
    if (r->offset.value() < options_.from || r->offset.value() >= options_.to || printed_ >= options_.count) continue;
    out.clear();
    out.topic = topic_, out.partition = partition_, out.offset = r->offset.value(), out.timestamp_ms = r->timestamp;
    out.timestamp_type = type_name(batch);
    out.key = view(r->key), out.value = view(r->value);
    for (const auto& header : r->headers) out.headers.push_back({header.key, view(header.value)});
    out.leader_epoch = batch.partition_leader_epoch().value();
    out.producer_id = batch.producer_id().value(), out.producer_epoch = batch.producer_epoch().value();
    const std::string codec = codec_name(batch);
    out.compression = codec, out.transactional = batch.is_transactional(), out.control = batch.is_control();
    if (options_.json) client::append_json(output_.text(), out), output_.text() += '\n';
    else format_->append(output_.text(), out);
    ++printed_;
  }
  if (auto status = records.status(); !status) {
    ++faults_;
    warn(fmt::format("offset {}: {}", batch.base_offset().value(), status.error().message));
  }
}

Expected<void> Dump::print(const record::BatchView& batch, size_t position) {
  if (batch.last_offset().value() < options_.from || batch.base_offset().value() >= options_.to || printed_ >= options_.count) return {};
  if (records()) print_records(batch);
  else if (options_.json) append_batch_json(output_.text(), batch, position), ++printed_;
  else append_batch_text(output_.text(), batch, position), ++printed_;
  return output_.full() ? output_.flush() : Expected<void>();
}

void Dump::index(const MappedFile& file, const fs::path& path) {
  const bool times = path.extension() == ".timeindex";
  const int64_t base = parse_int(path.stem().string()).value_or(0);
  const size_t step = times ? 12 : 8;
  for (size_t at = 0; at + step <= file.bytes().size(); at += step) {
    const uint8_t* const entry = file.bytes().data() + at;
    const int64_t time = times ? load_be<int64_t>(entry) : 0;
    const int64_t offset = base + load_be<int32_t>(entry + (times ? 8 : 0));
    const int64_t position = times ? 0 : load_be<int32_t>(entry + 4);
    if (at > 0 && offset == base && position == 0 && time == 0) break;  // room not used yet
    JsonLine line;
    if (times) line.number("timestamp", time).number("offset", offset);
    else line.number("offset", offset).number("position", position);
    if (options_.json) output_.text() += line.object() + "\n";
    else if (times) output_.text() += fmt::format("timestamp {} ({}) offset {}\n", time, client::iso_time(time), offset);
    else output_.text() += fmt::format("offset {} pos {}\n", offset, position);
  }
}

void Dump::verify_indexes(const fs::path& path, SegmentCheck& check) {
  for (const char* extension : {".index", ".timeindex"}) {
    fs::path other = path;
    other.replace_extension(extension);
    if (!fs::exists(other)) continue;
    const auto mapped = MappedFile::open(other.string());
    if (!mapped) continue;
    if (std::string_view(extension) == ".index") check.offset_index(mapped->bytes());
    else check.time_index(mapped->bytes());
  }
}

Expected<void> Dump::file(const fs::path& path) {
  const auto mapped = MappedFile::open(path.string());
  if (!mapped) return failure(mapped.error());
  ++files_;
  if (path.extension() == ".index" || path.extension() == ".timeindex") return index(*mapped, path), output_.flush();
  const std::string folder = fs::absolute(path).parent_path().filename().string();
  const size_t dash = folder.rfind('-');
  topic_ = folder.substr(0, dash);
  partition_ = dash == std::string::npos ? -1 : static_cast<int32_t>(parse_int(folder.substr(dash + 1)).value_or(-1));
  SegmentCheck check{Offset(parse_int(path.stem().string()).value_or(0))};
  record::BatchIterator batches(mapped->bytes());
  for (size_t position = 0; auto batch = batches.next(); position = batches.position()) {
    ++batches_;
    records_ += static_cast<uint64_t>(std::max(0, batch->record_count()));
    if (options_.verify) check.batch(*batch, position);
    else if (auto printed = print(*batch, position); !printed) return printed;
    if (interrupted()) return {};
  }
  if (batches.stop() == record::BatchIterator::Stop::incomplete) check.end(fmt::format("{} bytes of a batch that is not whole", mapped->bytes().size() - batches.position()), batches.position());
  if (batches.stop() == record::BatchIterator::Stop::corrupt) check.end(batches.error().message, batches.position());
  if (options_.verify) verify_indexes(path, check);
  for (const std::string& fault : check.faults()) fmt::print(stderr, "{}: {}\n", path.string(), fault);
  faults_ += check.faults().size();
  return output_.flush();
}

Outcome Dump::finish() {
  if (auto flushed = output_.flush(); !flushed) return failure(flushed.error());
  if (options_.verify && options_.json) JsonLine().number("files", static_cast<int64_t>(files_)).number("batches", static_cast<int64_t>(batches_)).number("records", static_cast<int64_t>(records_)).number("faults", static_cast<int64_t>(faults_)).print();
  else if (options_.verify) fmt::print("{} file{}, {} batches, {} records, {} fault{}\n", files_, files_ == 1 ? "" : "s", batches_, records_, faults_, faults_ == 1 ? "" : "s");
  return faults_ ? exit_code::failed : interrupted();
}

Expected<std::vector<fs::path>> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.emplace_back(path);
      continue;
    }
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(path, error))
      if (entry.path().extension() == ".log") logs.push_back(entry.path());
    if (logs.empty()) return failure(exit_code::missing, "a partition's directory is named like orders-0", "{} has no .log files", path);
    std::ranges::sort(logs);
    out.insert(out.end(), logs.begin(), logs.end());
  }
  return out;
}

Outcome dump(const Options& o) {
  watch_signals();
  const auto files = files_of(o.paths);
  if (!files) return failure(files.error());
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
                 "evlog dump-segment data/orders-0 --verify", "evlog dump-segment data/orders-0 --json --from 1000 --to 1100", "evlog dump-segment data/orders-0/00000000000000000000.timeindex"})
      .about("Reads evlog's files and Kafka's own: they are the same. --verify checks checksums, order, counts, every record and both\n"
             "indexes; it ends with exit 1 when there are faults, each of which is a line on stderr.")
      .positionals("PATH", o.paths, "A .log, .index or .timeindex file, or a partition's directory")
      .flag("--records", o.records, "Every record, not only the batches")
      .flag("--verify", o.verify, "Check, and print only a summary")
      .flag("--json", o.json, "One JSON object per line; with --records as evlog consume --json prints them")
      .text("-f,--format", o.format, "FORMAT", "Records by a format string: evlog help formats")
      .number("--from", o.from, "OFFSET", "From this offset on", 0, INT64_MAX)
      .number("--to", o.to, "OFFSET", "Below this offset", 0, INT64_MAX)
      .number("-n,--count", o.count, "N", "At most N lines", 0, INT64_MAX);
  args.run([&o] { return dump(o); });
}

}  // namespace evlog::cmd

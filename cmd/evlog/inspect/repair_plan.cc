#include "evlog/inspect/repair_plan.h"

#include <algorithm>
#include <random>

#include "base/text.h"
#include "config/properties.h"
#include "evlog/inspect/durable_file.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/inspect/index_build.h"
#include "evlog/inspect/txn_index.h"
#include "evlog/mapped_file.h"
#include "log/meta_properties.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;
using Work = std::function<Expected<void>()>;

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }
std::string count_of(int64_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

Expected<void> write_indexes(const fs::path& log) {
  const auto file = MappedFile::open(log.string());
  if (!file) return failure(file.error());
  const Indexes made = build_indexes(file->bytes(), Offset(parse_int(log.stem().string()).value_or(0)));
  if (auto done = replace_file(fs::path(log).replace_extension(".index"), {made.offsets.bytes()}); !done) return done;
  return replace_file(fs::path(log).replace_extension(".timeindex"), {made.times.bytes()});
}

fs::path aside(const fs::path& path) { return free_name(path.string() + ".damaged"); }

// Renames, so that the file is there for whoever wants it, and made again without it.
RepairStep set_file_aside(const fs::path& path, std::string what, std::string_view consequence) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  RepairStep step{{path.string(), std::nullopt, std::move(what), {}}, fmt::format("renamed to {}; {}", aside(path).filename().string(), consequence), {}, {}};
  step.loss.bytes = error ? 0 : size;
  step.work = [path] { return rename_file(path, aside(path)); };
  return step;
}

RepairStep left_alone(const fs::path& path, std::string what, std::string_view why) { return {{path.string(), std::nullopt, std::move(what), {}}, std::string(why), {}, {}}; }

// One entry of a checkpoint is changed, the others stay.
Expected<void> lower_checkpoint(const fs::path& path, const PartitionName& name, Offset to) {
  const auto file = MappedFile::open(path.string());
  if (!file) return {};
  auto checkpoint = log::parse_offset_checkpoint(as_text(file->bytes()));
  if (!checkpoint) return {};
  const auto found = checkpoint->find({name.topic, PartitionIndex(name.partition)});
  if (found == checkpoint->end() || found->second <= to) return {};
  found->second = to;
  const std::string text = log::format_offset_checkpoint(*checkpoint);
  return replace_file(path, {bytes_of(text)});
}

// Everything that a damaged meta.properties still tells, and what the metadata log knows; a new cluster id where neither has it.
std::optional<log::MetaProperties> salvage(const fs::path& path, const cluster::Image* image) {
  const auto file = MappedFile::open(path.string());
  const auto found = file ? config::parse_properties(as_text(file->bytes())) : fail(ErrorCode::KAFKA_STORAGE_ERROR);
  log::MetaProperties out;
  if (found) {
    for (const auto& property : *found) {
      if (property.name == "cluster.id" && property.value.size() == 22 && Uuid::parse(property.value)) out.cluster_id = property.value;
      if (property.name == "directory.id") out.directory_id = Uuid::parse(property.value).value_or(Uuid{});
    }
  }
  if (!image || image->brokers().size() != 1) return std::nullopt;
  const auto& broker = image->brokers().begin()->second;
  out.node_id = broker.id.value();
  const auto known = std::ranges::find(broker.log_dirs, out.directory_id);
  if (known == broker.log_dirs.end()) {
    if (broker.log_dirs.size() != 1) return std::nullopt;
    out.directory_id = broker.log_dirs.front();
  }
  if (out.cluster_id.empty()) {
    std::random_device device;
    const auto half = [&] { return static_cast<uint64_t>(device()) << 32 | device(); };
    out.cluster_id = Uuid{half(), half()}.text();
  }
  return out;
}

RepairStep rewritten(const fs::path& path, std::string what, std::string action, std::string text) {
  return {{path.string(), std::nullopt, std::move(what), {}}, std::move(action), {}, [path, text = std::move(text)]() -> Expected<void> {
    const auto old = MappedFile::open(path.string());
    if (old) {
      if (auto kept = replace_file(aside(path), {old->bytes()}); !kept) return kept;
    }
    return replace_file(path, {bytes_of(text)});
  }};
}

RepairStep for_meta_properties(const fs::path& path, const Error& error, const cluster::Image* image) {
  const auto meta = salvage(path, image);
  if (!meta) return left_alone(path, error.message, "nothing else tells all that was in it: restore it from a backup, or write it by hand: version=1, cluster.id, node.id and directory.id");
  const std::string text = log::format_meta_properties(*meta);
  return rewritten(path, error.message, fmt::format("written anew with cluster.id={}, node.id={} and directory.id={}; the old one is kept as {}", meta->cluster_id, meta->node_id, meta->directory_id.text(), aside(path).filename().string()), text);
}

std::string_view consequence_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name == log::recovery_point_file) return "the next start reads more";
  if (name == log::high_watermark_file) return "it is found again from the logs";
  if (name == log::cleaner_file) return "compaction begins anew";
  if (name == log::log_start_file) return "what DeleteRecords removed from a segment that is still there can be read again";
  if (name == ".kafka_cleanshutdown") return "the next start checks the logs as after a crash";
  if (name == "evlog-checkpoint") return "the next start reads the logs instead";
  if (name.starts_with("evlog-wal-")) return "what was acknowledged and only there is lost";
  return "it is made again";
}

}  // namespace

void RepairPlan::directory(const fs::path& directory, const DirectoryFacts& facts) {
  for (const fs::path& path : directory_files(directory)) {
    const auto sound = check_small_file(path);
    if (sound) continue;
    const Error& error = sound.error();
    const FileKind kind = kind_of(path);
    if (error.code == ErrorCode::UNSUPPORTED_VERSION && kind != FileKind::offset_checkpoint) steps_.push_back(left_alone(path, error.message, "a newer version wrote it: use that one"));
    else if (kind == FileKind::meta_properties) steps_.push_back(for_meta_properties(path, error, facts.image()));
    else if (kind == FileKind::metadata_snapshot && !facts.image()) steps_.push_back(left_alone(path, error.message, "the metadata log is still to begin with it: restore it from a backup"));
    else steps_.push_back(set_file_aside(path, error.message, consequence_of(path)));
  }
}

class RepairPlan::PartitionPlan {
 public:
  PartitionPlan(std::vector<RepairStep>& steps, const PartitionReport& report, const PartitionFacts& facts, const DirectoryFacts& directory, RepairOptions options)
      : steps_(steps), report_(report), facts_(facts), directory_(directory), options_(options), name_(partition_of(report.directory)), is_metadata_(name_.topic == "__cluster_metadata") {}
  void run();

 private:
  void segment(size_t number);
  bool restore(const SegmentReport& s, const Damage& d, Bytes log);
  void take_out(const SegmentReport& s, const std::vector<Damage>& lost);
  void truncate_metadata(size_t number, const Damage& d);
  void epochs(const SegmentReport& s, const std::vector<Damage>& lost);
  void indexes(const SegmentReport& s);
  void bad_file(const BadFile& bad);
  void missing_end();
  OffsetGap offsets_of(const SegmentReport& s, const Damage& d) const;
  bool covered_by_snapshot(Offset to) const;
  Fault first_fault(const fs::path& file) const;

  std::vector<RepairStep>& steps_;
  const PartitionReport& report_;
  const PartitionFacts& facts_;
  const DirectoryFacts& directory_;
  RepairOptions options_;
  PartitionName name_;
  bool is_metadata_;
  Offset end_after_;        // of the log, when all is done
  bool end_known_ = true;
  bool stopped_ = false;    // the metadata log is cut here
};

Fault RepairPlan::PartitionPlan::first_fault(const fs::path& file) const {
  const auto found = std::ranges::find(report_.faults, file.string(), &Fault::file);
  return found == report_.faults.end() ? Fault{file.string(), std::nullopt, "it does not agree with the log", {}} : *found;
}

// The offsets that lay in a piece: up to the next sound batch or segment; at the end of the log, as far as anything tells.
OffsetGap RepairPlan::PartitionPlan::offsets_of(const SegmentReport& s, const Damage& d) const {
  if (d.next) return {d.expected, *d.next, d.position};
  if (s.upper != Offset(INT64_MAX)) return {d.expected, s.upper, d.position};
  return {d.expected, std::max(d.expected + 1, facts_.durable_end.value_or(d.expected)), d.position};
}

bool RepairPlan::PartitionPlan::covered_by_snapshot(Offset to) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(report_.directory, error)) {
    if (kind_of(entry.path()) != FileKind::metadata_snapshot || !check_small_file(entry.path())) continue;
    if (parse_int(entry.path().filename().string().substr(0, 20)).value_or(0) >= to.value()) return true;
  }
  return false;
}

bool RepairPlan::PartitionPlan::restore(const SegmentReport& s, const Damage& d, Bytes log) {
  std::optional<Offset> next = d.next;
  if (!next && s.upper != Offset(INT64_MAX)) next = s.upper;
  const LeaderEpoch epoch = report_.epochs ? report_.epochs->epoch_at(d.expected) : d.epoch;
  auto mended = restored_batch(log.subspan(d.position, d.size_bytes), {d.expected, next, epoch});
  if (!mended) return false;
  const record::BatchView batch(mended->bytes());
  auto head = std::make_shared<Buffer>(mended->bytes().first(record::magic_end));  // shared: a std::function must be copyable
  steps_.push_back({{s.path.string(), d.position, d.why, {}},
                    fmt::format("its records are whole (their checksum is right): the damaged head of the batch is written anew, for offsets {} to {}", batch.base_offset().value(), batch.last_offset().value()),
                    {}, [path = s.path, position = d.position, head] { return write_into_file(path, position, head->bytes()); }});
  if (!d.next) end_after_ = batch.next_offset();
  return true;
}

// What is at the end is cut off; from the middle of a file the pieces are taken out, and the rest is written anew without them.
void RepairPlan::PartitionPlan::take_out(const SegmentReport& s, const std::vector<Damage>& lost) {
  struct Piece { uint64_t position, size_bytes; std::string name; };
  std::vector<Piece> pieces;
  for (const Damage& d : lost) {
    const OffsetGap gap = offsets_of(s, d);
    pieces.push_back({d.position, d.size_bytes, set_aside_name(s.path.string(), gap.from, gap.to - 1)});
    const bool at_end = d.position + d.size_bytes == s.size_bytes;
    RepairStep step{{s.path.string(), d.position, d.why, {}}, fmt::format("{}, and kept as {}", at_end ? "cut off" : "cut out", free_name(pieces.back().name).filename().string()), {}, [] { return Expected<void>(); }};
    step.loss.offsets = gap;
    step.loss.bytes = d.size_bytes;
    if (facts_.compacted == false) step.loss.records = gap.to - gap.from;
    steps_.push_back(std::move(step));
  }
  // All of a file's pieces go at once, with the last of its steps.
  steps_.back().work = [path = s.path, pieces]() -> Expected<void> {
    const auto file = MappedFile::open(path.string());
    if (!file) return failure(file.error());
    const Bytes bytes = file->bytes();
    std::vector<Bytes> rest;
    uint64_t at = 0;
    for (const Piece& piece : pieces) {
      if (auto kept = replace_file(free_name(piece.name), {bytes.subspan(piece.position, piece.size_bytes)}); !kept) return kept;
      rest.push_back(bytes.subspan(at, piece.position - at));
      at = piece.position + piece.size_bytes;
    }
    const bool only_end = pieces.size() == 1 && at == bytes.size();
    rest.push_back(bytes.subspan(at));
    if (auto done = only_end ? cut_file(path, pieces.front().position) : replace_file(path, rest); !done) return done;
    return write_indexes(path);
  };
}

// Every decision builds on those before it, so the metadata log is never given a hole.
void RepairPlan::PartitionPlan::truncate_metadata(size_t number, const Damage& d) {
  const SegmentReport& s = report_.segments[number];
  const Offset end = report_.segments.back().end;
  std::vector<fs::path> later;
  for (size_t i = number + 1; i < report_.segments.size(); ++i) later.push_back(report_.segments[i].path);
  const fs::path kept = free_name(set_aside_name(s.path.string(), d.expected, std::max(d.expected, end - 1)));
  RepairStep step{{s.path.string(), d.position, d.why, {}}, {}, {}, {}};
  step.loss.offsets = {d.expected, std::max(d.expected + 1, end), d.position};
  step.loss.bytes = s.size_bytes - d.position;
  if (!options_.lose_metadata) {
    step.loss = {};
    step.action = fmt::format("left alone: the decisions of the cluster from offset {} on build on it. Restore the file from a backup; or give them up, with the topics made since: --lose-metadata", d.expected.value());
  } else {
    step.action = fmt::format("the metadata log is cut here, and the rest kept as {}", kept.filename().string());
    step.work = [path = s.path, position = d.position, kept, later]() -> Expected<void> {
      const auto file = MappedFile::open(path.string());
      if (!file) return failure(file.error());
      if (auto done = replace_file(kept, {file->bytes().subspan(position)}); !done) return done;
      for (const fs::path& one : later)
        if (auto done = rename_file(one, aside(one)); !done) return done;
      if (auto done = cut_file(path, position); !done) return done;
      return write_indexes(path);
    };
  }
  steps_.push_back(std::move(step));
  end_known_ = false;
  stopped_ = true;
}

void RepairPlan::PartitionPlan::segment(size_t number) {
  const SegmentReport& s = report_.segments[number];
  end_after_ = s.end;
  std::vector<Damage> lost;
  const auto file = MappedFile::open(s.path.string());
  if (!file) return steps_.push_back(left_alone(s.path, file.error().message, "restore it from a backup"));
  for (const Damage& d : s.damage) {
    if (restore(s, d, file->bytes())) continue;
    const bool at_end = number + 1 == report_.segments.size() && !d.next;
    if (is_metadata_ && !at_end && !covered_by_snapshot(offsets_of(s, d).to)) return truncate_metadata(number, d);
    if (is_metadata_ && at_end) return truncate_metadata(number, d);
    lost.push_back(d);
  }
  if (!lost.empty()) take_out(s, lost);
  epochs(s, lost);
  if (lost.empty()) indexes(s);
}

void RepairPlan::PartitionPlan::epochs(const SegmentReport& s, const std::vector<Damage>& lost) {
  for (const WrongEpoch& wrong : s.wrong_epochs) {
    auto bytes = std::make_shared<Buffer>(sizeof(int32_t));  // shared, as above
    store_be<int32_t>(bytes->data(), wrong.right.value());
    const auto found = std::ranges::find_if(report_.faults, [&](const Fault& f) { return f.file == s.path.string() && f.position == wrong.position; });
    // What was cut out before it has moved it.
    uint64_t position = wrong.position + record::at::partition_leader_epoch;
    for (const Damage& d : lost)
      if (d.position < wrong.position) position -= d.size_bytes;
    steps_.push_back({found == report_.faults.end() ? first_fault(s.path) : *found, fmt::format("the leader epoch {} is written into the head of the batch", wrong.right.value()), {},
                      [path = s.path, position, bytes] { return write_into_file(path, position, bytes->bytes()); }});
  }
}

void RepairPlan::PartitionPlan::indexes(const SegmentReport& s) {
  for (const auto& [wrong, extension] : {std::pair(s.offset_index_wrong, ".index"), std::pair(s.time_index_wrong, ".timeindex")})
    if (wrong) steps_.push_back({first_fault(fs::path(s.path).replace_extension(extension)), "made again from the log", {}, [path = s.path] { return write_indexes(path); }});
  if (!s.txn_index_wrong) return;
  const fs::path path = fs::path(s.path).replace_extension(".txnindex");
  auto bytes = std::make_shared<Buffer>(write_txn_index(s.aborted));  // shared, as above
  steps_.push_back({first_fault(path), fmt::format("made again from the log: {}", count_of(static_cast<int64_t>(s.aborted.size()), "aborted transaction")), {}, [path, bytes] { return replace_file(path, {bytes->bytes()}); }});
}

void RepairPlan::PartitionPlan::bad_file(const BadFile& bad) {
  const FileKind kind = kind_of(bad.path);
  const std::string& what = bad.error.message;
  const bool newer = bad.error.code == ErrorCode::UNSUPPORTED_VERSION;
  if (kind == FileKind::producer_snapshot) return steps_.push_back(set_file_aside(bad.path, what, "the batches are read instead"));
  if (kind == FileKind::leader_epochs) return steps_.push_back(set_file_aside(bad.path, what, "it is made again from the batches, which carry their epochs"));
  if (newer) return steps_.push_back(left_alone(bad.path, what, "a newer version wrote it: use that one"));
  if (kind == FileKind::partition_metadata) {
    const auto* topic = directory_.image() ? directory_.image()->topic(name_.topic) : nullptr;
    if (is_metadata_) return steps_.push_back(set_file_aside(bad.path, what, "a server writes it at its start"));
    if (!topic) return steps_.push_back(left_alone(bad.path, what, "the metadata log does not tell the id of this topic: restore the file from a backup"));
    return steps_.push_back(rewritten(bad.path, what, fmt::format("written anew with the topic's id {} from the metadata log; the old one is kept as {}", topic->id.text(), aside(bad.path).filename().string()), log::format_partition_metadata({topic->id})));
  }
  if (kind == FileKind::quorum_state) {
    const bool alone = directory_.image() && directory_.image()->controllers().size() <= 1;
    if (!alone) return steps_.push_back(left_alone(bad.path, what, "this node's vote is in it, and others may count on it: restore the file from a backup"));
    return steps_.push_back(set_file_aside(bad.path, what, "a quorum of one needs no more than the epochs in its log"));
  }
  const bool covered = !report_.segments.empty() && (report_.segments.front().base == Offset(0) || covered_by_snapshot(report_.segments.front().base));
  if (kind == FileKind::metadata_snapshot && !covered) return steps_.push_back(left_alone(bad.path, what, "the metadata log begins behind it, so nothing else tells what is in it: restore it from a backup"));
  steps_.push_back(set_file_aside(bad.path, what, kind == FileKind::metadata_snapshot ? "the log and what other snapshots there are tell the same" : consequence_of(bad.path)));
}

void RepairPlan::PartitionPlan::missing_end() {
  if (!facts_.durable_end || report_.segments.empty() || end_after_ >= *facts_.durable_end || end_after_ < facts_.log_start.value_or(Offset(0)) || !end_known_) return;
  const fs::path directory = (report_.directory / "").parent_path().parent_path();
  RepairStep step{{report_.segments.back().path.string(), report_.segments.back().size_bytes, fmt::format("the log ends at offset {}, and up to {} it was on disk", end_after_.value(), facts_.durable_end->value()), {}},
                  fmt::format("given up: the checkpoints of {} say {} from now on", directory.empty() ? "." : directory.string(), end_after_.value()), {}, {}};
  const bool told = std::ranges::any_of(steps_, [&](const RepairStep& one) { return one.loss.offsets && one.fault.file == report_.segments.back().path.string() && one.loss.offsets->to >= *facts_.durable_end; });
  step.loss.told = told;
  if (!told) step.loss.offsets = {end_after_, *facts_.durable_end, 0};
  if (!told && facts_.compacted == false) step.loss.records = *facts_.durable_end - end_after_;
  step.work = [directory, name = name_, end = end_after_]() -> Expected<void> {
    for (const auto file : {log::recovery_point_file, log::high_watermark_file})
      if (auto done = lower_checkpoint(directory / file, name, end); !done) return done;
    return {};
  };
  steps_.push_back(std::move(step));
}

void RepairPlan::PartitionPlan::run() {
  for (size_t i = 0; i < report_.segments.size() && !stopped_; ++i) segment(i);
  const bool epochs_wrong = std::ranges::any_of(report_.segments, &SegmentReport::epochs_wrong);
  const fs::path epochs_file = report_.directory / "leader-epoch-checkpoint";
  if (epochs_wrong) steps_.push_back(set_file_aside(epochs_file, first_fault(epochs_file).what, "it is made again from the batches, which carry their epochs"));
  for (const BadFile& bad : report_.bad_files) bad_file(bad);
  missing_end();
}

void RepairPlan::partition(const PartitionReport& report, const PartitionFacts& facts, const DirectoryFacts& directory, RepairOptions options) {
  PartitionPlan(steps_, report, facts, directory, options).run();
}

}  // namespace evlog::cmd

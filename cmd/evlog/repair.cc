// evlog repair: mends the files of a server that is not running, with a plan first. Nothing is deleted: what is taken out of a
// file lies beside it afterwards, and offsets never change.
#include <algorithm>
#include <filesystem>

#include "evlog/commands.h"
#include "evlog/confirm.h"
#include "evlog/inspect/durable_file.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/inspect/repair_plan.h"
#include "evlog/inspect/wal_file.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string path;
  bool yes = false, dry_run = false, json = false, lose_metadata = false;
};

struct Target {
  fs::path directory;              // the data directory; for a partition without one, its parent
  std::vector<fs::path> partitions;
  bool whole = false;              // the directory's own files too
  bool of_server = false;          // the directory is a server's
};

Expected<Target> target_of(const std::string& given) {
  const fs::path path = (fs::path(given) / "").parent_path();
  switch (place_of(path)) {
    case Place::data_directory: return Target{path, partition_directories(path), true, true};
    case Place::partition: break;
    case Place::file: return failure(exit_code::usage, fmt::format("evlog repair {}", path.has_parent_path() ? path.parent_path().string() : "."), "{} is a file; a repair is of its directory", given);
    case Place::nothing: return failure(exit_code::missing, "a partition's directory is named like orders-0; a data directory has meta.properties in it", "{} is no directory of a log", given);
  }
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  return Target{parent, {path}, false, fs::exists(parent / "meta.properties", error) || fs::exists(parent / ".lock", error)};
}

RepairPlan make_plan(const Target& target, const Options& o) {
  RepairPlan plan;
  const DirectoryFacts facts(target.directory);
  if (target.whole) plan.directory(target.directory, facts);
  for (const fs::path& path : target.partitions) {
    const PartitionFacts partition = facts.of(path);
    plan.partition(check_partition(path, partition), partition, facts, {o.lose_metadata});
  }
  return plan;
}

std::string loss_text(const Loss& loss) {
  if (!loss.offsets) return "nothing is lost";
  const int64_t from = loss.offsets->from.value(), to = loss.offsets->to.value() - 1;
  std::string out = from == to ? fmt::format("lost: offset {}", from) : fmt::format("lost: offsets {} to {}", from, to);
  if (loss.records) out += fmt::format(" ({} record{})", *loss.records, *loss.records == 1 ? "" : "s");
  return loss.bytes ? out + fmt::format(", {} bytes", loss.bytes) : out;
}

void print_step(const RepairStep& step, bool json) {
  const auto& offsets = step.loss.offsets;
  if (json) {
    const auto number = [](std::optional<int64_t> n) { return n; };
    JsonLine().text("file", step.fault.file).number_or_null("position", step.fault.position ? number(static_cast<int64_t>(*step.fault.position)) : std::nullopt).text("what", step.fault.what).text("action", step.action)
        .boolean("repairable", static_cast<bool>(step.work)).number_or_null("lost_from", offsets ? number(offsets->from.value()) : std::nullopt).number_or_null("lost_to", offsets ? number(offsets->to.value() - 1) : std::nullopt)
        .number_or_null("lost_records", step.loss.records).number("set_aside_bytes", static_cast<int64_t>(step.loss.bytes)).print();
    return;
  }
  const std::string place = step.fault.position ? fmt::format("position {}: ", *step.fault.position) : "";
  fmt::print("{}: {}{}\n  {}\n", step.fault.file, place, step.fault.what, step.action);
  if (step.work && !step.loss.told) fmt::print("  {}\n", loss_text(step.loss));
}

bool in_partition(const RepairStep& step, const Target& target) {
  return std::ranges::any_of(target.partitions, [&](const fs::path& path) { return fs::path(step.fault.file).parent_path() == path; });
}

// A server that finds everything as it left it trusts it; after a repair it must look for itself.
Expected<void> forget_clean_stop(const Target& target) {
  std::error_code error;
  for (const char* name : {".kafka_cleanshutdown", "evlog-checkpoint"}) {
    const fs::path path = target.directory / name;
    if (!target.of_server || !fs::exists(path, error)) continue;
    if (auto done = rename_file(path, free_name(path.string() + ".before-repair")); !done) return done;
  }
  return {};
}

Expected<void> carry_out(const RepairPlan& plan, const Target& target) {
  const bool logs = std::ranges::any_of(plan.steps(), [&](const RepairStep& step) { return step.work && in_partition(step, target); });
  if (logs) {
    if (auto done = forget_clean_stop(target); !done) return done;
  }
  for (const RepairStep& step : plan.steps()) {
    if (!step.work) continue;
    if (auto done = step.work(); !done) return failure(Failure{exit_code::failed, done.error().message, "nothing is lost: mend the cause, and run the same command again", {}});
  }
  return {};
}

// What is left afterwards; gaps that a repair made are known by what lies beside the file.
size_t verify(const Target& target, const Options& o) {
  const DirectoryFacts facts(target.directory);
  Faults faults;
  uint64_t batches = 0, records = 0;
  if (target.whole)
    for (const fs::path& path : directory_files(target.directory))
      if (auto sound = check_small_file(path); !sound) faults.push_back({path.string(), std::nullopt, sound.error().message, "see above"});
  for (const fs::path& path : target.partitions) {
    const PartitionReport report = check_partition(path, facts.of(path));
    faults.insert(faults.end(), report.faults.begin(), report.faults.end());
    batches += report.batches(), records += report.records();
  }
  for (const Fault& fault : faults) fmt::print(stderr, "{}\n", fault_text(fault));
  if (o.json) JsonLine().number("batches", static_cast<int64_t>(batches)).number("records", static_cast<int64_t>(records)).number("faults", static_cast<int64_t>(faults.size())).print();
  else fmt::print("verified: {} batches, {} records, {} fault{}\n", batches, records, faults.size(), faults.size() == 1 ? "" : "s");
  return faults.size();
}

// What was durable only in the write-ahead files belongs to the logs before they are judged; each start after a crash does so too.
void apply_write_ahead(const Target& target, const Options& o) {
  if (!target.of_server || o.dry_run) return;
  const auto redone = redo_wal(target.directory);
  if (!redone) return warn(fmt::format("the write-ahead files could not be applied: {}", redone.error().message));
  if (!*redone) return;
  for (const std::string& note : (*redone)->notes) warn(note);
  if ((*redone)->bytes_restored > 0 && !o.json) fmt::print("{} bytes of the write-ahead files were written into the logs they belong to\n", (*redone)->bytes_restored);
}

Outcome repair(const Options& o) {
  const auto target = target_of(o.path);
  if (!target) return failure(target.error());
  std::optional<DirectoryLock> lock;
  if (target->of_server) {
    auto taken = DirectoryLock::take(target->directory);
    if (!taken) return failure(taken.error());
    lock.emplace(std::move(*taken));
  }
  apply_write_ahead(*target, o);
  const RepairPlan plan = make_plan(*target, o);
  const auto left = static_cast<size_t>(std::ranges::count_if(plan.steps(), [](const RepairStep& step) { return !step.work; }));
  for (const RepairStep& step : plan.steps()) print_step(step, o.json);
  const size_t mendable = plan.steps().size() - left;
  if (plan.steps().empty() && o.json) return verify(*target, o) ? exit_code::failed : exit_code::ok;
  if (plan.steps().empty()) {
    const size_t faults = verify(*target, o);
    fmt::print("nothing to repair\n");
    return faults ? exit_code::failed : exit_code::ok;
  }
  if (o.dry_run || mendable == 0) return left ? exit_code::failed : exit_code::ok;
  std::fflush(stdout);
  if (auto yes = confirm(o.yes, fmt::format("Do this to {}?", o.path), "nothing was changed"); !yes) return failure(yes.error());
  if (auto done = carry_out(plan, *target); !done) return failure(done.error());
  return verify(*target, o) + left > 0 ? exit_code::failed : exit_code::ok;
}

}  // namespace

void add_repair(Args& root) {
  Args& args = root.command("repair", "Mend damaged files of a server that is not running, with a plan first");
  Options& o = args.keep<Options>();
  args.examples({"evlog repair data --dry-run                  # what is wrong, what would be done, what would be lost", "evlog repair data/orders-0                   # asks first",
                 "evlog repair data --yes --json"})
      .about("Offline: it refuses while a server holds the directory. It checks every file as evlog dump-segment --verify does and\n"
             "prints a plan: what is wrong, what would be done, and which offsets, records and bytes would be lost. Then it asks.\n"
             "A batch of which only the head is damaged is mended whole. Any other damaged batch is cut out, and the rest of the file\n"
             "stays; offsets never change. Indexes are made again from the log; damaged snapshots, epochs and checkpoints are set\n"
             "aside, and a server makes them again. Nothing is deleted: what is cut out lies beside its file as\n"
             "NAME.log.damaged-FIRST-LAST, by the offsets it held, and a file that is set aside as NAME.damaged.\n"
             "Afterwards everything is verified. Exit 0: all is sound now, or would be after --dry-run's plan; 1: something is left.")
      .positional("PATH", o.path, "A data directory, or one partition's directory")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Show the plan, and change nothing")
      .flag("--lose-metadata", o.lose_metadata, "Cut the metadata log where it is damaged, with every decision behind it")
      .flag("--json", o.json, "One JSON object per step of the plan, and one for the verification");
  args.run([&o] { return repair(o); });
}

}  // namespace evlog::cmd

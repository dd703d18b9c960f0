// evlog doctor: why can I not reach it, and what is wrong with its machine?
#include "evlog/doctor.h"

#include <algorithm>

#include "evlog/commands.h"
#include "evlog/output.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using Severity = Finding::Severity;

struct Options {
  ClientOptions client;
  bool network = false, machine = false;
};

std::string_view word(Severity severity) {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::critical: return "critical";
  }
  return "ok";
}

std::string painted(Severity severity) {
  const Colour colour = severity == Severity::ok ? Colour::green : severity == Severity::note ? Colour::cyan : severity == Severity::warning ? Colour::yellow : Colour::red;
  return paint(colour, word(severity), stdout);
}

// Steps that may wait are printed when they are done; the machine's table waits for its widths.
void print_step(const Finding& f) {
  fmt::print("{}{}  {}: {}\n", painted(f.severity), std::string(8 - word(f.severity).size(), ' '), f.check, f.found);
  if (!f.hint.empty()) fmt::print("          {}: {}\n", paint(Colour::cyan, "hint", stdout), f.hint);
  std::fflush(stdout);
}

void print_table(const std::vector<Finding>& findings) {
  Table table({"CHECK", "WANTED", "FOUND", "SEVERITY"});
  for (const Finding& f : findings) table.row({f.check, f.wanted, f.found, std::string(word(f.severity))});
  table.print();
  for (const Finding& f : findings)
    if (!f.hint.empty()) fmt::print("{}: {}: {}\n", paint(Colour::cyan, "hint", stdout), f.check, f.hint);
}

Outcome conclude(const Options& o, bool reached, size_t critical, size_t warnings) {
  const bool talk = !for_scripts(o.client) && !o.client.quiet;
  if (!reached) return exit_code::unreachable;
  if (critical > 0) return talk ? (fmt::print("\n{} found\n", paint(Colour::red, fmt::format("{} critical fault{}", critical, critical == 1 ? "" : "s"), stdout)), exit_code::failed) : exit_code::failed;
  if (talk) fmt::print("\n{}{}\n", paint(Colour::green, "no critical fault", stdout), warnings ? fmt::format("; {} warning{}", warnings, warnings == 1 ? "" : "s") : "");
  return exit_code::ok;
}

Outcome doctor(Options& o) {
  const auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  const bool scripts = for_scripts(o.client);
  std::optional<Listing> listing;
  if (scripts) listing.emplace(o.client, std::vector<Listing::Column>{{"CHECK", "check"}, {"WANTED", "wanted"}, {"FOUND", "found"}, {"SEVERITY", "severity"}, {"HINT", "hint"}});
  size_t critical = 0, warnings = 0;
  const auto tell = [&](const Finding& f) {
    critical += f.severity == Severity::critical, warnings += f.severity == Severity::warning;
    if (scripts) listing->row({Cell::text(f.check), Cell::text(f.wanted), Cell::text(f.found), Cell::text(word(f.severity)), f.hint.empty() ? Cell{"", "null", ""} : Cell::text(f.hint)});
  };
  const auto step = [&](const Finding& f) {
    tell(f);
    if (!scripts && !o.machine && !(o.client.quiet && f.severity == Severity::ok)) print_step(f);
  };
  const WayResult way = examine_way(*settings, static_cast<int>(o.client.timeout_s * 1000), o.machine && scripts ? Tell([](const Finding&) {}) : Tell(step));
  if (way.local && !o.network) {
    std::vector<Finding> table;
    examine_machine(*way.local, [&](const Finding& f) { tell(f), table.push_back(f); });
    if (o.client.quiet) std::erase_if(table, [](const Finding& f) { return f.severity == Severity::ok; });
    if (!scripts && !o.machine) fmt::print("\nThe machine of the broker is this one:\n");
    if (!scripts) print_table(table);
  } else if (o.machine) {
    return failure(exit_code::failed, "run it on the broker's machine", "the broker at {} does not run on this machine", settings->brokers);
  }
  return conclude(o, way.reached, critical, warnings);
}

}  // namespace

void add_doctor(Args& root) {
  Args& args = root.command("doctor", "Find out why a cluster cannot be reached, or is slow");
  Options& o = args.keep<Options>();
  args.about("Goes the way of a client: resolves the name, connects, finds out what is spoken there (plaintext, TLS, SASL), asks for versions and\n"
             "metadata, and then tries every address the brokers advertise, because clients go there next. Where the broker runs on this machine,\n"
             "its limits, file system, free space, memory settings, clock and the disk's sync time are looked at too. Nothing is changed.")
      .examples({"evlog doctor", "evlog doctor -b kafka.example.com:9092", "evlog doctor -b localhost:9092 --network      # only the way there", "evlog doctor --machine                        # only this machine", "evlog doctor --json"})
      .flag("--network", o.network, "Only the way to the brokers")
      .flag("--machine", o.machine, "Only the machine, when a broker runs here");
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o] { return doctor(o); });
}

}  // namespace evlog::cmd

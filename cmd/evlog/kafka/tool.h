// Kafka's own tools inside evlog: `evlog kafka-topics …`, `evlog kafka topics …`, or a link named kafka-topics or kafka-topics.sh.
// Options, lines on stdout and exit codes are those of Kafka 4.3's tools, so that scripts written for them run unchanged; what
// stands on stderr is our own. Deliberate differences: --help goes to stdout and succeeds, rows that Kafka prints in the order of
// a hash table are sorted, and a fault has no stack trace.
//
//   options.h   the command line        session.h   the connection        java.h   what Java does its own way: patterns, map order
//   topics.cc, get_offsets.cc, …        one file per tool
#pragma once

#include <optional>
#include <span>

#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {

struct Tool {
  std::string_view name;        // kafka-topics
  std::string_view summary;
  std::span<const std::string_view> examples;
  std::span<const Option> options;       // without --help and --version, which all have
  Or<int> (*run)(const Options& options);
};

extern const Tool topics_tool, get_offsets_tool, delete_records_tool, log_dirs_tool, dump_log_tool, console_producer_tool, console_consumer_tool,
    consumer_groups_tool, configs_tool;

// Runs the tool that the command line names, in the program's name or as its first words; nothing: it names none.
std::optional<int> run_as_tool(int argc, char** argv);

// Prints a line of stdout.
template <class... T>
void say(fmt::format_string<T...> text, T&&... values) {
  fmt::print(text, std::forward<T>(values)...);
  std::fputc('\n', stdout);
}

}  // namespace evlog::cmd::kafka

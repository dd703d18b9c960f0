// evlog's command line: the table of its subcommands. Each lives in the file of its name.
#include <cstring>

#include "evlog/commands.h"
#include "evlog/demo.h"
#include "evlog/kafka/tool.h"

using namespace evlog::cmd;

namespace {

struct Command { std::string_view name, alias; void (*add)(Args& root); };

// In the order of the help.
constexpr Command commands[] = {
    {"serve", "server", add_serve},        {"produce", "", add_produce},           {"consume", "", add_consume},
    {"topics", "topic", add_topics},       {"groups", "group", add_groups},        {"offsets", "offset", add_offsets},
    {"configs", "config", add_configs},    {"cluster", "", add_cluster},           {"health", "", add_health},
    {"doctor", "", add_doctor},            {"dump-segment", "dump", add_dump_segment}, {"repair", "", add_repair},
    {"bench", "", add_bench},              {"kafka", "", add_kafka},               {"profile", "profiles", add_profile},
    {"completion", "", add_completion},    {"demo", "", add_demo},                 {"version", "", add_version},
};

const Command* find(std::string_view word) {
  for (const Command& command : commands)
    if (command.name == word || (!word.empty() && command.alias == word)) return &command;
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = kafka::run_as_tool(argc, argv)) return *code;
  Program program("evlog: Apache Kafka as one small binary, and its tools");
  Args& root = program.root();
  root.examples({"evlog serve                                   # a server on 127.0.0.1:9092",
                 "echo hello | evlog produce greetings          # one record per line",
                 "evlog consume greetings -e                    # from the beginning to the end",
                 "evlog topics                                  # what is there"});

  // One command needs its own branch of the tree only: a server does not carry the options of all the others.
  const Command* const named = argc > 1 ? find(argv[1]) : nullptr;
  for (const Command& command : commands)
    if (!named || named == &command) command.add(root);
  if (!named) add_help(root, program.doc()), add_man(root, program.doc());

  if (argc > 1 && std::strcmp(argv[1], "__complete") == 0) return print_completions(program.doc(), {argv + 2, argv + argc});
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view format = word == "--format" && i + 1 < argc ? argv[i + 1] : word.starts_with("--format=") ? word.substr(9) : "";
    json = json || word == "--json" || format == "json" || format == "jsonl";
  }
  const auto action = program.parse(argc, argv);
  const Outcome outcome = action ? (*action)() : failure(action.error());
  if (outcome) return *outcome;
  print_failure(outcome.error(), json);
  return outcome.error().exit;
}

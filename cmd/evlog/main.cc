// evlog's command line: the table of its subcommands. Each lives in the file of its name.
#include <cstring>

#include "evlog/commands.h"
#include "evlog/kafka/tool.h"

using namespace evlog::cmd;

int main(int argc, char** argv) {
  if (const auto code = kafka::run_as_tool(argc, argv)) return *code;
  Program program("evlog: Apache Kafka as one small binary, and its tools");
  Args& root = program.root();
  root.examples({"evlog serve                                   # a server on 127.0.0.1:9092",
                 "echo hello | evlog produce greetings          # one record per line",
                 "evlog consume greetings -e                    # from the beginning to the end",
                 "evlog topics                                  # what is there"});

  add_serve(root);
  add_produce(root);
  add_consume(root);
  add_topics(root);
  add_groups(root);
  add_offsets(root);
  add_configs(root);
  add_cluster(root);
  add_health(root);
  add_doctor(root);
  add_dump_segment(root);
  add_bench(root);
  add_kafka(root);
  add_profile(root);
  add_completion(root);
  add_version(root);
  add_help(root, program.doc());
  add_man(root, program.doc());

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

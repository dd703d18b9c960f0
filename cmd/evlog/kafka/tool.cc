#include "evlog/kafka/tool.h"

#include <sstream>

#include "evlog/commands.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd::kafka {
namespace {

constexpr const Tool* all_tools[] = {&topics_tool, &console_producer_tool, &console_consumer_tool, &consumer_groups_tool, &configs_tool,
                                     &get_offsets_tool, &delete_records_tool, &log_dirs_tool, &dump_log_tool};
constexpr Option common_options[] = {{"help", Takes::nothing, "", "Print this help."}, {"version", Takes::nothing, "", "Print the version of Kafka whose tool this is."}};
constexpr const char* kafka_version = "4.3.1";

const Tool* find(std::string_view name) {
  if (name.ends_with(".sh")) name.remove_suffix(3);
  for (const Tool* tool : all_tools)
    if (tool->name == name) return tool;
  return nullptr;
}

std::vector<Option> options_of(const Tool& tool) {
  std::vector<Option> out(tool.options.begin(), tool.options.end());
  out.insert(out.end(), std::begin(common_options), std::end(common_options));
  return out;
}

void append_option(std::string& out, const Option& option) {
  constexpr size_t indent = 34, width = 100;
  std::string head = fmt::format("  --{}", option.name);
  if (option.takes == Takes::value) head += fmt::format(" <{}>", option.value);
  if (option.takes == Takes::maybe) head += fmt::format(" [{}]", option.value);
  out += head + (head.size() + 2 > indent ? "\n" + std::string(indent, ' ') : std::string(indent - head.size(), ' '));
  std::istringstream words{std::string(option.refused.empty() ? option.text : option.refused)};
  size_t column = indent;
  for (std::string word; words >> word; column += word.size()) {
    if (column > indent && column + 1 + word.size() > width) out += "\n" + std::string(indent, ' '), column = indent;
    if (column > indent) out += ' ', ++column;
    out += word;
  }
  out += '\n';
}

// An example as it can be typed: with the words that called the tool.
std::string spelled(std::string_view example, const Tool& tool, std::string_view called) {
  std::string out(example);
  const size_t at = out.find(tool.name);
  return at == std::string::npos ? out : out.replace(at, tool.name.size(), called);
}

std::string help_text(const Tool& tool, std::string_view called) {
  std::string out = fmt::format("{}\n\nExamples\n", tool.summary);
  for (std::string_view example : tool.examples) out += fmt::format("  {}\n", spelled(example, tool, called));
  out += fmt::format("\nusage: {} [OPTION…]\n\nOptions\n", called);
  for (const Option& option : options_of(tool)) append_option(out, option);
  return out;
}

int fail_with(std::string_view called, const Stop& fault) {
  std::fflush(stdout);
  if (fault.said) return exit_code::failed;
  fmt::print(stderr, "{}\n", fault.message);
  if (!fault.hint.empty()) fmt::print(stderr, "hint: {}\n", fault.hint);
  if (fault.usage) fmt::print(stderr, "see: {} --help\n", called);
  return exit_code::failed;
}

int run(const Tool& tool, std::string_view called, std::span<const std::string> words) {
  if (words.empty()) return fmt::print(stderr, "{}", help_text(tool, called)), exit_code::failed;
  const auto options = Options::parse(options_of(tool), words);
  if (!options) return fail_with(called, options.error());
  if (options->has("help")) return fmt::print("{}", help_text(tool, called)), exit_code::ok;
  if (options->has("version")) return fmt::print("{}\n", kafka_version), exit_code::ok;
  for (const std::string& word : options->ignored()) fmt::print(stderr, "warning: '{}' belongs to no option\n", word);
  const auto done = tool.run(*options);
  if (!done) return fail_with(called, done.error());
  return std::fflush(stdout) == 0 ? *done : exit_code::failed;
}

void print_tools() {
  fmt::print("Kafka's own tools: their options, their output, without a JVM\n\n");
  for (const Tool* tool : all_tools) fmt::print("  {:<24}{}\n", tool->name, tool->summary);
  fmt::print("\nusage: evlog kafka-topics --help\n       ln -s $(command -v evlog) kafka-topics.sh && ./kafka-topics.sh --bootstrap-server localhost:9092 --list\n");
}

// For help, man pages and completion; run_as_tool() takes such a command line before the grammar sees it.
void add_tool(Args& kafka, const Tool& tool) {
  Args& args = kafka.command(tool.name.substr(std::string_view("kafka-").size()), tool.summary);
  const std::string called = fmt::format("evlog {}", tool.name);
  for (std::string_view example : tool.examples) args.examples({spelled(example, tool, called)});
  args.about("Also as evlog " + std::string(tool.name) + ", or by a link of that name. The exit code is 0 or 1.");
  for (const Option& option : tool.options) {
    if (!option.refused.empty()) continue;
    const std::string name = "--" + std::string(option.name);
    if (option.takes == Takes::nothing) args.flag(name, args.keep<bool>(), option.text);
    else args.text(name, args.keep<std::string>(), option.value, option.text);
  }
}

}  // namespace

std::optional<int> run_as_tool(int argc, char** argv) {
  if (argc < 1) return std::nullopt;
  std::vector<std::string> words(argv, argv + argc);
  std::string name = words[0].substr(words[0].rfind('/') + 1);
  const bool linked = name.starts_with("kafka-");
  size_t used = 1;
  if (!linked && words.size() > 1) name = words[1], used = 2;
  if (name == "kafka" && words.size() > 2 && find("kafka-" + words[2])) name = "kafka-" + words[2], used = 3;
  if (!name.starts_with("kafka-")) return std::nullopt;
  const Tool* const tool = find(name);
  if (tool) return run(*tool, linked ? name : fmt::format("evlog {}", tool->name), std::span(words).subspan(used));
  fmt::print(stderr, "{} is not among Kafka's tools that evlog has\nsee: evlog kafka\n", name);
  return exit_code::failed;
}

}  // namespace evlog::cmd::kafka

namespace evlog::cmd {

void add_kafka(Args& root) {
  Args& args = root.command("kafka", "Kafka's own tools: kafka-topics, kafka-console-consumer, …");
  args.examples({"evlog kafka-topics --bootstrap-server localhost:9092 --list", "evlog kafka topics --help                        # the same tool, and its options",
                 "ln -s $(command -v evlog) kafka-topics.sh         # a link with a tool's name is that tool"});
  args.about("Options, output and exit codes are those of Kafka 4.3's tools, so that scripts written for them run unchanged and start in milliseconds.\n"
             "Rows that Kafka prints in no order are sorted, --help goes to standard output, and what stands on standard error is evlog's own. An option of\n"
             "something that evlog does not have yet is refused, never passed over.");
  for (const kafka::Tool* tool : kafka::all_tools) kafka::add_tool(args, *tool);
  args.run([]() -> Outcome { return kafka::print_tools(), exit_code::ok; });
}

}  // namespace evlog::cmd

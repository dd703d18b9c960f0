// The command line's grammar: a tree of commands with options, each defined once with its words for help, man pages and errors.
// CLI11 takes the arguments apart behind this door (args.cc alone includes it); help.cc and man.cc read the docs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/failure.h"

namespace CLI { class App; class Option; }

namespace evlog::cmd {

struct OptionDoc {
  std::vector<std::string> names;  // "-b", "--brokers"; a positional has its one name
  std::string value;               // "HOST:PORT"; empty: a flag
  std::string text;
  bool positional = false;
  bool many = false;
  bool required = false;
  bool common = false;             // of every command that talks to a cluster
};

struct CommandDoc {
  std::string path;                // "evlog topics create"
  std::string name;
  std::vector<std::string> aliases;
  std::string summary;             // one line
  std::string about;               // paragraphs
  std::vector<std::string> examples;
  std::vector<OptionDoc> options;
  std::vector<std::unique_ptr<CommandDoc>> children;
  bool hidden = false;
};

using Action = std::function<Outcome()>;

class Program;

// One command while it is being defined. Variables are bound by reference and must live as long as the Program.
class Args {
 public:
  Args& command(std::string_view name, std::string_view summary, std::initializer_list<std::string_view> aliases = {});
  Args& hidden();
  Args& about(std::string_view text);
  Args& examples(std::initializer_list<std::string_view> lines);
  Args& flag(std::string_view names, bool& to, std::string_view text);
  Args& text(std::string_view names, std::string& to, std::string_view value, std::string_view text);
  Args& optional_text(std::string_view names, std::string& to, std::string_view value, std::string_view if_bare, std::string_view text);  // --name or --name=VALUE
  Args& number(std::string_view names, int64_t& to, std::string_view value, std::string_view text, int64_t min, int64_t max);
  Args& list(std::string_view names, std::vector<std::string>& to, std::string_view value, std::string_view text);
  Args& choice(std::string_view names, std::string& to, std::initializer_list<std::string_view> choices, std::string_view text);
  Args& positional(std::string_view name, std::string& to, std::string_view text, bool required = true);
  Args& positionals(std::string_view name, std::vector<std::string>& to, std::string_view text, bool required = true);
  Args& common(bool on);                            // the options defined next are those of every client command
  Args& run(Action action);                         // what the command does; also of a command with children, when none is named
  template <class T>
  T& keep() {                                       // a T that lives as long as the Program
    auto made = std::make_shared<T>();
    kept().push_back(made);
    return *made;
  }

  Args(Program& program, CLI::App& app, CommandDoc& doc) : program_(program), app_(app), doc_(doc) {}

 private:
  std::deque<std::shared_ptr<void>>& kept();
  OptionDoc& document(std::string_view names, std::string_view value, std::string_view text);

  Program& program_;
  CLI::App& app_;
  CommandDoc& doc_;
  bool common_ = false;
};

class Program {
 public:
  explicit Program(std::string_view summary);
  ~Program();
  Args& root() { return *root_; }
  const CommandDoc& doc() const { return doc_; }

  // What to do; help is something to do too. Faults name the nearest word.
  Expected<Action> parse(int argc, char** argv);

 private:
  friend class Args;
  struct Parsed { CLI::App* app; const CommandDoc* doc; };
  Parsed deepest();
  Failure unknown_word(const Parsed& at, const std::string& word) const;

  CommandDoc doc_;
  std::unique_ptr<CLI::App> app_;
  std::deque<std::unique_ptr<Args>> commands_;
  std::deque<std::pair<const CLI::App*, Action>> actions_;
  std::deque<std::shared_ptr<void>> kept_;
  Args* root_ = nullptr;
};

// help.cc
std::string short_help(const CommandDoc& doc);  // -h: examples, usage, the command's own options
std::string help_text(const CommandDoc& doc);   // --help: everything
void page(const std::string& text);             // to stdout, through $PAGER on a terminal
std::string usage_line(const CommandDoc& doc);
const CommandDoc* find_command(const CommandDoc& root, std::string_view name);

}  // namespace evlog::cmd

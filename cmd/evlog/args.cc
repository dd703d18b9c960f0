#include "evlog/args.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"

namespace evlog::cmd {
namespace {

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const size_t comma = names.find(',');
    out.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out;
}

std::string check_number(const std::string& text, int64_t min, int64_t max) {
  const auto number = parse_int(text);
  if (!number) return fmt::format("'{}' is no whole number", text);
  if (*number < min) return fmt::format("{} is less than {}", text, min);
  if (*number > max) return fmt::format("{} is more than {}", text, max);
  return {};
}

}  // namespace

std::deque<std::shared_ptr<void>>& Args::kept() { return program_.kept_; }

Args& Args::command(std::string_view name, std::string_view summary, std::initializer_list<std::string_view> aliases) {
  CLI::App* const app = app_.add_subcommand(std::string(name), std::string(summary));
  app->set_help_flag("-h,--help", "");
  app->require_subcommand(0, 1);
  app_.require_subcommand(0, 1);  // one at most: else a topic called "topics" would be taken for the command
  auto doc = std::make_unique<CommandDoc>(CommandDoc{.path = doc_.path + " " + std::string(name), .name = std::string(name), .summary = std::string(summary)});
  for (std::string_view alias : aliases) app->alias(std::string(alias)), doc->aliases.emplace_back(alias);
  CommandDoc& made = *doc_.children.emplace_back(std::move(doc));
  return *program_.commands_.emplace_back(std::make_unique<Args>(program_, *app, made));
}

OptionDoc& Args::document(std::string_view names, std::string_view value, std::string_view text) {
  return doc_.options.emplace_back(OptionDoc{.names = split_names(names), .value = std::string(value), .text = std::string(text), .common = common_});
}

Args& Args::hidden() { return doc_.hidden = true, *this; }
Args& Args::about(std::string_view text) { return doc_.about = text, *this; }
Args& Args::common(bool on) { return common_ = on, *this; }
Args& Args::examples(std::initializer_list<std::string_view> lines) {
  for (std::string_view line : lines) doc_.examples.emplace_back(line);
  return *this;
}

Args& Args::flag(std::string_view names, bool& to, std::string_view text) {
  document(names, "", text);
  app_.add_flag(std::string(names), to, std::string(text));
  return *this;
}

Args& Args::text(std::string_view names, std::string& to, std::string_view value, std::string_view text) {
  document(names, value, text);
  app_.add_option(std::string(names), to, std::string(text))->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

// Never takes the next word for its value, so that what stands behind it stays what it is.
Args& Args::optional_text(std::string_view names, std::string& to, std::string_view value, std::string_view if_bare, std::string_view text) {
  document(names, "", text).value = fmt::format("[={}]", value);
  std::string flags;
  for (const std::string& name : split_names(names)) flags += (flags.empty() ? "" : ",") + name + "{" + std::string(if_bare) + "}";
  app_.add_flag(flags, to, std::string(text))->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

Args& Args::number(std::string_view names, int64_t& to, std::string_view value, std::string_view text, int64_t min, int64_t max) {
  document(names, value, text);
  app_.add_option_function<std::string>(std::string(names), [&to](const std::string& t) { to = *parse_int(t); }, std::string(text))
      ->check([min, max](const std::string& t) { return check_number(t, min, max); })
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

Args& Args::list(std::string_view names, std::vector<std::string>& to, std::string_view value, std::string_view text) {
  document(names, value, text).many = true;
  app_.add_option(std::string(names), to, std::string(text))->allow_extra_args(false);  // else it would swallow what follows
  return *this;
}

Args& Args::choice(std::string_view names, std::string& to, std::initializer_list<std::string_view> choices, std::string_view text) {
  std::vector<std::string> words(choices.begin(), choices.end());
  document(names, fmt::format("{}", fmt::join(words, "|")), text);
  app_.add_option(std::string(names), to, std::string(text))->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->check([words](const std::string& t) {
    for (const std::string& word : words)
      if (word == t) return std::string();
    return fmt::format("'{}' is none of {}", t, fmt::join(words, ", "));
  });
  return *this;
}

Args& Args::positional(std::string_view name, std::string& to, std::string_view text, bool required) {
  OptionDoc& doc = document(name, "", text);
  doc.positional = true, doc.required = required;
  app_.add_option(std::string(name), to, std::string(text))->required(required);
  return *this;
}

Args& Args::positionals(std::string_view name, std::vector<std::string>& to, std::string_view text, bool required) {
  OptionDoc& doc = document(name, "", text);
  doc.positional = true, doc.required = required, doc.many = true;
  app_.add_option(std::string(name), to, std::string(text))->required(required);
  return *this;
}

Args& Args::run(Action action) {
  program_.actions_.emplace_back(&app_, std::move(action));
  return *this;
}

Program::Program(std::string_view summary) : app_(std::make_unique<CLI::App>(std::string(summary), "evlog")) {
  doc_ = CommandDoc{.path = "evlog", .name = "evlog", .summary = std::string(summary)};
  app_->set_help_flag("-h,--help", "");
  root_ = commands_.emplace_back(std::make_unique<Args>(*this, *app_, doc_)).get();
}
Program::~Program() = default;

Program::Parsed Program::deepest() {
  Parsed at{app_.get(), &doc_};
  for (bool deeper = true; deeper;) {
    deeper = false;
    for (CLI::App* sub : at.app->get_subcommands()) {
      for (const auto& child : at.doc->children) {
        if (child->name != sub->get_name()) continue;
        at = {sub, child.get()};
        deeper = true;
        break;
      }
      if (deeper) break;
    }
  }
  return at;
}

Failure Program::unknown_word(const Parsed& at, const std::string& word) const {
  const std::string help = fmt::format("see: {} --help", at.doc->path);
  std::vector<std::string> names;
  if (word.starts_with('-')) {
    const std::string name = word.substr(0, word.find('='));
    for (const OptionDoc& option : at.doc->options)
      for (const std::string& n : option.names)
        if (n.starts_with("--")) names.push_back(n);
    return {exit_code::usage, fmt::format("unknown option '{}'", name), did_you_mean(name, names) + help, {}};
  }
  for (const auto& child : at.doc->children) {
    if (child->hidden) continue;
    names.push_back(child->name);
    names.insert(names.end(), child->aliases.begin(), child->aliases.end());
  }
  if (names.empty()) return {exit_code::usage, fmt::format("'{}' is one argument too many", word), usage_line(*at.doc), {}};
  return {exit_code::usage, fmt::format("unknown command '{} {}'", at.doc->path, word), did_you_mean(word, names) + help, {}};
}

Expected<Action> Program::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CommandDoc* const doc = deepest().doc;
    const bool all = std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--help"; });
    return [doc, all]() -> Outcome { return all ? page(help_text(*doc)) : page(short_help(*doc)), exit_code::ok; };
  } catch (const CLI::ExtrasError&) {
    const auto words = app_->remaining(true);
    return failure(unknown_word(deepest(), words.empty() ? "" : words.front()));
  } catch (const CLI::RequiredError&) {
    const Parsed at = deepest();
    std::string missing;
    for (const OptionDoc& option : at.doc->options)
      if (option.positional && option.required && at.app->get_option(option.names[0])->count() == 0) missing = option.names[0];
    return failure(exit_code::usage, usage_line(*at.doc), "{} is missing", missing.empty() ? "an argument" : missing);
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string text = e.what();
    return failure(exit_code::usage, fmt::format("see: {} --help", deepest().doc->path), "{} needs a value", text.substr(0, text.find(':')));
  } catch (const CLI::ParseError& e) {
    return failure(exit_code::usage, fmt::format("see: {} --help", deepest().doc->path), "{}", e.what());
  }
  const Parsed at = deepest();
  for (const auto& [app, action] : actions_)
    if (app == at.app) return action;
  const CommandDoc* const doc = at.doc;
  return [doc]() -> Outcome { return fmt::print(stderr, "{}", short_help(*doc)), exit_code::usage; };
}

}  // namespace evlog::cmd

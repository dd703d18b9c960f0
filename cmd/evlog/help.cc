// Help as people want it: what it does, examples, then the options.
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "evlog/args.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

std::string positional_text(const OptionDoc& option) {
  const std::string name = option.names[0] + (option.many ? "…" : "");
  return option.required ? name : "[" + name + "]";
}

std::string option_head(const OptionDoc& option) {
  std::string head = fmt::format("{}", fmt::join(option.names, ", "));
  if (option.names[0].starts_with("--")) head = "    " + head;
  if (option.value.empty()) return head;
  return head + (option.value.starts_with("[=") ? "" : " ") + option.value;
}

// Words of `text`, broken to lines no longer than `width` behind an indentation.
void append_wrapped(std::string& out, std::string_view text, size_t indent, size_t width) {
  std::istringstream words{std::string(text)};
  std::string word;
  size_t column = indent;
  while (words >> word) {
    if (column > indent && column + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) out += ' ', ++column;
    out += word;
    column += word.size();
  }
  out += '\n';
}

void append_option(std::string& out, const OptionDoc& option) {
  constexpr size_t indent = 32;
  std::string head = "  " + (option.positional ? option.names[0] : option_head(option));
  out += head;
  if (head.size() + 2 > indent) out += "\n" + std::string(indent, ' ');
  else out += std::string(indent - head.size(), ' ');
  append_wrapped(out, option.text, indent, 100);
}

void append_options(std::string& out, const CommandDoc& doc, std::string_view title, bool common) {
  bool first = true;
  for (const OptionDoc& option : doc.options) {
    if (option.common != common) continue;
    if (first) out += fmt::format("\n{}\n", title);
    first = false;
    append_option(out, option);
  }
}

}  // namespace

std::string usage_line(const CommandDoc& doc) {
  std::string out = "usage: " + doc.path;
  for (const OptionDoc& option : doc.options)
    if (option.positional) out += " " + positional_text(option);
  bool visible = false;
  for (const auto& child : doc.children) visible = visible || !child->hidden;
  if (visible) out += " COMMAND";
  return out + " [OPTION…]";
}

std::string short_help(const CommandDoc& doc) {
  std::string out = doc.summary + "\n";
  for (const std::string& example : doc.examples) out += "  " + example + "\n";
  out += "\n" + usage_line(doc) + "\n";
  for (const auto& child : doc.children)
    if (!child->hidden) out += fmt::format("  {:<15} {}\n", child->name, child->summary);
  append_options(out, doc, "Options", false);
  return out + fmt::format("\nAll of it: {} --help, man {}\n", doc.path, doc.path == "evlog" ? "evlog" : "evlog-" + doc.path.substr(6, doc.path.find(' ', 6) - 6));
}

void page(const std::string& text) {
  const char* const pager = std::getenv("PAGER");
  FILE* const pipe = is_terminal(stdout) && pager && *pager ? ::popen(pager, "w") : nullptr;
  if (!pipe) return fmt::print("{}", text);
  std::fputs(text.c_str(), pipe);
  ::pclose(pipe);
}

std::string help_text(const CommandDoc& doc) {
  std::string out = doc.summary + "\n";
  if (!doc.examples.empty()) out += "\nExamples\n";
  for (const std::string& example : doc.examples) out += "  " + example + "\n";
  out += "\n" + usage_line(doc) + "\n";
  if (!doc.about.empty()) out += "\n" + doc.about + "\n";
  bool first = true;
  for (const auto& child : doc.children) {
    if (child->hidden) continue;
    if (first) out += "\nCommands\n";
    first = false;
    out += fmt::format("  {:<15} {}\n", child->name, child->summary);
  }
  append_options(out, doc, "Options", false);
  append_options(out, doc, "Connection and output", true);
  return out;
}

const CommandDoc* find_command(const CommandDoc& root, std::string_view name) {
  for (const auto& child : root.children) {
    if (child->name == name) return child.get();
    for (const std::string& alias : child->aliases)
      if (alias == name) return child.get();
  }
  return nullptr;
}

}  // namespace evlog::cmd

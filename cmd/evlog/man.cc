// Man pages out of the same words that make the help: one page per command, and evlog-config(5) out of the configuration table.
// `evlog __man DIR` writes them; man/ holds the result.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "config/config.h"
#include "evlog/commands.h"

namespace evlog::cmd {
namespace {

// roff takes a backslash, and a dot or quote at the beginning of a line, for itself; a minus is a hyphen unless escaped.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else out += c;
    line_start = c == '\n';
  }
  return out;
}

// Filled text: roff breaks it anyhow, so the source is broken well before 80 columns.
std::string paragraph(std::string_view text) {
  std::string out, line;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    word = roff(word);
    // Only the first word of a line must not begin like a request.
    if (!line.empty() && line.size() + 1 + word.size() > 64) out += line + "\n", line.clear();
    if (!line.empty()) line += ' ' + (word.starts_with("\\&") ? word.substr(2) : word);
    else line = word;
  }
  return out + line;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string page_name(const CommandDoc& doc) {
  std::string out = doc.path;
  for (char& c : out) c = c == ' ' ? '-' : c;
  return out;
}

std::string heading(std::string_view name, int section) {
  return fmt::format(".TH {} {} 2026-11-21 \"evlog {}\" \"evlog\"\n", roff(upper(std::string(name))), section, EVLOG_VERSION);
}

std::string synopsis(const CommandDoc& doc) {
  std::string out = fmt::format(".B {}\n", roff(doc.path));
  bool children = false;
  for (const auto& child : doc.children) children = children || !child->hidden;
  if (children) out += ".RI [ COMMAND ]\n";
  for (const OptionDoc& option : doc.options) {
    if (!option.positional) continue;
    out += option.required ? fmt::format(".I {}{}\n", roff(option.names[0]), option.many ? "…" : "") : fmt::format(".RI [ {}{} ]\n", roff(option.names[0]), option.many ? "…" : "");
  }
  return out + ".RI [ OPTION… ]\n";
}

std::string option_item(const OptionDoc& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(fmt::format("\\f{}{}\\fR", option.positional ? 'I' : 'B', roff(name)));
  std::string head = fmt::format("{}", fmt::join(names, ", "));
  if (!option.value.empty()) head += fmt::format("{}\\fI{}\\fR", option.value.starts_with("[=") ? "" : " ", roff(option.value));
  return fmt::format(".TP\n{}\n{}\n", head, paragraph(option.text));
}

void append_options(std::string& out, const CommandDoc& doc, std::string_view title, bool common) {
  std::string items;
  for (const OptionDoc& option : doc.options)
    if (option.common == common) items += option_item(option);
  if (!items.empty()) out += fmt::format(".SH {}\n{}", title, items);
}

void append_children(std::string& out, const CommandDoc& doc) {
  std::string items;
  for (const auto& child : doc.children) {
    if (child->hidden) continue;
    items += fmt::format(".TP\n.BR {} (1)\n{}\n", roff(page_name(*child)), roff(child->summary));
  }
  if (!items.empty()) out += ".SH COMMANDS\n" + items;
}

std::string page(const CommandDoc& doc) {
  std::string out = heading(page_name(doc), 1);
  out += fmt::format(".SH NAME\n{} \\-\n{}\n.SH SYNOPSIS\n{}", roff(page_name(doc)), roff(doc.summary), synopsis(doc));
  if (!doc.about.empty()) out += fmt::format(".SH DESCRIPTION\n{}\n", paragraph(doc.about));
  append_children(out, doc);
  append_options(out, doc, "OPTIONS", false);
  append_options(out, doc, "CONNECTION AND OUTPUT", true);
  if (!doc.examples.empty()) out += ".SH EXAMPLES\n.nf\n";
  for (const std::string& example : doc.examples) out += roff(example) + "\n";
  if (!doc.examples.empty()) out += ".fi\n";
  out += ".SH EXIT STATUS\n0 when done, 1 when the operation failed, 2 for a wrong command line,\n"
         "66 when something named does not exist, 69 when no broker is reachable,\n77 when it refuses, 78 for bad configuration, 130 after Ctrl\\-C.\n";
  out += ".SH SEE ALSO\n.BR evlog (1),\n.BR evlog\\-config (5),\n.BR evlog\\-format (5)\n";
  return out;
}

Expected<void> write_page(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name;
  FILE* const file = std::fopen(path.c_str(), "w");
  const bool wrote = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file) std::fclose(file);
  if (!wrote) return failure(exit_code::failed, "", "cannot write {}: {}", path, std::strerror(errno));
  return {};
}

Expected<void> write_pages(const std::string& directory, const CommandDoc& doc) {
  if (doc.hidden) return {};
  if (auto wrote = write_page(directory, page_name(doc) + ".1", page(doc)); !wrote) return wrote;
  for (const auto& child : doc.children)
    if (auto wrote = write_pages(directory, *child); !wrote) return wrote;
  return {};
}

}  // namespace

void add_man(Args& root, const CommandDoc& doc) {
  Args& args = root.command("__man", "Write the man pages");
  std::string& directory = args.keep<std::string>();
  args.hidden().positional("DIR", directory, "Where to");
  args.run([&directory, &doc]() -> Outcome {
    if (auto wrote = write_pages(directory, doc); !wrote) return failure(wrote.error());
    if (auto wrote = write_page(directory, "evlog-config.5", config::man_page()); !wrote) return failure(wrote.error());
    return exit_code::ok;
  });
}

}  // namespace evlog::cmd

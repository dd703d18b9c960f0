#include "evlog/complete.h"

#include <algorithm>

namespace evlog::cmd {
namespace {

const OptionDoc* find_option(const CommandDoc& doc, std::string_view name) {
  for (const OptionDoc& option : doc.options)
    if (!option.positional && std::ranges::find(option.names, name) != option.names.end()) return &option;
  return nullptr;
}

// An option stands for all its short and long forms; "--to=x" carries its value.
std::string_view option_name(std::string_view word) { return word.substr(0, word.find('=')); }

struct Place {
  const CommandDoc* doc = nullptr;
  const OptionDoc* value_of = nullptr;  // the option whose value is being typed
  size_t positionals = 0;               // that were given before
  bool options_ended = false;           // by "--"
};

Place find_place(const CommandDoc& root, const std::vector<std::string>& words) {
  Place at{.doc = &root};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (at.value_of) {
      at.value_of = nullptr;
    } else if (word == "--" && !at.options_ended) {
      at.options_ended = true;
    } else if (word.starts_with('-') && word.size() > 1 && !at.options_ended) {
      const OptionDoc* const option = find_option(*at.doc, option_name(word));
      if (option && !option->value.empty() && !option->value.starts_with("[=") && word.find('=') == std::string::npos) at.value_of = option;
    } else if (const CommandDoc* const child = at.positionals == 0 ? find_command(*at.doc, word) : nullptr) {
      at.doc = child;
    } else {
      ++at.positionals;
    }
  }
  return at;
}

void add(Completion& out, std::string_view typed, std::string word, std::string_view text) {
  if (word.starts_with(typed)) out.candidates.push_back({std::move(word), std::string(text.substr(0, text.find('\n')))});
}

bool names_a(std::string_view value, std::string_view what) { return value.find(what) != std::string_view::npos; }

// The words of the grammar say what a value is: TOPIC, GROUP, FILE, or a choice of words. NAME belongs to the command.
NameKind kind_of(const CommandDoc& doc, std::string_view value) {
  if (names_a(value, "TOPIC")) return NameKind::topics;
  if (names_a(value, "GROUP")) return NameKind::groups;
  if (names_a(value, "PROFILE")) return NameKind::profiles;
  if (names_a(value, "FILE") || names_a(value, "DIR") || names_a(value, "PATH")) return NameKind::files;
  if (names_a(value, "COMMAND")) return NameKind::commands;
  if (!names_a(value, "NAME")) return NameKind::none;
  if (doc.path.starts_with("evlog topics") && doc.name != "create") return NameKind::topics;
  if (doc.path.starts_with("evlog profile") && doc.name != "create") return NameKind::profiles;
  return NameKind::none;
}

// Of "auto|always|never" each; a word in capitals is no word to type.
void add_choices(Completion& out, std::string_view typed, std::string_view value) {
  if (value.find('|') == std::string_view::npos) return;
  for (size_t from = 0; from <= value.size();) {
    const size_t bar = std::min(value.find('|', from), value.size());
    const std::string word(value.substr(from, bar - from));
    if (!word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-' || c == '_'; })) add(out, typed, word, "");
    from = bar + 1;
  }
}

void add_value(Completion& out, const CommandDoc& doc, std::string_view value, std::string_view typed) {
  add_choices(out, typed, value);
  out.names = kind_of(doc, value);
}

void add_options(Completion& out, const CommandDoc& doc, std::string_view typed) {
  for (const OptionDoc& option : doc.options) {
    if (option.positional) continue;
    for (const std::string& name : option.names)
      if (name.starts_with("--") || !typed.starts_with("--")) add(out, typed, name, option.text);
  }
  add(out, typed, "--help", "Help with examples");
}

void add_commands(Completion& out, const CommandDoc& doc, std::string_view typed) {
  for (const auto& child : doc.children)
    if (!child->hidden) add(out, typed, child->name, child->summary);
}

const OptionDoc* positional_at(const CommandDoc& doc, size_t index) {
  const OptionDoc* last = nullptr;
  for (const OptionDoc& option : doc.options) {
    if (!option.positional) continue;
    last = &option;
    if (index-- == 0) return last;
  }
  return last && last->many ? last : nullptr;
}

}  // namespace

Completion complete(const CommandDoc& root, const std::vector<std::string>& words) {
  Completion out;
  const Place at = find_place(root, words);
  const std::string typed = words.empty() ? "" : words.back();
  if (at.value_of) return add_value(out, *at.doc, at.value_of->value, typed), out;
  if (typed.starts_with('-') && !at.options_ended) {
    const size_t equals = typed.find('=');
    if (equals == std::string::npos) return add_options(out, *at.doc, typed), out;
    const OptionDoc* const option = find_option(*at.doc, option_name(typed));
    if (option) add_value(out, *at.doc, option->value, std::string_view(typed).substr(equals + 1));
    for (Candidate& candidate : out.candidates) candidate.word = typed.substr(0, equals + 1) + candidate.word;
    return out;
  }
  if (at.positionals == 0) add_commands(out, *at.doc, typed);
  if (const OptionDoc* const positional = positional_at(*at.doc, at.positionals)) add_value(out, *at.doc, positional->names[0], typed);
  return out;
}

}  // namespace evlog::cmd

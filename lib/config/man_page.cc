#include "config/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "config/key.h"
#include "config/synonyms.h"

namespace evlog::config {
namespace {

constexpr size_t line_max = 78;

// Roff reads a backslash as its own, and a line that begins with a dot or an apostrophe as a command.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\e") : std::string(1, c);
  return out;
}

std::string line_start(std::string word) { return word.starts_with('.') || word.starts_with('\'') ? "\\&" + word : word; }

// As an argument of a macro: quoted, so that blanks and words that are macros themselves stay what they are.
std::string argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\\(dq") : escaped({&c, 1});
  return out + "\"";
}

bool ends_sentence(std::string_view word) { return word.ends_with('.') || word.ends_with('!') || word.ends_with('?'); }

// Lines of at most `line_max`, and a new one after each sentence, as manual pages are written.
std::string filled(std::string_view text) {
  std::string out, line;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = escaped(text.substr(at, end - at));
    at = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && line.size() + 1 + word.size() > line_max) out += line + "\n", line.clear();
    line += line.empty() ? line_start(word) : " " + word;
    if (ends_sentence(word)) out += line + "\n", line.clear();
  }
  return line.empty() ? out : out + line + "\n";
}

std::string fact(std::string_view name, std::string_view value) { return fmt::format(".It {}\n{}", name, filled(value)); }

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

std::string default_text(const ConfigKey& key) {
  const auto value = key.default_value();
  if (!value) return "none";
  return value->empty() ? "empty" : std::string(*value);
}

std::string facts(const ConfigKey& key) {
  std::string out = ".Bl -tag -width \"default:\" -compact\n";
  out += fact("type:", lower_case(type_name(key.type)));
  if (!key.valid.empty()) out += fact("values:", key.valid);
  out += fact("default:", default_text(key));
  if (key.own_default && key.own_default != key.kafka_default) out += fact("Kafka:", key.kafka_default.value_or("none"));
  return out + ".El\n";
}

std::string inherits(const ConfigKey& key) {
  std::string names;
  for (const Synonym& synonym : topic_synonyms(key.name)) names += (names.empty() ? "" : ", ") + std::string(synonym.broker_key);
  return names.empty() ? "" : filled("A topic without it follows the broker's " + names + ".");
}

std::string entry(const ConfigKey& key, bool of_topic) {
  return fmt::format(".It Cm {}\n", argument(key.name)) + filled(key_doc(key)) + (of_topic ? inherits(key) : "") + facts(key);
}

std::string entries(std::span<const ConfigKey> keys, Effect effect, bool of_topics) {
  std::string out;
  for (const ConfigKey& key : keys)
    if (key.effect == effect && !key.internal) out += entry(key, of_topics);
  return out.empty() ? out : ".Bl -tag -width Ds\n" + out + ".El\n";
}

std::string names(std::span<const ConfigKey> keys, Effect effect) {
  std::string out = ".Bl -item -compact\n";
  for (const ConfigKey& key : keys)
    if (key.effect == effect && !key.internal) out += fmt::format(".It\n.Cm {}\n", argument(key.name));
  return out + ".El\n";
}

constexpr std::string_view beginning = R"(.\" Written by evlog from its table of keys; changes belong there.
.Dd November 21, 2026
.Dt EVLOG-CONFIG 5
.Os
.Sh NAME
.Nm evlog-config
.Nd settings of the evlog server and of its topics
.Sh DESCRIPTION
.Nm evlog Cm serve
needs no configuration.
Its settings have the names of Kafka's, so that a
.Pa server.properties
written for Kafka is read as it is; the names that begin with
.Cm evlog.\&
are its own.
.Pp
A setting comes from the last of these places that has it:
.Bl -enum -compact
.It
the default, as listed here;
.It
a properties file, given by
.Fl c ,
the later one of several;
.It
the environment:
.Ev KAFKA_LOG_RETENTION_MS
is
.Cm log.retention.ms ,
.Ev EVLOG_DURABILITY
is
.Cm evlog.durability ;
.It
the cluster's dynamic defaults, then those of this broker;
.It
the command line,
.Fl Fl set Ar key Ns = Ns Ar value .
.El
.Pp
In the names of the environment one underscore stands for a dot, two for an
underscore and three for a hyphen.
.Nm evlog Cm serve Fl Fl check
reads everything, says what is wrong, and starts nothing.
)";

constexpr std::string_view ending = R"(.Sh EXIT STATUS
A setting that cannot be followed ends
.Nm evlog Cm serve
with status 78 and a line that says how to mend it.
.Sh EXAMPLES
.Bd -literal
# server.properties
node.id=1
listeners=PLAINTEXT://127.0.0.1:9092
log.dirs=/var/lib/evlog
num.partitions=3
log.retention.hours=168
.Ed
.Sh SEE ALSO
.Sy evlog Ns No (1) ,
.Sy evlog-serve Ns No (1)
)";

}  // namespace

std::string man_page() {
  std::string page(beginning);
  page += ".Sh BROKER SETTINGS\n" + entries(broker_keys(), Effect::used, false);
  page += ".Sh TOPIC SETTINGS\nGiven when a topic is created or changed, for this topic alone.\nA change is in force at the next append or fetch.\n" + entries(topic_keys(), Effect::used, true);
  page += ".Sh SETTINGS THAT MUST KEEP THEIR DEFAULT\nAnother value asks for what evlog cannot do yet, and is refused.\n" + entries(broker_keys(), Effect::later, false) +
          entries(topic_keys(), Effect::later, true);
  page += ".Sh SETTINGS THAT ARE REFUSED\nThey name what evlog will not have.\n" + entries(broker_keys(), Effect::refused, false);
  page += ".Sh SETTINGS WITHOUT EFFECT\nAccepted, so that configurations written for Kafka work.\n.Pp\nOf the broker:\n" + names(broker_keys(), Effect::ignored);
  page += ".Pp\nOf a topic:\n" + names(topic_keys(), Effect::ignored);
  page += ".Pp\nOf a group:\n" + names(group_keys(), Effect::ignored);
  return page + std::string(ending);
}

}  // namespace evlog::config

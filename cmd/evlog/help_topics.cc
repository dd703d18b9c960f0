// evlog help: of a command, or of a subject that several commands share.
#include "evlog/commands.h"

namespace evlog::cmd {
namespace {

constexpr const char* formats = R"(Formats: how records become text, and text becomes records

Named formats (-f NAME)
  value   the value and a newline (the default)      kv    key, TAB, value
  kvh     headers, TAB, key, TAB, value              hex   the value in hexadecimal
  raw     the values, nothing between them           json  the same as --json
  pretty  several lines; JSON values taken apart     csv   topic,partition,offset,ts,key,value
  kcat    one line of JSON as kcat -J prints it

Format strings (-f STRING)
  %t topic  %p partition  %o offset  %T timestamp in ms  %h headers  %i running number
  %k key    %K key length     %s or %v value   %S value length   %R value length as 4 bytes
  %e leader epoch  %x producer id  %y producer epoch  %a attributes  %[ log start  %] log end
  %% a percent sign;  \n \r \t \0 \\ \xNN as usual
  In braces behind a token:
    %s{hex|base64|json|utf8|csv|pretty}  the same for %k        %S{be32|le32|hex8}  the same for %K
    %T{iso|s|ms|strftime[%F %T]}                     %h{%k=%v }  repeated for each header
    %a{compression|timestamp-type|control|transactional}
  Leader epoch, producer and most attributes are known to dump-segment only; consumers print -1.
  With produce -f the same string takes the input apart: '%k\t%s\n', '%t %k %s\n', '%S{be32}%s'.

JSON (--json), one record per line, fields in this order
  {"topic":"orders","partition":3,"offset":42,"ts":1732176000123,"tstype":"create","key":"k","value":"v","headers":[["a","b"]]}
  Null is null. Bytes that are not UTF-8 are base64 in "key_b64", "value_b64" and {"b64":"…"} within headers.
  evlog produce --json takes such lines back without loss; every field but the topic may be left out, and a value that is
  an object or a number is sent as its JSON text. offset, tstype and epoch are passed over.

CSV (produce --csv): the first row names the columns; fields in quotes may hold commas and line ends
  key, value, topic, partition, ts (ms) and header.NAME are those fields of the record; offset is passed over. Without a column
  called value, all other columns make it, as a JSON object: id,name,total and 1,ann,12.50 give {"id":1,"name":"ann","total":12.50}.
  What looks like a JSON number, true, false or null stays that, unless it is in quotes. consume -f csv prints such rows.
)";

constexpr const char* offsets = R"(Offsets and times: one grammar for consume -o and offsets list --at

  beginning  start  earliest  oldest      the first record there is
  end  latest  newest                     behind the last one
  stored                                  what the group committed (with -g)
  42                                      this offset
  -10                                     ten records before the end, of each partition
  +10                                     ten records after the beginning
  5:9   5:   :9   :end                    from 5, below 9; one side may be left out
  @TIME                                   the first record at or after this time
  @TIME:TIME                              from one time to another
  s@MS  e@MS                              kcat's words for a start and an end in milliseconds

TIME is one of
  1732176000  1732176000123               seconds (10 digits), milliseconds (13), nanoseconds (19) since 1970
  2026-01-31  2026-01-31T10:00[:00[.5]]   local time (TZ), or with Z or +02:00 behind it
  -15m  1h30m  2d                         ago
  now  today  yesterday

consume starts at the beginning (with -g: where the group stopped) and follows; -e stops at the end as it was when it began.
)";

constexpr const char* exit_codes = R"(Exit codes

  0    done
  1    the operation failed, or a part of it
  2    the command line was wrong
  66   no such topic, group, partition or file
  69   no broker reachable, or it did not answer in time
  77   authentication or authorisation refused
  78   bad configuration (in a systemd unit: RestartPreventExitStatus=78)
  130  ended by Ctrl-C, after what was in hand was finished; 143 by SIGTERM
  141  the reader of the output went away (SIGPIPE)

Errors are two lines on stderr, error: and hint:; with --json one object {"error":{"code","message","hint","kafka_error"}}.
)";

constexpr const char* configuration = R"(Configuration: of the server, of topics, and of the commands

The server takes Kafka's names and values: server.properties (-c FILE), the environment of Kafka's container image (KAFKA_LOG_DIRS=…
for log.dirs, "_" for ".", "__" for "_", "___" for "-"), and --set KEY=VALUE. The last one wins. What is changed while it runs
(evlog configs set broker …) lies between the environment and the command line.
  evlog serve -c server.properties --check                    is it right?
  evlog serve -c server.properties --print-config --origin    what is in force, and who said so
  man 5 evlog-config                                          all keys: type, default, range, what evlog does with them

A topic's settings win over the server's, and take effect at the next append or fetch:
  evlog topics create orders -c retention.ms=3600000
  evlog configs set topic orders max.message.bytes=2000000

Commands take Java's client.properties (-F FILE), single properties (-X NAME=VALUE), and profiles. The strongest first: -b, -X, -F,
EVLOG_BROKERS, the profile (--profile, EVLOG_PROFILE, .evlog/client.properties of the project, evlog profile use), 127.0.0.1:9092.
  evlog profile show --origin                                 what is in force, and who said so
)";

constexpr const char* security = R"(Security: what this version protects, and what it does not

The server listens on loopback only. It has no passwords, no TLS and no access control yet, so everybody who reaches a listener may
read, write and delete; an address beyond loopback therefore needs --insecure-listen (or EVLOG_INSECURE_LISTEN=1 in a container),
and a configuration that asks for protection (an authorizer, SASL or TLS listeners) is refused rather than left unprotected.

produce, consume and bench speak to clusters with TLS and SASL by librdkafka's or Java's properties:
  -X security.protocol=SASL_SSL -X sasl.mechanism=SCRAM-SHA-256, with sasl.username and sasl.password in a file (-F), in a
  profile, or in EVLOG_SASL_USERNAME and EVLOG_SASL_PASSWORD; never on the command line, which everybody on the machine can read.
The other commands speak plaintext only.
)";

constexpr const char* subjects[] = {"formats", "offsets", "config", "security", "exit-codes"};

const char* find_subject(std::string_view name) {
  if (name == "config" || name == "configuration") return configuration;
  if (name == "security") return security;
  if (name == "formats" || name == "format") return formats;
  if (name == "offsets-and-times" || name == "offsets" || name == "times") return offsets;
  if (name == "exit-codes" || name == "exitcodes") return exit_codes;
  return nullptr;
}

Outcome help(const CommandDoc& root, const std::vector<std::string>& words) {
  if (words.empty()) return fmt::print("{}\nSubjects: evlog help {}\n", help_text(root), fmt::join(subjects, "|")), exit_code::ok;
  if (const char* const subject = words.size() == 1 ? find_subject(words[0]) : nullptr) return page(subject), exit_code::ok;
  const CommandDoc* doc = &root;
  for (const std::string& word : words) {
    const CommandDoc* const child = find_command(*doc, word);
    if (!child) {
      std::vector<std::string> names(std::begin(subjects), std::end(subjects));
      for (const auto& c : doc->children)
        if (!c->hidden) names.push_back(c->name);
      return failure(exit_code::usage, did_you_mean(word, names) + "see: evlog help", "no help for '{}'", word);
    }
    doc = child;
  }
  return page(help_text(*doc)), exit_code::ok;
}

}  // namespace

void add_help(Args& root, const CommandDoc& doc) {
  Args& args = root.command("help", "Help for a command, or on a subject as formats and offsets");
  std::vector<std::string>& words = args.keep<std::vector<std::string>>();
  args.examples({"evlog help consume", "evlog help topics create", "evlog help formats", "evlog help offsets", "evlog help config", "evlog help security", "evlog help exit-codes"})
      .positionals("COMMAND|SUBJECT", words, "What to explain", false);
  args.run([&words, &doc] { return help(doc, words); });
}

}  // namespace evlog::cmd

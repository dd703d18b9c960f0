// evlog help: of a command, or of a subject that several commands share.
#include "evlog/commands.h"

namespace evlog::cmd {
namespace {

constexpr const char* formats = R"(Formats: how records become text, and text becomes records

Named formats (-f NAME)
  value   the value and a newline (the default)      kv    key, TAB, value
  kvh     headers, TAB, key, TAB, value              hex   the value in hexadecimal
  raw     the values, nothing between them           json  the same as --json

Format strings (-f STRING)
  %t topic  %p partition  %o offset  %T timestamp in ms  %h headers  %i running number
  %k key    %K key length     %s or %v value   %S value length   %R value length as 4 bytes
  %e leader epoch  %x producer id  %y producer epoch  %a attributes  %[ log start  %] log end
  %% a percent sign;  \n \r \t \0 \\ \xNN as usual
  In braces behind a token:
    %s{hex|base64|json|utf8}  the same for %k        %S{be32|le32|hex8}  the same for %K
    %T{iso|s|ms|strftime[%F %T]}                     %h{%k=%v }  repeated for each header
    %a{compression|timestamp-type|control|transactional}
  Leader epoch, producer and most attributes are known to dump-segment only; consumers print -1.
  With produce -f the same string takes the input apart: '%k\t%s\n', '%t %k %s\n', '%S{be32}%s'.

JSON (--json), one record per line, fields in this order
  {"topic":"orders","partition":3,"offset":42,"ts":1732176000123,"tstype":"create","key":"k","value":"v","headers":[["a","b"]]}
  Null is null. Bytes that are not UTF-8 are base64 in "key_b64", "value_b64" and {"b64":"…"} within headers.
  evlog produce --json takes such lines back without loss; every field but the topic may be left out, and a value that is
  an object or a number is sent as its JSON text. offset, tstype and epoch are passed over.
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

const char* find_subject(std::string_view name) {
  if (name == "formats" || name == "format") return formats;
  if (name == "offsets-and-times" || name == "offsets" || name == "times") return offsets;
  if (name == "exit-codes" || name == "exitcodes") return exit_codes;
  return nullptr;
}

Outcome help(const CommandDoc& root, const std::vector<std::string>& words) {
  if (words.empty()) return fmt::print("{}\nSubjects: evlog help formats, evlog help offsets, evlog help exit-codes\n", help_text(root)), exit_code::ok;
  if (const char* const subject = words.size() == 1 ? find_subject(words[0]) : nullptr) return fmt::print("{}", subject), exit_code::ok;
  const CommandDoc* doc = &root;
  for (const std::string& word : words) {
    const CommandDoc* const child = find_command(*doc, word);
    if (!child) {
      std::vector<std::string> names{"formats", "offsets", "exit-codes"};
      for (const auto& c : doc->children)
        if (!c->hidden) names.push_back(c->name);
      return failure(exit_code::usage, did_you_mean(word, names) + "see: evlog help", "no help for '{}'", word);
    }
    doc = child;
  }
  return fmt::print("{}", help_text(*doc)), exit_code::ok;
}

}  // namespace

void add_help(Args& root, const CommandDoc& doc) {
  Args& args = root.command("help", "Help for a command, or on formats, offsets, exit-codes");
  std::vector<std::string>& words = args.keep<std::vector<std::string>>();
  args.examples({"evlog help consume", "evlog help topics create", "evlog help formats", "evlog help offsets", "evlog help exit-codes"})
      .positionals("COMMAND|SUBJECT", words, "What to explain", false);
  args.run([&words, &doc] { return help(doc, words); });
}

}  // namespace evlog::cmd

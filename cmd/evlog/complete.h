// What may follow the words typed so far: the command tree answers, so that completion cannot differ from the grammar. Pure: names
// that only a cluster or a file knows are asked for by kind.
#pragma once

#include <string>
#include <vector>

#include "evlog/args.h"

namespace evlog::cmd {

struct Candidate {
  std::string word;
  std::string text;  // one line; may be empty
};

enum class NameKind : uint8_t { none, files, topics, groups, profiles, commands };

struct Completion {
  std::vector<Candidate> candidates;  // those that begin with the last word
  NameKind names = NameKind::none;    // what else fits there
};

// `words`: behind "evlog", the last one is being typed and may be empty.
Completion complete(const CommandDoc& root, const std::vector<std::string>& words);

}  // namespace evlog::cmd

// What Java does its own way and scripts can see: patterns of topic names, the order in which a HashMap lists its keys, names of
// the exceptions that stand for Kafka's errors.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/kafka/options.h"

namespace re2 { class RE2; }

namespace evlog::cmd::kafka {

// A pattern that must match a whole name. Written as --topic takes it: commas separate alternatives, blanks do not count.
// The dialect is RE2's, which agrees with Java's for what topic names need and takes no longer for a hostile pattern. It knows no
// (?=…) and (?!…); those are understood where people write them, at the front, as in (?!__).*
class Pattern {
 public:
  static Or<Pattern> of_topics(std::string_view text);
  static Or<Pattern> of_regex(std::string_view text);
  bool matches(std::string_view name) const;

 private:
  using Regex = std::shared_ptr<const re2::RE2>;
  struct Look { Regex regex; bool wanted; };                               // what must, or must not, stand at the front
  struct Alternative { std::vector<Look> looks; Regex rest; };

  static std::optional<Alternative> alternative(std::string_view text, bool any_case);
  std::vector<Alternative> alternatives_;
};

// The keys as a HashMap that got them in this order lists them. `capacity`: what it was made for, 16 when nothing was said.
std::vector<std::string> hash_map_order(const std::vector<std::string>& keys, size_t capacity = 16);

// __consumer_offsets, __transaction_state, __share_group_state.
bool internal_topic(std::string_view name);

// org.apache.kafka.common.errors.UnknownTopicOrPartitionException
std::string exception_class(ErrorCode code);

// Bytes as a String prints them: what is no UTF-8 becomes U+FFFD.
std::string java_text(std::string_view bytes);

// Left in a column of so many.
std::string padded(std::string_view text, size_t width);

}  // namespace evlog::cmd::kafka

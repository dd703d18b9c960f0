#include "evlog/partition_list.h"

#include "base/text.h"

namespace evlog::cmd {

Expected<std::set<int32_t>> parse_partition_list(std::string_view text) {
  constexpr int64_t width_max = 100'000;
  std::set<int32_t> out;
  const auto bad = [&] { return failure(exit_code::usage, "as 0,2-4", "'{}' is no list of partitions", text); };
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const size_t dash = one.find('-');
    const auto first = parse_int(one.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_int(one.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last - *first > width_max || *last > INT32_MAX) return bad();
    for (int64_t p = *first; p <= *last; ++p) out.insert(static_cast<int32_t>(p));
  }
  return out;
}

// A topic's name has no colon.
Expected<TopicPartitions> parse_topic_partitions(std::string_view text) {
  const size_t colon = text.find(':');
  TopicPartitions out{.topic = std::string(text.substr(0, colon)), .partitions = {}};
  if (out.topic.empty()) return failure(exit_code::usage, "as orders or orders:0,2-4", "'{}' is no topic", text);
  if (colon == std::string_view::npos) return out;
  auto partitions = parse_partition_list(text.substr(colon + 1));
  if (!partitions) return failure(partitions.error());
  if (partitions->empty()) return failure(exit_code::usage, "as orders:0,2-4", "'{}' names no partition", text);
  out.partitions = std::move(*partitions);
  return out;
}

}  // namespace evlog::cmd

#include "log/offset_checkpoint.h"

#include "log/checkpoint_text.h"

namespace evlog::log {

std::string TopicPartition::text() const { return fmt::format("{}-{}", topic, partition.value()); }

std::optional<TopicPartition> parse_partition_directory(std::string_view name) {
  constexpr size_t topic_bytes_max = 249;
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash > topic_bytes_max) return std::nullopt;
  const std::string_view topic = name.substr(0, dash), digits = name.substr(dash + 1);
  constexpr std::string_view legal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (topic.find_first_not_of(legal) != std::string_view::npos || topic == "." || topic == "..") return std::nullopt;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto number = parse_int(digits);
  if (!number || *number > INT32_MAX || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  return TopicPartition{std::string(topic), PartitionIndex(static_cast<int32_t>(*number))};
}

Result<OffsetCheckpoint> parse_offset_checkpoint(std::string_view text) {
  auto lines = parse_checkpoint_text(text);
  if (!lines) return fail(std::move(lines.error()));
  OffsetCheckpoint checkpoint;
  for (const auto line : *lines) {
    const auto fields = split_fields(line);
    const auto partition = fields.size() == 3 ? parse_int(fields[1]) : std::nullopt;
    const auto offset = fields.size() == 3 ? parse_int(fields[2]) : std::nullopt;
    const bool numbers = partition && offset && *partition >= 0 && *partition <= INT32_MAX && *offset >= 0;
    if (!numbers || !parse_partition_directory(fmt::format("{}-{}", fields[0], *partition))) {
      return fail(ErrorCode::CORRUPT_MESSAGE, "not a topic, partition and offset: {}", quoted_text(line));
    }
    checkpoint[{std::string(fields[0]), PartitionIndex(static_cast<int32_t>(*partition))}] = Offset(*offset);
  }
  return checkpoint;
}

std::string format_offset_checkpoint(const OffsetCheckpoint& checkpoint) {
  std::string text = fmt::format("0\n{}\n", checkpoint.size());
  for (const auto& [partition, offset] : checkpoint) {
    text += fmt::format("{} {} {}\n", partition.topic, partition.partition.value(), offset.value());
  }
  return text;
}

Result<PartitionMetadata> parse_partition_metadata(std::string_view text) {
  std::optional<std::string_view> version, topic_id;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    if (line.substr(0, colon) == "version") version = line.substr(colon + 2);
    if (line.substr(0, colon) == "topic_id") topic_id = line.substr(colon + 2);
  }
  if (version != "0") {
    const auto number = version ? parse_int(*version) : std::nullopt;
    if (number && *number > 0) return fail(ErrorCode::UNSUPPORTED_VERSION, "version {} of partition.metadata, only 0 is known", *number);
    return fail(ErrorCode::CORRUPT_MESSAGE, "{} is no version of partition.metadata, which must be 0", version ? quoted_text(*version) : "(none)");
  }
  const auto id = topic_id ? Uuid::parse(*topic_id) : std::nullopt;
  if (!id || id->is_zero()) return fail(ErrorCode::CORRUPT_MESSAGE, "{} is not a topic id", topic_id ? quoted_text(*topic_id) : "(nothing)");
  return PartitionMetadata{*id};
}

std::string format_partition_metadata(const PartitionMetadata& metadata) {
  return fmt::format("version: 0\ntopic_id: {}", metadata.topic_id.text());
}

}  // namespace evlog::log

#include "evlog/serve_topics.h"

#include "base/text.h"

namespace evlog::cmd {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (size_t from = 0;;) {
    const size_t at = text.find(separator, from);
    out.emplace_back(text.substr(from, at - from));
    if (at == std::string_view::npos) return out;
    from = at + 1;
  }
}

Expected<broker::NewTopic> parse_one(const std::string& text) {
  const auto parts = split(text, ':');
  broker::NewTopic out{.name = parts[0]};
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    const auto number = parse_int(parts[i]);
    if (equals != std::string::npos && equals > 0) out.configs.emplace_back(parts[i].substr(0, equals), parts[i].substr(equals + 1));
    else if (i == 1 && number && *number > 0 && *number <= INT32_MAX) out.partitions = static_cast<int32_t>(*number);
    else if (i == 2 && number && *number > 0 && *number <= INT16_MAX) out.replication_factor = static_cast<int16_t>(*number);
    else return failure(exit_code::usage, "NAME[:PARTITIONS[:REPLICAS]][:KEY=VALUE…], as --topic orders:3:cleanup.policy=compact", "--topic {}: '{}' is not understood", text, parts[i]);
  }
  return out;
}

}  // namespace

Expected<std::vector<broker::NewTopic>> parse_serve_topics(const std::vector<std::string>& texts) {
  std::vector<broker::NewTopic> out;
  for (const std::string& text : texts) {
    auto topic = parse_one(text);
    if (!topic) return failure(topic.error());
    out.push_back(std::move(*topic));
  }
  return out;
}

io::task<Expected<void>> make_serve_topics(broker::Controller& controller, std::vector<broker::NewTopic> topics) {
  if (topics.empty()) co_return Expected<void>{};
  const auto outcomes = co_await controller.create_topics(topics, false);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const broker::TopicOutcome& outcome = outcomes[i];
    if (outcome.error == ErrorCode::NONE || outcome.error == ErrorCode::TOPIC_ALREADY_EXISTS) continue;
    co_return failure(exit_code::bad_config, "", "--topic {}: {}", topics[i].name, outcome.message.value_or(std::string(error_name(outcome.error))));
  }
  co_return Expected<void>{};
}

}  // namespace evlog::cmd

#include "client/group_view.h"

#include <algorithm>

#include "wire/api/consumer_protocol.h"

namespace evlog::client {
namespace {

std::string_view text_field(wire::Decoder& in) {
  const int16_t length = in.fixed<int16_t>();
  if (!in.ok() || length < 0 || in.left() < static_cast<size_t>(length)) return {};
  const std::string_view text = as_text(in.rest().first(static_cast<size_t>(length)));
  for (int16_t i = 0; i < length; ++i) in.fixed<int8_t>();
  return text;
}

}  // namespace

// version, then [topic], then what is of no interest here.
std::vector<std::string> parse_subscription(Bytes bytes) {
  std::vector<std::string> out;
  wire::Decoder in(bytes);
  in.fixed<int16_t>();
  const int32_t topics = in.fixed<int32_t>();
  for (int32_t t = 0; in.ok() && t < topics; ++t) {
    const std::string_view topic = text_field(in);
    if (topic.empty()) break;
    out.emplace_back(topic);
  }
  std::ranges::sort(out);
  return out;
}

// version, then [topic, [partition]], then user data; all lengths are somebody else's bytes.
std::vector<PartitionKey> parse_assignment(Bytes bytes) {
  std::vector<PartitionKey> out;
  wire::Decoder in(bytes);
  in.fixed<int16_t>();
  const int32_t topics = in.fixed<int32_t>();
  for (int32_t t = 0; in.ok() && t < topics; ++t) {
    const std::string topic(text_field(in));
    if (topic.empty()) break;
    const int32_t partitions = in.fixed<int32_t>();
    for (int32_t p = 0; in.ok() && p < partitions; ++p) {
      const int32_t index = in.fixed<int32_t>();
      if (in.ok()) out.push_back({topic, index});
    }
  }
  std::ranges::sort(out);
  return out;
}

GroupDescription view_group(const wire::DescribeGroupsResponse::Group& g, int32_t coordinator) {
  GroupDescription out{.group = std::string(g.group_id), .state = std::string(g.group_state), .protocol_type = std::string(g.protocol_type),
                       .protocol = std::string(g.protocol_data), .members = {}, .coordinator = coordinator};
  const bool consumers = out.protocol_type == "consumer" || out.protocol_type.empty();
  for (const auto& m : g.members) {
    out.members.push_back({.member_id = std::string(m.member_id), .instance_id = std::string(m.group_instance_id.value_or("")), .client_id = std::string(m.client_id),
                           .host = std::string(m.client_host), .assignment = {}, .subscription = {}});
    if (!consumers) continue;
    out.members.back().assignment = parse_assignment(m.member_assignment);
    out.members.back().subscription = parse_subscription(m.member_metadata);
  }
  std::ranges::sort(out.members, {}, &GroupMember::member_id);  // coordinators list them by hash
  return out;
}

}  // namespace evlog::client

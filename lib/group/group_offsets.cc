// What a group says about its committed offsets: who may delete them, which topics it still consumes, how old they are.
#include "group/classic_group.h"
#include "base/text.h"
#include "wire/api/consumer_protocol.h"

namespace evlog::group {
namespace {

constexpr std::string_view consumer_type = "consumer";

// Adds the topics a member subscribed to; false if its metadata cannot be read.
bool add_topics(std::string_view metadata, std::set<std::string, std::less<>>& topics) {
  const auto bytes = as_bytes(metadata);
  if (bytes.size() < 2 || load_be<int16_t>(bytes.data()) < 0) return false;
  wire::ConsumerProtocolSubscription subscription;
  if (auto r = wire::decode_versioned_lenient(bytes, subscription); !r) return false;
  for (const auto topic : subscription.topics) topics.emplace(topic);
  return true;
}

}  // namespace

bool Group::is_of_consumers() const { return protocol_type_ && *protocol_type_ == consumer_type; }

void Group::note_subscriptions() {
  subscribed_topics_.reset();
  if (!is_of_consumers()) return;
  std::set<std::string, std::less<>> topics;
  if (!members_.empty()) {
    if (!protocol_name_) return;
    for (const auto& [_, m] : members_) {
      const auto* metadata = m.metadata(*protocol_name_);
      if (!metadata || !add_topics(*metadata, topics)) return;
    }
  }
  subscribed_topics_ = std::move(topics);
}

bool Group::is_subscribed(std::string_view topic) const {
  return subscribed_topics_ ? subscribed_topics_->contains(topic) : is_of_consumers();
}

ErrorCode Group::check_delete() const {
  if (is(GroupState::dead)) return ErrorCode::GROUP_ID_NOT_FOUND;
  return is(GroupState::empty) ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
}

ErrorCode Group::check_offset_delete() const {
  if (is(GroupState::dead)) return ErrorCode::GROUP_ID_NOT_FOUND;
  return is(GroupState::empty) || is_of_consumers() ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
}

Group::OffsetAge Group::offset_age() const {
  if (!protocol_type_) return OffsetAge::since_commit;  // nobody ever joined: it is only a place to keep offsets
  // Before Kafka 2.1 groups did not record since when they are empty.
  if (is(GroupState::empty)) return to_ms(state_since_) < 0 ? OffsetAge::since_commit : OffsetAge::since_empty;
  return is(GroupState::stable) && subscribed_topics_ ? OffsetAge::since_commit : OffsetAge::never;
}

}  // namespace evlog::group

#include "evlog/consume.h"

namespace evlog::cmd {

void Ends::add(const std::string& topic, int32_t partition, int64_t stop) {
  topic_ = nullptr;
  open_[topic][partition] = {.stop = stop, .reached = stop == 0};
  count();
}

void Ends::remove(const std::string& topic, int32_t partition) {
  topic_ = nullptr;
  open_[topic].erase(partition);
  count();
}

size_t Ends::partitions() const {
  size_t n = 0;
  for (const auto& [name, topic] : open_) n += topic.size();
  return n;
}

void Ends::count() {
  unfinished_ = 0;
  for (const auto& [name, topic] : open_)
    for (const auto& [partition, end] : topic) unfinished_ += !end.reached;
}

Ends::End* Ends::find(const rd_kafka_message_t& message) {
  if (message.rkt != topic_) {
    const auto found = open_.find(std::string_view(rd_kafka_topic_name(message.rkt)));
    if (found == open_.end()) return nullptr;
    topic_ = message.rkt;
    topic_ends_ = &found->second;
  }
  const auto found = topic_ends_->find(message.partition);
  return found == topic_ends_->end() ? nullptr : &found->second;
}

void Ends::reached(const rd_kafka_message_t& message, int64_t offset) {
  End* const end = find(message);
  if (!end || end->reached || end->stop < 0 || offset < end->stop) return;
  end->reached = true;
  --unfinished_;
}

bool Ends::past(const rd_kafka_message_t& message, int64_t offset) {
  const End* const end = find(message);
  return end && end->stop >= 0 && offset >= end->stop;
}

}  // namespace evlog::cmd

// Two ways to read: Consumer takes partitions assigned by hand and needs no group (it leaves no trace on the cluster);
// GroupConsumer joins a group and commits only what the caller says was handled. Both give librdkafka's messages in batches,
// which stay valid until the next poll(). Used on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "client/rd.h"
#include "client/record.h"

namespace evlog::client {

struct TopicInfo {
  std::string name;
  std::vector<int32_t> partitions;  // ascending
};

// What the cluster has; a topic that cannot be described is left out.
ClientResult<std::vector<TopicInfo>> list_topics(rd_kafka_t& rk, int timeout_ms);

// The record's texts point into the message.
void view_message(const rd_kafka_message_t& message, Record& out);

struct PartitionRange {
  std::string topic;
  int32_t partition = 0;
  int64_t start = 0;
  int64_t stop = -1;  // not included; -1: never ends
};

// Messages of one poll, given back together.
class MessageBatch {
 public:
  static constexpr size_t messages_max = 1000;
  ~MessageBatch() { clear(); }
  std::span<rd_kafka_message_t* const> messages() const { return {messages_.data(), messages_.size()}; }
  void clear();
  std::vector<rd_kafka_message_t*>& raw() { return messages_; }

 private:
  std::vector<rd_kafka_message_t*> messages_;
};

// What both have in common.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::span<rd_kafka_message_t* const> poll(int timeout_ms) = 0;  // an error or the end of a partition is a message with `err`
  virtual void handled(std::string_view, int32_t, int64_t) {}             // up to the next offset; the next commit() commits it
  virtual ClientError commit() { return {}; }                             // now, and waits for the answer
  virtual void close() {}                                                 // commits and leaves
  virtual Events& events() = 0;
  virtual rd_kafka_t& handle() = 0;
};

class Consumer final : public Reader {
 public:
  static Result<std::unique_ptr<Consumer>> open(const Settings& settings);
  ~Consumer() override;

  ClientError start(std::span<const PartitionRange> ranges);
  std::span<rd_kafka_message_t* const> poll(int timeout_ms) override;

  Events& events() override { return events_; }
  rd_kafka_t& handle() override { return *rk_; }

 private:
  Events events_;
  Rd<rd_kafka_t> rk_;
  Rd<rd_kafka_queue_t> queue_;
  std::map<std::string, Rd<rd_kafka_topic_t>> topics_;
  std::vector<std::pair<rd_kafka_topic_t*, int32_t>> started_;
  MessageBatch batch_;
};

class GroupConsumer final : public Reader {
 public:
  static Result<std::unique_ptr<GroupConsumer>> open(const Settings& settings, std::string_view group);
  ~GroupConsumer() override;

  // Called on poll(): partitions came (the caller may set where to start) or go away (all handled ones are committed first).
  std::function<void(rd_kafka_topic_partition_list_t& partitions)> on_assigned;
  std::function<void(const rd_kafka_topic_partition_list_t& partitions)> on_revoked;

  ClientError subscribe(std::span<const std::string> topics);  // names, or patterns that begin with ^
  std::span<rd_kafka_message_t* const> poll(int timeout_ms) override;
  void handled(std::string_view topic, int32_t partition, int64_t next_offset) override;
  ClientError commit() override;
  void close() override;

  Events& events() override { return events_; }
  rd_kafka_t& handle() override { return *rk_; }

 private:
  static void on_rebalance(rd_kafka_t* rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& partitions);

  struct Shared : Events { GroupConsumer* consumer = nullptr; };
  Shared events_;
  Rd<rd_kafka_t> rk_;
  bool commits_ = true;
  bool closed_ = false;
  MessageBatch batch_;
  std::map<std::string, std::map<int32_t, int64_t>, std::less<>> handled_;  // next offsets, by topic and partition
};

}  // namespace evlog::client

// What the guest asks of the server, by librdkafka: topics, everything there is, records without an end, commits without an end.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "torture/power/records.h"

namespace power {

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;
using Properties = std::vector<std::pair<const char*, const char*>>;

// Those that are there already are no error. Empty, or what went wrong.
std::string make_topics();

// Reads all partitions from their beginning, the whole of them or for as long as it is asked to.
class Reader {
 public:
  Reader(History& history, uint64_t process, const char* f);
  // To the end of every partition, as the server says where that is. Empty, or what went wrong.
  std::string read_all();
  void read_some();
  void tell_ends();
  uint64_t count() const { return read_.count(); }
  uint64_t partitions_with_records() const;

 private:
  bool take(rd_kafka_message_t* message);

  History& history_;
  uint64_t process_;
  Gathered read_;
  Client client_;
  std::vector<int64_t> next_;  // by partition, all topics one after the other
  size_t at_end_ = 0;
  std::string error_;
};

// Sends without an end; what is acknowledged goes to the history. One idempotent with acks=all, one with acks=1 that never retries.
class Sender {
 public:
  Sender(History& history, uint64_t process, bool idempotent, uint64_t seed);
  void everywhere_once();
  void burst();
  bool is_full() const;
  void poll(int ms) { rd_kafka_poll(client_.get(), ms); }
  void tell();
  uint64_t acked() const { return acked_.count(); }

 private:
  struct Place {
    uint64_t next = 0, announced = 0;
  };

  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
  void send(Where where, uint64_t count);

  History& history_;
  uint64_t process_;
  bool idempotent_;
  std::mt19937_64 random_;
  Gathered acked_, unknown_;
  std::map<Where, Place> places_;
  Client client_;
};

// Commits growing offsets without an end.
class Committer {
 public:
  Committer(History& history, uint64_t process, uint64_t boot);
  void fetch();
  void commit_next();

 private:
  static constexpr int partitions = 4;
  using Offsets = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;
  Offsets offsets(int64_t offset) const;

  History& history_;
  uint64_t process_;
  int64_t next_;
  Client client_;
};

}  // namespace power

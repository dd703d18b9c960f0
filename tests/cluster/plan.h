// Plan: the shape of one run, drawn from its seed: how many clients of which kind, how fast, and with what options the broker runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace evlog::cluster_test {

struct Plan {
  int partitions = 2;
  int producers_idempotent = 1, producers_plain = 1, consumers = 1, members = 2, committers = 1, admins = 1;
  Duration think = milliseconds(50);       // a client's mean pause between two requests
  Duration request_timeout = seconds(2);
  Duration fault_time = seconds(20);
  bool trims = false;                      // the administrator deletes records from the front
  bool grows = false;                      // and adds partitions to a second topic
  bool tunes = false;                      // somebody changes the configuration of the topic
  int tellers = 0;                         // that write transactions
  bool retained = false;                   // by time or size, both short
  bool rots_snapshots = false;             // a bit of the newest metadata snapshot turns while the broker is down
  bool memory = false;                     // evlog.durability=memory
  bool two_directories = false;            // the second of which fails now and then
  int in_flight_max = 5;
  int records_max = 5;                     // in a batch
  int value_bytes_max = 400;
  std::vector<std::pair<std::string, std::string>> broker;  // configuration
  std::vector<std::pair<std::string, std::string>> topic;
  std::vector<std::pair<std::string, std::string>> ledger;  // the topic of the transactions

  static Plan draw(uint64_t seed);
};

}  // namespace evlog::cluster_test

// What changed between two generations of a group, and so why it rebalanced, as far as anybody outside can know. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/admin.h"
#include "group/records.h"

namespace evlog::cmd {

// A group as one record of its log tells it.
struct Generation {
  struct Member {
    std::string id, instance, client, host;
    int32_t session_timeout_ms = 0, rebalance_timeout_ms = 0;
    std::vector<std::string> subscription;
    std::vector<client::PartitionKey> assignment;
    const std::string& identity() const { return instance.empty() ? id : instance; }  // what outlives a restart
    std::string name() const;                                                         // for people: "worker-3" or the client with the end of its id
  };
  int64_t at_ms = -1;
  int32_t number = 0;
  std::string protocol, leader;
  std::vector<Member> members;   // by identity
  const Member* find(const std::string& identity) const;
};

Generation make_generation(const group::GroupValue& value, int64_t written_ms);

struct GroupChange {
  std::string reason;               // one of: formed, joined, gone, joined and gone, restarted, subscription, partitions, strategy, emptied, rejoined
  std::vector<std::string> lines;   // what the reason is made of
  int64_t partitions_moved = 0;     // to another member
};

// `seen_waiting`: identities that were in the group while it rebalanced: who was, and is gone now, did not join again in time.
GroupChange compare(const Generation& before, const Generation& after, const std::vector<std::string>& seen_waiting);

}  // namespace evlog::cmd

// Committing and reading back offsets, for members of groups and for those who only commit; every answer goes to the History.
#pragma once

#include "cluster/scene.h"

namespace evlog::cluster_test {

struct Committing {
  std::string group, member;
  int32_t generation = -1;
};

class OffsetClient : public Client {
 public:
  using Client::Client;

 protected:
  // As every client does first on a new connection; the broker makes its topic of offsets when it is asked.
  io::task<bool> find_coordinator(std::string group);
  io::task<ErrorCode> commit(Committing who, PartitionName where);
  io::task<ErrorCode> read_back(Committing who, PartitionName where);
  // A group that is said not to be there is read as having committed nothing.
  io::task<ErrorCode> delete_offset(std::string group, PartitionName where);
  io::task<ErrorCode> delete_group(std::string group);

 private:
  std::vector<PartitionName> partitions() const;
};

}  // namespace evlog::cluster_test

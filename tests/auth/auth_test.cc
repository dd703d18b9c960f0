#include <doctest/doctest.h>

#include "auth/auth.h"

using namespace evlog::auth;

namespace {

struct OnlyReads : Authorizer {
  bool allows(const Question& q) override { return q.operation == Operation::read || q.operation == Operation::describe; }
};

}  // namespace

TEST_CASE("the bit set of operations is the one Kafka's clients decode, per kind of resource") {
  AllowAll all;
  const Principal who;
  // What a Kafka broker without an authorizer answers for a topic, a group and the cluster.
  CHECK(authorized_operations(all, who, "127.0.0.1", ResourceType::topic, "t") == 3576);
  CHECK(authorized_operations(all, who, "127.0.0.1", ResourceType::group, "g") == 3400);
  CHECK(authorized_operations(all, who, "127.0.0.1", ResourceType::cluster, cluster_resource) == 8096);
}

TEST_CASE("an operation that is refused is missing from the set") {
  OnlyReads reads;
  const Principal who;
  CHECK(authorized_operations(reads, who, "127.0.0.1", ResourceType::topic, "t") == ((1 << 3) | (1 << 8)));
}

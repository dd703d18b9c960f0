// auth: who somebody is and what they may do. Today every connection is User:ANONYMOUS and the only authorizer allows all;
// the questions are asked at every place where Kafka asks them, so that real rules change nothing but the answerer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evlog::auth {

// Kafka's numbers (AclOperation, ResourceType).
enum class Operation : int8_t {
  read = 3, write = 4, create = 5, remove = 6, alter = 7, describe = 8,
  cluster_action = 9, describe_configs = 10, alter_configs = 11, idempotent_write = 12,
};
enum class ResourceType : int8_t { topic = 2, group = 3, cluster = 4, transactional_id = 5, delegation_token = 6, user = 7 };

inline constexpr std::string_view cluster_resource = "kafka-cluster";  // the only name of the cluster resource

std::string_view operation_name(Operation operation);   // "Read"
std::string_view resource_name(ResourceType type);      // "Topic"

struct Principal {
  std::string type = "User";
  std::string name = "ANONYMOUS";
};

struct Question {
  const Principal& principal;
  std::string_view client_host;  // without the leading slash
  Operation operation;
  ResourceType type;
  std::string_view name;
};

// Answers from memory, at once. Owned by the server; used on its loop.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  virtual bool allows(const Question& question) = 0;
};

class AllowAll : public Authorizer {
 public:
  bool allows(const Question&) override { return true; }
};

// Every operation on this resource as a bit set, as answered in *AuthorizedOperations fields (1 << number).
// Kafka lists a fixed set per resource type; a topic has read, write, create, delete, alter, describe, describe and alter configs.
int32_t authorized_operations(Authorizer& authorizer, const Principal& principal, std::string_view client_host,
                              ResourceType type, std::string_view name);

}  // namespace evlog::auth

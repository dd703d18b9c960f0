#include "auth/auth.h"

#include <span>

namespace evlog::auth {
namespace {

constexpr Operation topic_operations[] = {Operation::read, Operation::write, Operation::create, Operation::remove,
                                          Operation::alter, Operation::describe, Operation::describe_configs,
                                          Operation::alter_configs};
constexpr Operation group_operations[] = {Operation::read, Operation::remove, Operation::describe,
                                          Operation::describe_configs, Operation::alter_configs};
constexpr Operation cluster_operations[] = {Operation::create, Operation::alter, Operation::describe,
                                            Operation::cluster_action, Operation::describe_configs,
                                            Operation::alter_configs, Operation::idempotent_write};

std::span<const Operation> operations_of(ResourceType type) {
  switch (type) {
    case ResourceType::topic: return topic_operations;
    case ResourceType::group: return group_operations;
    case ResourceType::cluster: return cluster_operations;
    default: return {};
  }
}

}  // namespace

std::string_view operation_name(Operation operation) {
  switch (operation) {
    case Operation::read: return "Read";
    case Operation::write: return "Write";
    case Operation::create: return "Create";
    case Operation::remove: return "Delete";
    case Operation::alter: return "Alter";
    case Operation::describe: return "Describe";
    case Operation::cluster_action: return "ClusterAction";
    case Operation::describe_configs: return "DescribeConfigs";
    case Operation::alter_configs: return "AlterConfigs";
    case Operation::idempotent_write: return "IdempotentWrite";
  }
  return "Unknown";
}

std::string_view resource_name(ResourceType type) {
  switch (type) {
    case ResourceType::topic: return "Topic";
    case ResourceType::group: return "Group";
    case ResourceType::cluster: return "Cluster";
    case ResourceType::transactional_id: return "TransactionalId";
    case ResourceType::delegation_token: return "DelegationToken";
    case ResourceType::user: return "User";
  }
  return "Unknown";
}

int32_t authorized_operations(Authorizer& authorizer, const Principal& principal, std::string_view client_host,
                              ResourceType type, std::string_view name) {
  int32_t bits = 0;
  for (Operation operation : operations_of(type)) {
    if (authorizer.allows({principal, client_host, operation, type, name})) bits |= 1 << static_cast<int>(operation);
  }
  return bits;
}

}  // namespace evlog::auth

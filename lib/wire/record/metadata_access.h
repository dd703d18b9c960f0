// Records of the metadata log about who may do what, and how much.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct AccessControlEntryRecord {
  static constexpr Message info{"AccessControlEntryRecord", 18, {0, 0}, 0};
  Uuid id;
  int8_t resource_type = 0;
  std::string_view resource_name;
  int8_t pattern_type = 0;
  std::string_view principal, host;
  int8_t operation = 0;
  int8_t permission_type = 0;
  static void visit(auto& io, auto& m) {
    io("Id", m.id);
    io("ResourceType", m.resource_type);
    io("ResourceName", m.resource_name);
    io("PatternType", m.pattern_type);
    io("Principal", m.principal);
    io("Host", m.host);
    io("Operation", m.operation);
    io("PermissionType", m.permission_type);
  }
};
EVLOG_WIRE_MESSAGE(AccessControlEntryRecord)

struct RemoveAccessControlEntryRecord {
  static constexpr Message info{"RemoveAccessControlEntryRecord", 19, {0, 0}, 0};
  Uuid id;
  static void visit(auto& io, auto& m) {
    io("Id", m.id);
  }
};
EVLOG_WIRE_MESSAGE(RemoveAccessControlEntryRecord)

struct UserScramCredentialRecord {
  static constexpr Message info{"UserScramCredentialRecord", 11, {0, 0}, 0};
  std::string_view name;
  int8_t mechanism = 0;
  Bytes salt, stored_key, server_key;
  int32_t iterations = 0;
  static void visit(auto& io, auto& m) {
    io("Name", m.name);
    io("Mechanism", m.mechanism);
    io("Salt", m.salt);
    io("StoredKey", m.stored_key);
    io("ServerKey", m.server_key);
    io("Iterations", m.iterations);
  }
};
EVLOG_WIRE_MESSAGE(UserScramCredentialRecord)

struct RemoveUserScramCredentialRecord {
  static constexpr Message info{"RemoveUserScramCredentialRecord", 22, {0, 0}, 0};
  std::string_view name;
  int8_t mechanism = 0;
  static void visit(auto& io, auto& m) {
    io("Name", m.name);
    io("Mechanism", m.mechanism);
  }
};
EVLOG_WIRE_MESSAGE(RemoveUserScramCredentialRecord)

struct DelegationTokenRecord {
  static constexpr Message info{"DelegationTokenRecord", 10, {0, 0}, 0};
  std::string_view owner, requester;
  Array<std::string_view> renewers;
  int64_t issue_timestamp = 0;
  int64_t max_timestamp = 0;
  int64_t expiration_timestamp = 0;
  std::string_view token_id;
  static void visit(auto& io, auto& m) {
    io("Owner", m.owner);
    io("Requester", m.requester);
    io("Renewers", m.renewers);
    io("IssueTimestamp", m.issue_timestamp);
    io("MaxTimestamp", m.max_timestamp);
    io("ExpirationTimestamp", m.expiration_timestamp);
    io("TokenId", m.token_id);
  }
};
EVLOG_WIRE_MESSAGE(DelegationTokenRecord)

struct RemoveDelegationTokenRecord {
  static constexpr Message info{"RemoveDelegationTokenRecord", 26, {0, 0}, 0};
  std::string_view token_id;
  static void visit(auto& io, auto& m) {
    io("TokenId", m.token_id);
  }
};
EVLOG_WIRE_MESSAGE(RemoveDelegationTokenRecord)

struct ClientQuotaRecord {
  static constexpr Message info{"ClientQuotaRecord", 14, {0, 0}, 0};
  struct Entity {
    std::string_view entity_type;
    std::optional<std::string_view> entity_name = "";
    static void visit(auto& io, auto& m) {
      io("EntityType", m.entity_type);
      io("EntityName", m.entity_name);
    }
  };
  Array<Entity> entity;
  std::string_view key;
  double value = 0;
  bool remove = false;
  static void visit(auto& io, auto& m) {
    io("Entity", m.entity);
    io("Key", m.key);
    io("Value", m.value);
    io("Remove", m.remove);
  }
};
EVLOG_WIRE_MESSAGE(ClientQuotaRecord)

}  // namespace evlog::wire

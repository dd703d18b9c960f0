// One configuration entry as people read it: who set it, what it would be otherwise, what it is for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/admin_configs.h"

namespace evlog::cmd {

std::string config_value(const client::ConfigEntry& entry);               // "(hidden)" where it is a secret, "null" where there is none
std::string origin_text(client::ConfigOrigin origin);                     // "topic", "all brokers", "broker's file", "default" …
std::string origin_text(const client::ConfigEntry& entry);                // with the synonym it came by: "broker's file (log.retention.hours)"
std::string_view config_type_word(int8_t type);                           // "boolean", "int", "list", …
// Needs the synonyms; in the key's own unit. Brokers leave out defaults that go by another unit: then it is the table's.
std::optional<std::string> default_of(client::ResourceType type, const client::ConfigEntry& entry);
std::string plain_doc(std::string_view documentation);                    // without the tags of HTML

}  // namespace evlog::cmd

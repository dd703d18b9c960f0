// The descriptions as text: one JSON object per message in the shape of Kafka's own definitions, for scripts/check-protocol.
#pragma once

#include <string>

#include "wire/message.h"

namespace evlog::wire {

// {"name":…,"apiKey":…,"validVersions":"0-4","flexibleVersions":"4+","latestVersionUnstable":false,"fields":[{"name":…,"type":"[]struct",
// "versions":[3,4],"nullableVersions":[…]|null,"tag":…|null,"flexible":true,"default":…,"fields":[…]}]}; versions are cut to those of the message.
std::string schema_json(const Message& info, const Type& type);

}  // namespace evlog::wire

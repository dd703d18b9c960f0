// Messages as JSON, as Kafka's own tools print them: field names begin small ("groupId"), bytes are base64, ids their 22 characters,
// fields that a version lacks and tagged fields at their default are left out.
#pragma once

#include <string>
#include <string_view>

#include "wire/message.h"
#include "wire/storage.h"

namespace evlog::wire {

std::string to_json(const Type& type, const void* message, int16_t version);
// Missing fields keep their defaults; names are taken with a big first letter too. INVALID_REQUEST for bad JSON, a wrong type, a number
// out of range or a field that this version does not have. Texts are owned by `storage`.
Result<void> from_json(std::string_view json, const Type& type, void* message, int16_t version, Storage& storage);

template <Described X>
std::string to_json(const X& message, int16_t version) {
  return to_json(type_of(&message), &message, version);
}
template <Described X>
Result<void> from_json(std::string_view json, int16_t version, X& out, Storage& storage) {
  return from_json(json, type_of(&out), &out, version, storage);
}

}  // namespace evlog::wire

// Compares two messages of one type field by field, as far as a version has them; views and owned arrays are equal by content.
#pragma once

#include <optional>
#include <string>

#include "wire/message.h"

namespace evlog::wire {

// Where they first differ: "topics[2].name: \"a\" is not \"b\""; nothing when they are equal.
std::optional<std::string> difference(const Type& type, const void* a, const void* b, int16_t version);

template <Described X>
std::optional<std::string> difference(const X& a, const X& b, int16_t version) {
  return difference(type_of(&a), &a, &b, version);
}

}  // namespace evlog::wire

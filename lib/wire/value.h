// Help for the slow visitors: values behind a void pointer, the defaults of a structure, comparison. Not for others.
#pragma once

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "wire/type.h"

namespace evlog::wire {

template <class T>
T load(const void* at) {
  T v;
  std::memcpy(static_cast<void*>(&v), at, sizeof v);
  return v;
}
template <class T>
void store(void* at, const T& v) { std::memcpy(at, static_cast<const void*>(&v), sizeof v); }

bool is_integer(Kind kind);
int64_t load_integer(Kind kind, const void* at);
bool store_integer(Kind kind, void* at, int64_t v);      // false: out of range

std::string json_name(std::string_view name);            // "GroupId" is "groupId"

// A default-constructed structure and where its fields are, in order of visit.
class Defaults {
 public:
  explicit Defaults(const Type& structure);
  ~Defaults();
  Defaults(const Defaults&) = delete;
  const void* at(size_t index) const { return fields_[index]; }

 private:
  const Type& type_;
  void* object_;
  std::vector<const void*> fields_;
};

bool same(const Type& type, const void* a, const void* b, int16_t version);

}  // namespace evlog::wire

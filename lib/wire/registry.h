// All described messages, behind one shape: for programs that learn only at run time which message they handle (differential tests,
// schema printing, fuzzing). The broker's dispatch does not use it.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "wire/message.h"

namespace evlog::wire {

struct Entry {
  const Message* info;
  const Type* type;
  std::shared_ptr<void> (*create)();
  void (*decode)(Decoder& decoder, int16_t version, void* out);
  void (*encode)(Encoder& encoder, int16_t version, const void* message);
};

std::span<const Entry> all_messages();
const Entry* find_message(std::string_view name);          // "FetchRequest"; nullptr when not described
const Entry* find_request(int16_t api_key);
const Entry* find_response(int16_t api_key);

}  // namespace evlog::wire

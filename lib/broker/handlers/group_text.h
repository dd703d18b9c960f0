// Between the wire's views and the group module's own strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "broker/context.h"
#include "group/events.h"

namespace evlog::broker {

inline std::string owned(std::string_view text) { return std::string(text); }
inline std::string owned(Bytes bytes) { return std::string(as_text(bytes)); }
inline group::OptionalText owned(const std::optional<std::string_view>& text) {
  return text ? group::OptionalText(*text) : std::nullopt;
}

inline Bytes keep_bytes(Context& context, std::string blob) { return as_bytes(context.keep(std::move(blob))); }
inline std::optional<std::string_view> keep(Context& context, group::OptionalText text) {
  return text ? std::optional<std::string_view>(context.keep(std::move(*text))) : std::nullopt;
}

}  // namespace evlog::broker

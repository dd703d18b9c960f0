// What this build refuses on purpose, with one documented error each, leaving no trace.
#pragma once

#include <string_view>

#include "base/error_code.h"

namespace evlog::broker {

// A transactional id, a transactional batch, or a coordinator that is not a group's. Every client takes this error as final, so
// nobody retries against something that cannot come.
inline constexpr ErrorCode transactions_refused = ErrorCode::UNSUPPORTED_VERSION;
inline constexpr std::string_view transactions_refused_text = "This server does not serve transactions.";
inline constexpr std::string_view share_groups_refused_text = "This server does not serve share groups.";

}  // namespace evlog::broker

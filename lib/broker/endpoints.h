// The address of a broker as one client should see it: of the listener the client came in by.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/context.h"

namespace evlog::broker {

struct SeenEndpoint { std::string_view host; int32_t port = -1; };

// Nothing when that broker has no such listener. A broker that advertises no host (bound to every address, nothing set) is
// shown at the address this very connection reached it by. Views live until the answer is encoded.
std::optional<SeenEndpoint> seen_endpoint(Context& context, const cluster::BrokerView& broker);

// Broker ids as an answer's array.
wire::Array<int32_t> id_array(const std::vector<BrokerId>& ids);

}  // namespace evlog::broker

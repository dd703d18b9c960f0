// Kafka's controller gives up what it could not begin within the time a request allows; no time at all is over at once.
#pragma once

#include "broker/broker.h"
#include "broker/context.h"

namespace evlog::broker {

inline bool out_of_time(Context& context, int32_t timeout_ms) { return context.broker().loop.mono() >= context.deadline(timeout_ms); }

}  // namespace evlog::broker

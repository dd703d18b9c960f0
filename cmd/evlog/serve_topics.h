// Topics that a server makes when it starts (serve --topic), for tests and demonstrations.
#pragma once

#include <string>
#include <vector>

#include "broker/controller.h"
#include "evlog/failure.h"

namespace evlog::cmd {

// "NAME[:PARTITIONS[:REPLICAS]][:KEY=VALUE…]", each.
Expected<std::vector<broker::NewTopic>> parse_serve_topics(const std::vector<std::string>& texts);

// One that exists already is left as it is. Returns when all can be used.
io::task<Expected<void>> make_serve_topics(broker::Controller& controller, std::vector<broker::NewTopic> topics);

}  // namespace evlog::cmd

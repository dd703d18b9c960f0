// Properties for librdkafka out of what the console tools are given: a file, name=value pairs, and options of their own. A name that
// only Java's client knows is passed over with a warning.
#pragma once

#include <map>
#include <string>

#include "client/settings.h"
#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {


using Properties = std::map<std::string, std::string>;
Or<Properties> read_properties(const std::string& path);
Properties parse_pairs(const std::vector<std::string>& pairs);  // name=value; a name alone is empty

Or<client::Settings> client_settings(const std::string& brokers, const Properties& properties);

}  // namespace evlog::cmd::kafka

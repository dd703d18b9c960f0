// What AlterConfigs and IncrementalAlterConfigs have in common. As in Kafka each resource is looked at twice: here, by the broker that
// received the request (names and nulls, loggers, and what a broker's own configuration may be), and then by the controller.
#pragma once

#include <string>
#include <vector>

#include "broker/context.h"
#include "broker/controller.h"
#include "io/task.h"

namespace evlog::broker {

// One outcome per resource, in order. Rights are asked for between the two looks, and for loggers in the first.
io::task<std::vector<ConfigOutcome>> change_configs(Context& context, std::vector<ConfigResourceChange> changes, bool validate_only);

// The answer of both requests.
template <class Response>
Response config_answer(Context& context, const std::vector<ConfigResourceChange>& changes, const std::vector<ConfigOutcome>& outcomes) {
  Response response;
  for (size_t i = 0; i < changes.size(); ++i) {
    auto& out = response.responses.emplace_back();
    out.error_code = outcomes[i].error;
    out.error_message = outcomes[i].message ? std::optional<std::string_view>(context.keep(*outcomes[i].message)) : std::nullopt;
    out.resource_type = changes[i].resource.type;
    out.resource_name = context.keep(changes[i].resource.name);
  }
  return response;
}

}  // namespace evlog::broker

// ApiVersions: derived from the dispatch table, so that what is advertised is what is served. The feature levels in the metadata
// log are kept for the releases that will serve them; only levels this build serves are told.
#include <algorithm>
#include <cctype>

#include "broker/broker.h"
#include "broker/dispatch.h"
#include "broker/features.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

// KIP-511: letters, digits, dot and dash, not at the ends.
bool legal_software(std::string_view text) {
  const auto inner = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-'; };
  if (text.empty() || !std::ranges::all_of(text, inner)) return false;
  return std::isalnum(static_cast<unsigned char>(text.front())) && std::isalnum(static_cast<unsigned char>(text.back()));
}

void list_apis(Context& context, wire::ApiVersionsResponse& response) {
  for (const Api& api : apis())
    if (context.peer().controller_listener ? api.on_controller : api.on_broker)
      response.api_keys.push_back({api.key, context.peer().controller_listener ? api.min : api.advertised_min, api.max});
}

}  // namespace

io::task<wire::ApiVersionsResponse> api_versions(Context& context, const wire::ApiVersionsRequest& request) {
  wire::ApiVersionsResponse response;
  if (!wire::ApiVersionsRequest::info.versions.contains(context.version())) {
    // All that a client needs to ask again (KIP-511), and all that Kafka tells it.
    response.error_code = ErrorCode::UNSUPPORTED_VERSION;
    list_apis(context, response);
    std::erase_if(response.api_keys.items(), [](const auto& api) { return api.api_key != wire::ApiVersionsRequest::info.api_key; });
    co_return response;
  }
  if (context.version() >= 3 && (!legal_software(request.client_software_name) || !legal_software(request.client_software_version))) {
    response.error_code = ErrorCode::INVALID_REQUEST;
    co_return response;
  }
  list_apis(context, response);
  for (const auto& feature : served_features) {
    if (feature.min == 0 && context.version() < 4) continue;  // older clients cannot read a minimum of 0 (KAFKA-17492)
    response.supported_features.push_back({feature.name, feature.min, feature.max});
  }
  const auto& image = context.image();
  response.finalized_features_epoch = image.offset().value();
  for (const auto& feature : served_features) {
    const int16_t level = std::min(image.feature(feature.name), feature.max);
    if (level > 0) response.finalized_features.push_back({feature.name, level, level});
  }
  co_return response;
}

}  // namespace evlog::broker

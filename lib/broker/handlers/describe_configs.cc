// DescribeConfigs: the settings of topics, of this broker, its loggers, groups and client metrics, with where each value comes from.
// Kafka lists keys in the order of a hash table; here they are sorted.
#include <algorithm>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/layered_config.h"
#include "cluster/names.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeConfigsRequest;
using Response = wire::DescribeConfigsResponse;
using Resource = Request::Resource;
using Shown = Response::Resource;
using auth::Operation;
using auth::ResourceType;
using Entries = std::vector<config::ConfigEntry>;

struct Kind {
  int8_t type;
  ResourceType asked;        // whose DESCRIBE_CONFIGS is needed
  ErrorCode refusal;
};

constexpr Kind kinds[] = {
    {config_resource_topic, ResourceType::topic, ErrorCode::TOPIC_AUTHORIZATION_FAILED},
    {config_resource_broker, ResourceType::cluster, ErrorCode::CLUSTER_AUTHORIZATION_FAILED},
    {config_resource_broker_logger, ResourceType::cluster, ErrorCode::CLUSTER_AUTHORIZATION_FAILED},
    {config_resource_client_metrics, ResourceType::cluster, ErrorCode::CLUSTER_AUTHORIZATION_FAILED},
    {config_resource_group, ResourceType::group, ErrorCode::GROUP_AUTHORIZATION_FAILED},
};

const Kind* kind_of(int8_t type) {
  const auto found = std::ranges::find(kinds, type, &Kind::type);
  return found == std::end(kinds) ? nullptr : found;
}

bool allowed(Context& context, const Kind& kind, const Resource& resource) {
  const auto name = kind.asked == ResourceType::cluster ? auth::cluster_resource : resource.resource_name;
  return context.authorize(Operation::describe_configs, kind.asked, name);
}

Result<Entries> of_topic(Context& context, std::string_view name) {
  if (auto valid = cluster::check_topic_name(name); !valid) return fail(valid.error());
  if (!context.image().topic(name)) return fail(Error{ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ""});
  const auto layers = layered_config(context.broker(), context.image());
  return config::describe_topic(layers, context.image().configs({config_resource_topic, std::string(name)}));
}

Result<int32_t> broker_id(std::string_view name) {
  const auto id = broker_number(name);
  if (!id) return fail(ErrorCode::INVALID_REQUEST, "Broker id must be an integer, but it is: {}", name);
  return *id;
}

Result<Entries> of_broker(Context& context, std::string_view name) {
  const auto& broker = context.broker();
  const auto layers = layered_config(broker, context.image());
  if (name.empty()) return config::describe_broker_defaults(layers);
  const auto id = broker_id(name);
  if (!id) return fail(id.error());
  if (*id != broker.id.value())
    return fail(ErrorCode::INVALID_REQUEST, "Unexpected broker id, expected {} or empty string, but received {}", broker.id.value(), name);
  return config::describe_broker(layers);
}

Result<Entries> of_loggers(Context& context, std::string_view name) {
  if (name.empty()) return fail(ErrorCode::INVALID_REQUEST, "Broker id must not be empty");
  const auto id = broker_id(name);
  if (!id) return fail(id.error());
  const int32_t own = context.broker().id.value();
  if (*id != own) return fail(ErrorCode::INVALID_REQUEST, "Unexpected broker id, expected {} but received {}", own, name);
  Entries entries;
  for (const auto logger : Loggers::names) {
    auto& entry = entries.emplace_back();
    entry.name = logger;
    entry.value = context.broker().loggers.level(logger);
    entry.source = config::ConfigSource::dynamic_broker_logger;
  }
  return entries;
}

Result<Entries> of_client_metrics(Context& context, std::string_view name) {
  if (name.empty()) return fail(ErrorCode::INVALID_REQUEST, "Client metrics subscription name must not be empty");
  return config::describe_client_metrics(context.broker().config, context.image().configs({config_resource_client_metrics, std::string(name)}));
}

Result<Entries> of_group(Context& context, std::string_view name) {
  if (name.empty()) return fail(ErrorCode::INVALID_REQUEST, "Group name must not be empty");
  const auto layers = layered_config(context.broker(), context.image());
  return config::describe_group(layers, context.image().configs({config_resource_group, std::string(name)}));
}

Result<Entries> entries_of(Context& context, const Resource& resource) {
  switch (resource.resource_type) {
    case config_resource_topic: return of_topic(context, resource.resource_name);
    case config_resource_broker: return of_broker(context, resource.resource_name);
    case config_resource_broker_logger: return of_loggers(context, resource.resource_name);
    case config_resource_client_metrics: return of_client_metrics(context, resource.resource_name);
    default: return of_group(context, resource.resource_name);
  }
}

// No keys and no list of keys both mean all.
bool asked_for(const Resource& resource, std::string_view name) {
  if (!resource.configuration_keys || resource.configuration_keys->empty()) return true;
  return std::ranges::find(*resource.configuration_keys, name) != resource.configuration_keys->end();
}

std::optional<std::string_view> keep(Context& context, std::optional<std::string>& text) {
  return text ? std::optional(context.keep(std::move(*text))) : std::nullopt;
}

void show(Context& context, const Request& request, config::ConfigEntry entry, Shown& out) {
  auto& shown = out.configs.emplace_back();
  shown.name = context.keep(std::move(entry.name));
  shown.value = keep(context, entry.value);
  shown.read_only = entry.read_only;
  shown.config_source = static_cast<int8_t>(entry.source);
  shown.is_sensitive = entry.sensitive;
  shown.config_type = static_cast<int8_t>(entry.type);
  // Loggers have no documentation, which is an empty text; the others' is left out unless it was asked for.
  if (out.resource_type != config_resource_broker_logger) shown.documentation = request.include_documentation ? std::optional(entry.documentation) : std::nullopt;
  if (!request.include_synonyms) return;
  for (auto& synonym : entry.synonyms) {
    auto& other = shown.synonyms.emplace_back();
    other.name = context.keep(std::move(synonym.name));
    other.value = keep(context, synonym.value);
    other.source = static_cast<int8_t>(synonym.source);
  }
}

Shown& begin(Response& response, const Resource& resource) {
  auto& out = response.results.emplace_back();
  out.resource_type = resource.resource_type;
  out.resource_name = resource.resource_name;
  return out;
}

void refuse(Response& response, const Resource& resource, ErrorCode error, std::string_view message) {
  auto& out = begin(response, resource);
  out.error_code = error;
  out.error_message = message;
}

void describe(Context& context, const Request& request, const Resource& resource, Response& response) {
  auto entries = entries_of(context, resource);
  if (!entries) return refuse(response, resource, entries.error().code, context.keep(entries.error().message));
  auto& out = begin(response, resource);
  for (auto& entry : *entries)
    if (asked_for(resource, entry.name)) show(context, request, std::move(entry), out);
}

}  // namespace

io::task<Response> describe_configs(Context& context, const Request& request) {
  Response response, refused;
  std::vector<Resource> authorized;
  for (const auto& resource : request.resources) {
    const Kind* kind = kind_of(resource.resource_type);
    if (!kind) {
      // One type nobody knows refuses all of the request.
      Response whole;
      for (const auto& each : request.resources) refuse(whole, each, ErrorCode::INVALID_REQUEST, error_text(ErrorCode::INVALID_REQUEST));
      co_return whole;
    }
    if (allowed(context, *kind, resource)) authorized.push_back(resource);
    else refuse(refused, resource, kind->refusal, error_text(kind->refusal));
  }
  for (const auto& resource : authorized) describe(context, request, resource, response);
  for (auto& resource : refused.results.items()) response.results.push_back(std::move(resource));
  co_return response;
}

}  // namespace evlog::broker

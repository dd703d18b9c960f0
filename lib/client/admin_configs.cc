// Configuration of topics, brokers, loggers, groups and client metrics: asked for and changed.
#include "client/admin_configs.h"

#include <algorithm>

#include "base/text.h"
#include "client/admin.h"
#include "wire/api/describe_configs.h"
#include "wire/api/incremental_alter_configs.h"
#include "wire/api/list_config_resources.h"

namespace evlog::client {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& text) { return text ? std::optional(std::string(*text)) : std::nullopt; }

ConfigEntry entry(const wire::DescribeConfigsResponse::Resource::Config& c) {
  ConfigEntry out{.name = std::string(c.name), .value = owned(c.value), .source = c.config_source, .read_only = c.read_only, .sensitive = c.is_sensitive,
                  .synonyms = {}, .type = c.config_type, .documentation = std::string(c.documentation.value_or(""))};
  for (const auto& synonym : c.synonyms) out.synonyms.push_back({std::string(synonym.name), owned(synonym.value), static_cast<ConfigOrigin>(synonym.source)});
  return out;
}

}  // namespace

// A named broker answers for itself alone, and only it has loggers; whatever lies in the metadata log anybody knows.
Result<std::optional<BrokerAddress>> Admin::address_of(const ConfigResource& resource) {
  const bool own = (resource.type == ResourceType::broker && !resource.name.empty()) || resource.type == ResourceType::broker_logger;
  if (!own) return std::nullopt;
  const auto id = parse_int(resource.name);
  if (!id) return fail(ErrorCode::INVALID_REQUEST, "'{}' is no broker's id", resource.name);
  const auto info = brokers();
  if (!info) return fail(info.error());
  const auto broker = std::ranges::find(info->brokers, *id, &BrokerInfo::id);
  if (broker == info->brokers.end()) return fail(ErrorCode::BROKER_NOT_AVAILABLE, "there is no broker {}", resource.name);
  return broker->address;
}

template <class Response, class Request>
Result<Answer<Response>> Admin::ask_resource(const std::optional<BrokerAddress>& to, const Request& request) {
  return to ? requests_.call<Response>(*to, request) : any<Response>(request);
}

Result<std::vector<ResourceConfigs>> Admin::describe_configs(const std::vector<ConfigResource>& resources, const ConfigQuestion& question) {
  std::map<std::optional<BrokerAddress>, wire::DescribeConfigsRequest> requests;
  for (const ConfigResource& resource : resources) {
    const auto to = address_of(resource);
    if (!to) return fail(to.error());
    auto& r = requests[*to].resources.emplace_back();
    r.resource_type = static_cast<int8_t>(resource.type);
    r.resource_name = resource.name;
    r.configuration_keys = std::nullopt;
    if (question.keys) r.configuration_keys.emplace(std::vector<std::string_view>(question.keys->begin(), question.keys->end()));
  }
  std::vector<ResourceConfigs> out;
  for (auto& [to, request] : requests) {
    request.include_synonyms = question.synonyms;
    request.include_documentation = question.documentation;
    const auto answer = ask_resource<wire::DescribeConfigsResponse>(to, request);
    if (!answer) return fail(answer.error());
    for (const auto& result : answer->body.results) {
      auto& made = out.emplace_back(ResourceConfigs{{static_cast<ResourceType>(result.resource_type), std::string(result.resource_name)}, result.error_code, std::string(result.error_message.value_or("")), {}});
      for (const auto& c : result.configs) made.entries.push_back(entry(c));
      std::ranges::sort(made.entries, {}, &ConfigEntry::name);
    }
  }
  return out;
}

Result<std::vector<ConfigEntry>> Admin::topic_configs(const std::string& topic) {
  auto answer = describe_configs({{ResourceType::topic, topic}});
  if (!answer) return fail(answer.error());
  if (answer->empty()) return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "no answer for topic '{}'", topic);
  ResourceConfigs& configs = answer->front();
  if (configs.error != ErrorCode::NONE) return fail(configs.error, "{}", configs.message.empty() ? error_text(configs.error) : configs.message);
  return std::move(configs.entries);
}

Result<std::vector<ResourceResult>> Admin::incremental_alter_configs(const std::vector<ResourceChanges>& changes, bool validate_only) {
  std::map<std::optional<BrokerAddress>, wire::IncrementalAlterConfigsRequest> requests;
  for (const ResourceChanges& resource : changes) {
    const auto to = address_of(resource.resource);
    if (!to) return fail(to.error());
    auto& r = requests[*to].resources.emplace_back();
    r.resource_type = static_cast<int8_t>(resource.resource.type);
    r.resource_name = resource.resource.name;
    for (const ConfigChange& change : resource.changes) {
      auto& c = r.configs.emplace_back();
      c.name = change.name;
      c.config_operation = static_cast<int8_t>(change.operation);
      c.value = change.value ? std::optional<std::string_view>(*change.value) : std::nullopt;
    }
  }
  std::vector<ResourceResult> out;
  for (auto& [to, request] : requests) {
    request.validate_only = validate_only;
    const auto answer = ask_resource<wire::IncrementalAlterConfigsResponse>(to, request);
    if (!answer) return fail(answer.error());
    for (const auto& r : answer->body.responses)
      out.push_back({{static_cast<ResourceType>(r.resource_type), std::string(r.resource_name)}, r.error_code, std::string(r.error_message.value_or(""))});
  }
  return out;
}

Result<std::vector<ConfigResource>> Admin::list_config_resources(const std::vector<ResourceType>& types) {
  wire::ListConfigResourcesRequest request;
  for (const ResourceType type : types) request.resource_types.push_back(static_cast<int8_t>(type));
  const auto answer = any<wire::ListConfigResourcesResponse>(request);
  if (!answer) return fail(answer.error());
  if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
  std::vector<ConfigResource> out;
  for (const auto& resource : answer->body.config_resources) out.push_back({static_cast<ResourceType>(resource.resource_type), std::string(resource.resource_name)});
  std::ranges::sort(out);
  return out;
}

}  // namespace evlog::client

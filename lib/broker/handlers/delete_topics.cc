// DeleteTopics, by name or by id. Nobody learns from an answer whether a topic exists that he may not describe. Kafka shuffles its
// answers for that; here they come in order of the checks and, within one, of the request, which says as little.
#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::DeleteTopicsRequest;
using Response = wire::DeleteTopicsResponse;
using auth::Operation;
using auth::ResourceType;
using Name = std::optional<std::string_view>;

void refuse(Response& response, Name name, const Uuid& id, ErrorCode error, std::optional<std::string_view> message) {
  auto& topic = response.responses.emplace_back();
  topic.name = name;
  topic.topic_id = id;
  topic.error_code = error;
  topic.error_message = message;
}

void refuse(Response& response, Name name, const Uuid& id, ErrorCode error) { refuse(response, name, id, error, error_text(error)); }

template <class T>
bool among(const std::vector<T>& items, const T& item) { return std::ranges::find(items, item) != items.end(); }

// What a request names, each once; what it names twice is refused and not deleted.
template <class T>
struct Given {
  std::vector<T> once, twice;
  void add(const T& item) {
    if (among(twice, item)) return;
    if (!among(once, item)) return once.push_back(item);
    std::erase(once, item);
    twice.push_back(item);
  }
};

struct Wishes {
  Given<std::string_view> names;
  Given<Uuid> ids;
};

Wishes read(const Request& request, Response& response) {
  Wishes wishes;
  for (auto name : request.topic_names) wishes.names.add(name);
  for (const auto& topic : request.topics) {
    if (topic.name && !topic.topic_id.is_zero())
      refuse(response, topic.name, topic.topic_id, ErrorCode::INVALID_REQUEST, "You may not specify both topic name and topic id.");
    else if (topic.name) wishes.names.add(*topic.name);
    else if (!topic.topic_id.is_zero()) wishes.ids.add(topic.topic_id);
    else refuse(response, std::nullopt, {}, ErrorCode::INVALID_REQUEST, "Neither topic name nor id were specified.");
  }
  for (auto name : wishes.names.twice) refuse(response, name, {}, ErrorCode::INVALID_REQUEST, "Duplicate topic name.");
  for (const auto& id : wishes.ids.twice) refuse(response, std::nullopt, id, ErrorCode::INVALID_REQUEST, "Duplicate topic id.");
  return wishes;
}

Response disabled(const Request& request, int16_t version) {
  const auto error = version < 3 ? ErrorCode::INVALID_REQUEST : ErrorCode::TOPIC_DELETION_DISABLED;
  Response response;
  for (auto name : request.topic_names) refuse(response, name, {}, error, std::nullopt);
  for (const auto& topic : request.topics) refuse(response, topic.name, topic.topic_id, error, std::nullopt);
  return response;
}

// The topics somebody may see and may delete.
struct Rights {
  std::vector<std::string_view> describable, deletable;
};

Rights ask(Context& context, bool anywhere, const std::vector<std::string_view>& names) {
  if (anywhere) return {names, names};
  Rights rights;
  for (auto name : names)
    if (context.authorize(Operation::describe, ResourceType::topic, name)) rights.describable.push_back(name);
  for (auto name : names)
    if (context.authorize(Operation::remove, ResourceType::topic, name)) rights.deletable.push_back(name);
  return rights;
}

struct Target { Uuid id; std::string_view name; };
using Targets = std::vector<Target>;

Targets by_id(Response& response, const Targets& known, const Rights& rights) {
  Targets targets;
  for (const auto& target : known) {
    if (among(rights.deletable, target.name)) { targets.push_back(target); continue; }
    const Name name = among(rights.describable, target.name) ? Name(target.name) : std::nullopt;
    refuse(response, name, target.id, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  }
  return targets;
}

void add_by_name(Context& context, Response& response, Wishes& wishes, const Rights& rights, Targets& targets) {
  const auto& image = context.image();
  for (auto name : wishes.names.once) {
    const auto* topic = image.topic(name);
    if (!among(rights.describable, name)) refuse(response, name, {}, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (!topic) refuse(response, name, {}, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    else if (!among(rights.deletable, name)) refuse(response, name, {}, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (among(wishes.ids.twice, topic->id) || std::ranges::find(targets, topic->id, &Target::id) != targets.end()) {
      wishes.ids.twice.push_back(topic->id);
      std::erase_if(targets, [&](const Target& target) { return target.id == topic->id; });
      refuse(response, name, topic->id, ErrorCode::INVALID_REQUEST, "The provided topic name maps to an ID that was already supplied.");
    } else {
      targets.push_back({topic->id, name});
    }
  }
}

}  // namespace

io::task<Response> delete_topics(Context& context, const Request& request) {
  const bool anywhere = context.authorize(Operation::remove, ResourceType::cluster, auth::cluster_resource);
  if (!context.broker().settings.delete_topic_enable) co_return disabled(request, context.version());
  Response response;
  Wishes wishes = read(request, response);

  std::vector<std::string_view> names = wishes.names.once;
  Targets known;
  for (const auto& id : wishes.ids.once) {
    const auto* topic = context.image().topic(id);
    if (!topic) { refuse(response, std::nullopt, id, ErrorCode::UNKNOWN_TOPIC_ID); continue; }
    known.push_back({id, topic->name});
    if (!among(names, std::string_view(topic->name))) names.push_back(topic->name);
  }
  const Rights rights = ask(context, anywhere, names);
  Targets targets = by_id(response, known, rights);
  add_by_name(context, response, wishes, rights, targets);

  std::vector<Uuid> ids;
  for (const auto& target : targets) ids.push_back(target.id);
  const auto outcomes = co_await context.broker().controller->delete_topics(ids);
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto message = outcomes[i] == ErrorCode::NONE ? std::nullopt : std::optional(error_text(outcomes[i]));
    refuse(response, targets[i].name, targets[i].id, outcomes[i], message);
  }
  co_return response;
}

}  // namespace evlog::broker

// DeleteTopics, by name or by id. Nobody learns from an answer whether a topic exists that he may not describe. Kafka shuffles its
// answers for that; here they come in order of the checks and, within one, of the request, which says as little.
#include <algorithm>
#include <map>
#include <set>

#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/deadline.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::DeleteTopicsRequest;
using Response = wire::DeleteTopicsResponse;
using auth::Operation;
using auth::ResourceType;
using Name = std::optional<std::string_view>;
using Names = std::set<std::string_view>;

void answer(Response& response, Name name, const Uuid& id, ErrorCode error, std::optional<std::string_view> message) {
  auto& topic = response.responses.emplace_back();
  topic.name = name;
  topic.topic_id = id;
  topic.error_code = error;
  topic.error_message = message;
}

void refuse(Response& response, Name name, const Uuid& id, ErrorCode error) { answer(response, name, id, error, error_text(error)); }

void refuse_request(Response& response, Name name, const Uuid& id, std::string_view message) {
  answer(response, name, id, ErrorCode::INVALID_REQUEST, message);
}

// What a request names, in its order; what it names twice is refused and not deleted.
template <class T>
class Given {
 public:
  void add(const T& item) {
    if (++counts_[item] == 1) order_.push_back(item);
  }
  bool twice(const T& item) const {
    const auto found = counts_.find(item);
    return found != counts_.end() && found->second > 1;
  }
  const std::vector<T>& order() const { return order_; }
  bool any_once() const {
    return std::ranges::any_of(counts_, [](const auto& entry) { return entry.second == 1; });
  }

 private:
  std::vector<T> order_;
  std::map<T, size_t> counts_;
};

struct Wishes {
  Given<std::string_view> names;
  Given<Uuid> ids;
};

Wishes read(const Request& request, Response& response) {
  Wishes wishes;
  for (auto name : request.topic_names) wishes.names.add(name);
  for (const auto& topic : request.topics) {
    if (topic.name && !topic.topic_id.is_zero()) refuse_request(response, topic.name, topic.topic_id, "You may not specify both topic name and topic id.");
    else if (topic.name) wishes.names.add(*topic.name);
    else if (!topic.topic_id.is_zero()) wishes.ids.add(topic.topic_id);
    else refuse_request(response, std::nullopt, {}, "Neither topic name nor id were specified.");
  }
  for (auto name : wishes.names.order())
    if (wishes.names.twice(name)) refuse_request(response, name, {}, "Duplicate topic name.");
  for (const auto& id : wishes.ids.order())
    if (wishes.ids.twice(id)) refuse_request(response, std::nullopt, id, "Duplicate topic id.");
  return wishes;
}

Response refuse_all(const Request& request, ErrorCode error) {
  Response response;
  for (auto name : request.topic_names) answer(response, name, {}, error, std::nullopt);
  for (const auto& topic : request.topics) answer(response, topic.name, topic.topic_id, error, std::nullopt);
  return response;
}

// The topics somebody may see and may delete.
struct Rights { Names describable, deletable; };

Rights ask(Context& context, bool anywhere, const std::vector<std::string_view>& names) {
  Rights rights;
  for (auto name : names)
    if (anywhere || context.authorize(Operation::describe, ResourceType::topic, name)) rights.describable.insert(name);
  for (auto name : names)
    if (anywhere || context.authorize(Operation::remove, ResourceType::topic, name)) rights.deletable.insert(name);
  return rights;
}

struct Target { Uuid id; std::string_view name; };

// What will be deleted, in order, each topic once.
class Targets {
 public:
  bool add(const Target& target) {
    if (!ids_.insert(target.id).second) return false;
    order_.push_back(target);
    return true;
  }
  void drop(const Uuid& id) { dropped_.insert(id); }
  std::vector<Target> left() const {
    std::vector<Target> left;
    std::ranges::copy_if(order_, std::back_inserter(left), [&](const Target& target) { return !dropped_.contains(target.id); });
    return left;
  }

 private:
  std::vector<Target> order_;
  std::set<Uuid> ids_, dropped_;
};

void add_by_id(Response& response, const std::vector<Target>& known, const Rights& rights, Targets& targets) {
  for (const auto& target : known) {
    if (rights.deletable.contains(target.name)) targets.add(target);
    else refuse(response, rights.describable.contains(target.name) ? Name(target.name) : std::nullopt, target.id, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  }
}

void add_by_name(Context& context, Response& response, const Wishes& wishes, const Rights& rights, Targets& targets) {
  const auto& image = context.image();
  for (auto name : wishes.names.order()) {
    if (wishes.names.twice(name)) continue;
    const auto* topic = image.topic(name);
    if (!rights.describable.contains(name)) refuse(response, name, {}, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (!topic) refuse(response, name, {}, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    else if (!rights.deletable.contains(name)) refuse(response, name, {}, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (wishes.ids.twice(topic->id) || !targets.add({topic->id, name})) {
      targets.drop(topic->id);
      refuse_request(response, name, topic->id, "The provided topic name maps to an ID that was already supplied.");
    }
  }
}

}  // namespace

io::task<Response> delete_topics(Context& context, const Request& request) {
  const bool anywhere = context.authorize(Operation::remove, ResourceType::cluster, auth::cluster_resource);
  if (!context.broker().settings.delete_topic_enable)
    co_return refuse_all(request, context.version() < 3 ? ErrorCode::INVALID_REQUEST : ErrorCode::TOPIC_DELETION_DISABLED);
  Response response;
  const Wishes wishes = read(request, response);
  if ((wishes.names.any_once() || wishes.ids.any_once()) && out_of_time(context, request.timeout_ms))
    co_return refuse_all(request, ErrorCode::REQUEST_TIMED_OUT);

  std::vector<std::string_view> names;
  std::vector<Target> known;
  Names seen;
  for (auto name : wishes.names.order())
    if (!wishes.names.twice(name) && seen.insert(name).second) names.push_back(name);
  for (const auto& id : wishes.ids.order()) {
    if (wishes.ids.twice(id)) continue;
    const auto* topic = context.image().topic(id);
    if (!topic) { refuse(response, std::nullopt, id, ErrorCode::UNKNOWN_TOPIC_ID); continue; }
    known.push_back({id, topic->name});
    if (seen.insert(topic->name).second) names.push_back(topic->name);
  }
  const Rights rights = ask(context, anywhere, names);
  Targets targets;
  add_by_id(response, known, rights, targets);
  add_by_name(context, response, wishes, rights, targets);

  const auto left = targets.left();
  std::vector<Uuid> ids;
  for (const auto& target : left) ids.push_back(target.id);
  const auto outcomes = co_await context.broker().controller->delete_topics(ids);
  for (size_t i = 0; i < left.size(); ++i)
    answer(response, left[i].name, left[i].id, outcomes[i], outcomes[i] == ErrorCode::NONE ? std::nullopt : std::optional(error_text(outcomes[i])));
  co_return response;
}

}  // namespace evlog::broker

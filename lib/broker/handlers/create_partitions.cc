// CreatePartitions: who may have a topic grow is decided here, everything else by the controller. A name that occurs twice in a request
// changes nothing.
#include <map>

#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/deadline.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::CreatePartitionsRequest;
using Response = wire::CreatePartitionsResponse;

void answer(Response& response, std::string_view name, ErrorCode error, std::optional<std::string_view> message) {
  auto& result = response.results.emplace_back();
  result.name = name;
  result.error_code = error;
  result.error_message = message;
}

MorePartitions wish_of(const Request::Topic& topic) {
  MorePartitions wish;
  wish.topic = topic.name;
  wish.count = topic.count;
  if (!topic.assignments) return wish;
  wish.assignment.emplace();
  for (const auto& assignment : *topic.assignments) wish.assignment->push_back(assignment.broker_ids.to_vector());
  return wish;
}

Response refuse_all(const Request& request, ErrorCode error) {
  Response response;
  for (const auto& topic : request.topics) answer(response, topic.name, error, std::nullopt);
  return response;
}

}  // namespace

io::task<Response> create_partitions(Context& context, const Request& request) {
  std::map<std::string_view, int> counts;
  for (const auto& topic : request.topics) ++counts[topic.name];
  Response response;
  std::vector<MorePartitions> wishes;
  for (const auto& topic : request.topics) {
    int& count = counts[topic.name];
    if (count > 1) answer(response, topic.name, ErrorCode::INVALID_REQUEST, "Duplicate topic name.");
    if (count != 1) count = 0;
  }
  for (const auto& topic : request.topics) {
    if (counts[topic.name] == 0) continue;
    if (context.authorize(auth::Operation::alter, auth::ResourceType::topic, topic.name)) wishes.push_back(wish_of(topic));
    else answer(response, topic.name, ErrorCode::TOPIC_AUTHORIZATION_FAILED, std::nullopt);
  }
  if (!wishes.empty() && out_of_time(context, request.timeout_ms)) co_return refuse_all(request, ErrorCode::REQUEST_TIMED_OUT);

  const auto outcomes = co_await context.broker().controller->create_partitions(wishes, request.validate_only);
  for (size_t i = 0; i < wishes.size(); ++i) {
    const auto& outcome = outcomes[i];
    const bool told = !outcome && !outcome.error().message.empty();
    answer(response, context.keep(std::move(wishes[i].topic)), outcome ? ErrorCode::NONE : outcome.error().code,
           told ? std::optional(context.keep(outcome.error().message)) : std::nullopt);
  }
  co_return response;
}

}  // namespace evlog::broker

// The tuner: changes the configuration of the topic everybody uses while everything goes on. A change that was acknowledged is what the
// topic has, also after a crash; one that was not answered may have happened, now or later.
#include <set>

#include "cluster/scene.h"

namespace evlog::cluster_test {
namespace {

constexpr int8_t topic_type = 2, set_operation = 0;

class Tuner final : public Client {
 public:
  Tuner(Scene& scene, io::Loop& loop, std::string name) : Client(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!scene_.winding_down && !scene_.world.failure()) {
      for (auto pauses = random().between(1, 6); pauses > 0; --pauses) co_await think();
      if (random().chance(0.6)) co_await change();
      else co_await read_back();
    }
    while (!co_await read_back() && !scene_.world.failure()) co_await think();
  }

  // Each value is another one, so that it is known which change it came from; none keeps others from their work.
  io::task<void> change() {
    const std::string value = std::to_string(10'000'000 + ++changes_);
    wire::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = topic_type;
    resource.resource_name = topic_main;
    resource.configs.push_back({key_, set_operation, value});
    if (!co_await rpc_.open()) co_return;
    unanswered_.insert(value);
    note("sets {} to {}", key_, value);
    const auto answer = co_await rpc_.call<wire::IncrementalAlterConfigsResponse>(version(wire::IncrementalAlterConfigsRequest::info), request, patience());
    if (!answer || answer->message.responses.size() != 1) co_return;
    const ErrorCode code = answer->message.responses[0].error_code;
    count_error("IncrementalAlterConfigs", code);
    if (code == ErrorCode::NONE) {
      acknowledged_ = value;
      unanswered_.erase(value);
      ++scene_.tunings;
    } else if (!may_retry(code)) {
      unexpected("IncrementalAlterConfigs", code);
    }
  }

  // False when there was no answer.
  io::task<bool> read_back() {
    wire::DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = topic_type;
    resource.resource_name = topic_main;
    resource.configuration_keys->push_back(key_);
    const auto answer = co_await rpc_.call<wire::DescribeConfigsResponse>(version(wire::DescribeConfigsRequest::info), request, patience());
    if (!answer || answer->message.results.size() != 1) co_return false;
    const auto result = answer->message.results[0];
    count_error("DescribeConfigs", result.error_code);
    if (result.error_code != ErrorCode::NONE) {
      if (!may_retry(result.error_code)) unexpected("DescribeConfigs", result.error_code);
      co_return false;
    }
    const std::string value(result.configs.size() == 1 ? result.configs[0].value.value_or("") : "");
    if (value != acknowledged_.value_or(value) && !unanswered_.contains(value))
      scene_.world.fail(fmt::format("{}: {} is {} and was acknowledged as {}", name_, key_, value, *acknowledged_));
    co_return true;
  }

  const std::string key_ = "max.message.bytes";
  std::optional<std::string> acknowledged_;
  std::set<std::string> unanswered_;
  int changes_ = 0;
};

}  // namespace

std::unique_ptr<io::sim::Process> make_tuner(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Tuner>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

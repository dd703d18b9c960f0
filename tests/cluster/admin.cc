// The administrator: makes the topic everybody uses, then makes and deletes others; a topic made again under an old name is empty.
#include "cluster/scene.h"
#include "record/record.h"

namespace evlog::cluster_test {
namespace {

class Admin final : public Client {
 public:
  Admin(Scene& scene, io::Loop& loop, std::string name) : Client(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!co_await create(topic_main, scene_.plan.partitions)) co_await think();
    scene_.topics_ready = true;
    const std::string other = "churn";
    while (!scene_.winding_down && !scene_.world.failure()) {
      co_await think();
      if (!co_await create(other, 1)) continue;
      co_await check_empty(other);
      for (auto left = random().below(5); left > 0; --left) co_await think();
      while (!co_await remove(other) && !scene_.world.failure()) co_await think();
    }
  }

  // True once it is there. What a lost answer began may have happened: then it exists already.
  io::task<bool> create(const std::string& topic, int partitions) {
    wire::CreateTopicsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& one = request.topics.emplace_back();
    one.name = topic;
    one.num_partitions = partitions;
    one.replication_factor = 1;
    for (const auto& [key, value] : scene_.plan.topic) {
      auto& config = one.configs.emplace_back();
      config.name = key;
      config.value = value;
    }
    const int16_t v = version(wire::CreateTopicsRequest::info);
    const auto answer = co_await rpc_.call<wire::CreateTopicsResponse>(v, request, patience());
    if (!answer || answer->message.topics.empty()) co_return false;
    const auto got = answer->message.topics[0];
    count_error("CreateTopics", got.error_code);
    note("creates {}: {}", topic, error_name(got.error_code));
    if (got.error_code != ErrorCode::NONE && got.error_code != ErrorCode::TOPIC_ALREADY_EXISTS) {
      if (!may_retry(got.error_code)) {
        note("{}", got.error_message.value_or(""));
        unexpected("CreateTopics", got.error_code);
      }
      co_return false;
    }
    co_return co_await learn_id(topic);
  }

  io::task<bool> learn_id(const std::string& topic) {
    wire::MetadataRequest request;
    request.topics->emplace_back().name = topic;
    request.allow_auto_topic_creation = false;
    const auto answer = co_await rpc_.call<wire::MetadataResponse>(12, request, patience());
    if (!answer || answer->message.topics.empty()) co_return false;
    const auto got = answer->message.topics[0];
    count_error("Metadata", got.error_code);
    if (got.error_code != ErrorCode::NONE) {
      if (!may_retry(got.error_code)) unexpected("Metadata", got.error_code);
      co_return false;
    }
    auto& id = scene_.topic_ids[topic];
    if (topic == topic_main && !id.is_zero() && id != got.topic_id) scene_.world.fail(fmt::format("{} has another id than before", topic));
    id = got.topic_id;
    co_return true;
  }

  io::task<bool> remove(const std::string& topic) {
    wire::DeleteTopicsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    const int16_t v = version(wire::DeleteTopicsRequest::info);
    if (v < 6) request.topic_names.push_back(topic);
    else request.topics.emplace_back().name = topic;
    const auto answer = co_await rpc_.call<wire::DeleteTopicsResponse>(v, request, patience());
    if (!answer || answer->message.responses.empty()) co_return false;
    const ErrorCode code = answer->message.responses[0].error_code;
    count_error("DeleteTopics", code);
    note("deletes {}: {}", topic, error_name(code));
    if (code == ErrorCode::NONE || code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) co_return true;
    if (!may_retry(code)) unexpected("DeleteTopics", code);
    co_return false;
  }

  // Nobody writes to this topic but us, and we have not yet.
  io::task<void> check_empty(const std::string& topic) {
    wire::ListOffsetsRequest request;
    request.replica_id = -1;
    auto& one = request.topics.emplace_back();
    one.name = topic;
    one.partitions.emplace_back().timestamp = -1;
    const auto answer = co_await rpc_.call<wire::ListOffsetsResponse>(version(wire::ListOffsetsRequest::info), request, patience());
    if (!answer || answer->message.topics.empty()) co_return;
    const auto got = answer->message.topics[0].partitions[0];
    if (got.error_code == ErrorCode::NONE && got.offset != 0) co_return scene_.world.fail(fmt::format("{} is new and ends at {}", topic, got.offset));
    co_await write_some(topic);
  }

  io::task<void> write_some(const std::string& topic) {
    record::BatchBuilder builder;
    builder.add({.timestamp = to_ms(loop_.wall()), .value = as_bytes("soon deleted")});
    const Buffer batch = builder.build();
    wire::ProduceRequest request;
    request.acks = 1;
    request.timeout_ms = 1000;
    auto& one = request.topic_data.emplace_back();
    one.name = topic;
    one.topic_id = scene_.topic_ids[topic];
    one.partition_data.emplace_back().records = wire::Records{.bytes = batch.bytes()};
    // By topic id: a request that is delayed beyond the topic's end must not write to the next one of that name.
    co_await rpc_.call<wire::ProduceResponse>(13, request, patience());
  }
};

}  // namespace

std::unique_ptr<io::sim::Process> make_admin(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Admin>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

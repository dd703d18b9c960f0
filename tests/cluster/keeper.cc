// The keeper of the data: deletes records from the front of the topic everybody uses, and has a second topic grow. What was acknowledged
// as deleted stays deleted, a partition that was acknowledged is there and can be used.
#include "cluster/scene.h"
#include "record/record.h"

namespace evlog::cluster_test {
namespace {

const std::string topic_growing = "growing";
constexpr int32_t partitions_max = 9;

class Keeper final : public Client {
 public:
  Keeper(Scene& scene, io::Loop& loop, std::string name) : Client(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!scene_.winding_down && !scene_.world.failure()) {
      for (auto pauses = random().between(1, 8); pauses > 0; --pauses) co_await think();
      if (scene_.plan.trims) co_await trim();
      if (scene_.plan.grows) co_await grow();
    }
  }

  io::task<void> trim() {
    const PartitionName where{topic_main, static_cast<int32_t>(random().below(static_cast<uint64_t>(scene_.plan.partitions)))};
    const int64_t promised = scene_.history.promised_end(where);
    const uint64_t losses = scene_.history.losses();
    const bool all = random().chance(0.05);
    // Mostly little, so that something is left to read; now and then more than there is.
    const int64_t least = scene_.history.start_least(where);
    const int64_t before = random().chance(0.1) ? promised + static_cast<int64_t>(random().below(3)) : random().between(0, (promised + least) / 2);
    wire::DeleteRecordsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topics.emplace_back();
    topic.name = where.topic;
    topic.partitions.push_back({where.index, all ? -1 : before});
    if (!co_await rpc_.open()) co_return;
    scene_.history.trim_asked(where, all ? std::nullopt : std::optional(before));
    note("deletes {} below {}", where.text(), all ? -1 : before);
    const auto answer = co_await rpc_.call<wire::DeleteRecordsResponse>(version(wire::DeleteRecordsRequest::info), request, patience());
    if (!answer || answer->message.topics.size() != 1) co_return;
    const auto got = answer->message.topics[0].partitions[0];
    count_error("DeleteRecords", got.error_code);
    note("deletion is answered {} with {}", error_name(got.error_code), got.low_watermark);
    if (got.error_code == ErrorCode::NONE) {
      if (got.low_watermark < (all ? 0 : before)) scene_.world.fail(fmt::format("{}: {} begins at {} after all below {} was deleted", name_, where.text(), got.low_watermark, before));
      scene_.history.trimmed(where, got.low_watermark);
    } else if (got.error_code == ErrorCode::OFFSET_OUT_OF_RANGE ? !all && before <= promised && losses == scene_.history.losses() : !may_retry(got.error_code)) {
      unexpected("DeleteRecords", got.error_code);
    }
  }

  io::task<void> grow() {
    if (count_ == 0 && !co_await create()) co_return;
    if (count_ >= partitions_max) co_return;
    const auto wanted = static_cast<int32_t>(count_ + random().between(1, 2));
    wire::CreatePartitionsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topics.emplace_back();
    topic.name = topic_growing;
    topic.count = wanted;
    topic.assignments.reset();
    const auto answer = co_await rpc_.call<wire::CreatePartitionsResponse>(version(wire::CreatePartitionsRequest::info), request, patience());
    if (!answer || answer->message.results.size() != 1) co_return;
    const ErrorCode code = answer->message.results[0].error_code;
    count_error("CreatePartitions", code);
    // Too many already: what a lost answer began has happened.
    if (code != ErrorCode::NONE && code != ErrorCode::INVALID_PARTITIONS) {
      if (!may_retry(code)) unexpected("CreatePartitions", code);
      co_return;
    }
    if (code == ErrorCode::NONE) ++scene_.growths;
    count_ = wanted;
    co_await use(count_ - 1);
  }

  io::task<bool> create() {
    wire::CreateTopicsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topics.emplace_back();
    topic.name = topic_growing;
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    const auto answer = co_await rpc_.call<wire::CreateTopicsResponse>(version(wire::CreateTopicsRequest::info), request, patience());
    if (!answer || answer->message.topics.size() != 1) co_return false;
    const ErrorCode code = answer->message.topics[0].error_code;
    count_error("CreateTopics", code);
    if (code == ErrorCode::NONE || code == ErrorCode::TOPIC_ALREADY_EXISTS) count_ = 1;
    else if (!may_retry(code)) unexpected("CreateTopics", code);
    co_return count_ > 0;
  }

  // Any error but that it is not there may pass.
  io::task<void> use(int32_t index) {
    record::BatchBuilder builder;
    builder.add({.timestamp = to_ms(loop_.wall()), .value = as_bytes("first")});
    const Buffer batch = builder.build();
    wire::ProduceRequest request;
    request.acks = 1;
    request.timeout_ms = 1000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = topic_growing;
    auto& partition = topic.partition_data.emplace_back();
    partition.index = index;
    partition.records = wire::Records{.bytes = batch.bytes()};
    const int16_t by_name = 12;
    const auto answer = co_await rpc_.call<wire::ProduceResponse>(by_name, request, patience());
    if (!answer || answer->message.responses.size() != 1) co_return;
    const ErrorCode code = answer->message.responses[0].partition_responses[0].error_code;
    count_error("produce", code);
    if (code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || (code != ErrorCode::NONE && !may_retry(code))) unexpected("Produce to a new partition", code);
  }

  int32_t count_ = 0;   // partitions of the growing topic that were acknowledged
};

}  // namespace

std::unique_ptr<io::sim::Process> make_keeper(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Keeper>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

// Transactions as a broker without a coordinator serves them: batches that need not be verified, markers, who sees what.
#include "broker/config_rig.h"
#include "broker/handlers/handlers.h"

using namespace evlog;
using namespace evlog::broker::test;

namespace {

// A broker that takes transactional batches unasked, with the topic "orders".
struct Orders : ServerRig {
  explicit Orders(bool verification = false) {
    create(*this, "orders");
    if (!verification) set(*this, 4, "", "transaction.partition.verification.enable", "false");
  }
};

struct Wanted { int64_t producer = 7; int16_t epoch = 0; int32_t sequence = 0; int16_t version = 11; bool named = true; bool transactional = true; };

std::string write(ServerRig& rig, Wanted wanted = {}) {
  record::BatchBuilder builder({.producer_id = ProducerId(wanted.producer), .producer_epoch = ProducerEpoch(wanted.epoch),
                                .base_sequence = wanted.sequence, .transactional = wanted.transactional});
  builder.add({.timestamp = now_ms(rig), .key = as_bytes("k"), .value = as_bytes("v")});
  const Buffer batch = builder.build();
  wire::ProduceRequest request;
  if (wanted.named) request.transactional_id = "payments";
  request.acks = -1;
  request.timeout_ms = 1000;
  auto& data = request.topic_data.emplace_back();
  data.name = "orders";
  data.partition_data.emplace_back().records = wire::Records{.bytes = batch.bytes()};
  auto frame = std::make_shared<Buffer>();
  wire::Encoder encoder(*frame);
  wire::encode(encoder, wanted.version, request);
  return rig.ask_raw(0, wanted.version, frame);
}

std::string mark(ServerRig& rig, bool commit, int64_t producer = 7, int16_t epoch = 0) {
  return rig.ask("WriteTxnMarkers", 1,
                 fmt::format(R"({{"markers":[{{"producerId":{},"producerEpoch":{},"transactionResult":{},"topics":[{{"name":"orders","partitionIndexes":[0]}}],"coordinatorEpoch":0}}]}})",
                             producer, epoch, commit));
}

bool ended(const std::string& answer, ErrorCode code = ErrorCode::NONE) { return has(answer, fmt::format("\"errorCode\":{}}}", static_cast<int>(code))); }

wire::FetchRequest fetch_request(int8_t isolation, int64_t from, int32_t wait_ms = 0) {
  wire::FetchRequest request;
  request.max_wait_ms = wait_ms;
  request.min_bytes = 1;
  request.max_bytes = 1'000'000;
  request.isolation_level = isolation;
  request.session_epoch = -1;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  auto& partition = topic.partitions.emplace_back();
  partition.fetch_offset = from;
  partition.partition_max_bytes = 1'000'000;
  return request;
}

// One fetch on its way: it may have to wait.
class Fetching {
 public:
  Fetching(ServerRig& rig, int8_t isolation, int64_t from, int32_t wait_ms)
      : request_(fetch_request(isolation, from, wait_ms)),
        context_(rig.server->broker(), rig.peer, {1, 11, 7, "test"}, std::make_shared<Buffer>(), rig.rig.loop().mono()) {
    nursery_.spawn(ask());
    rig.rig.let_pass(milliseconds(10));
  }
  bool answered() const { return answer_.has_value(); }
  // high watermark, last stable offset, aborted transactions (null where there is no list), bytes of records
  std::string text() {
    const auto partition = answer_->responses[0].partitions[0];
    std::string aborted = partition.aborted_transactions ? "" : "null";
    if (partition.aborted_transactions)
      for (const auto& one : *partition.aborted_transactions) aborted += fmt::format("{}@{} ", one.producer_id, one.first_offset);
    return fmt::format("error {} end {} stable {} aborted [{}] {}", static_cast<int>(partition.error_code), partition.high_watermark, partition.last_stable_offset, aborted,
                       partition.records->attached_size > 0 ? "records" : "nothing");
  }

 private:
  io::task<void> ask() { answer_ = co_await broker::fetch(context_, request_); }
  wire::FetchRequest request_;
  broker::Context context_;
  std::optional<wire::FetchResponse> answer_;
  io::Nursery nursery_;
};

std::string fetch(ServerRig& rig, int8_t isolation, int64_t from = 0) {
  Fetching fetching(rig, isolation, from, 0);
  REQUIRE(fetching.answered());
  return fetching.text();
}

std::string latest(ServerRig& rig, int isolation) {
  return rig.ask("ListOffsets", 7,
                 fmt::format(R"({{"replicaId":-1,"isolationLevel":{},"topics":[{{"name":"orders","partitions":[{{"partitionIndex":0,"timestamp":-1}}]}}]}})", isolation));
}

std::string producers(ServerRig& rig, std::string_view topic = "orders") {
  return rig.ask("DescribeProducers", 0, fmt::format(R"({{"topics":[{{"name":"{}","partitionIndexes":[0]}}]}})", topic));
}

}  // namespace

TEST_CASE("transaction.partition.verification.enable: while it is true every transactional batch is refused, without a trace; while it is false none is verified") {
  Orders rig(true);
  CHECK(refused(write(rig), ErrorCode::UNSUPPORTED_VERSION));
  CHECK(refused(write(rig, {.named = false}), ErrorCode::UNSUPPORTED_VERSION));
  set(rig, 4, "", "transaction.partition.verification.enable", "false");
  CHECK(has(latest(rig, 0), "\"offset\":0"));
  CHECK(accepted(write(rig)));
  CHECK(refused(write(rig, {.sequence = 1, .version = 12}), ErrorCode::UNSUPPORTED_VERSION));  // would be added to its transaction
  CHECK(refused(write(rig, {.sequence = 1, .named = false}), ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
  rig.recorder.denied = "Write TransactionalId payments";
  CHECK(refused(write(rig, {.sequence = 1}), ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
  rig.recorder.denied.clear();
  CHECK(accepted(write(rig, {.sequence = 1})));
  CHECK(has(latest(rig, 0), "\"offset\":2"));
}

TEST_CASE("a reader of committed records sees none of an open transaction, and is told which were aborted") {
  Orders rig;
  REQUIRE(accepted(write(rig)));
  REQUIRE(accepted(write(rig, {.producer = 8})));
  CHECK(fetch(rig, 1) == "error 0 end 2 stable 0 aborted [] nothing");
  CHECK(fetch(rig, 0) == "error 0 end 2 stable 0 aborted [null] records");
  CHECK(has(latest(rig, 1), "\"offset\":0"));
  CHECK(has(latest(rig, 0), "\"offset\":2"));
  CHECK(has(producers(rig), "\"producerId\":8,\"producerEpoch\":0,\"lastSequence\":0"));
  CHECK(has(producers(rig), "\"currentTxnStartOffset\":1"));

  REQUIRE(ended(mark(rig, false)));
  CHECK(fetch(rig, 1) == "error 0 end 3 stable 1 aborted [7@0 ] records");
  CHECK(has(latest(rig, 1), "\"offset\":1"));
  REQUIRE(ended(mark(rig, true, 8)));
  CHECK(has(latest(rig, 1), "\"offset\":4"));
  CHECK(fetch(rig, 1, 3) == "error 0 end 4 stable 4 aborted [] records");
  CHECK(!has(producers(rig), "\"currentTxnStartOffset\":1"));
}

TEST_CASE("a fetch that waits for committed records is woken by the marker, not by the records") {
  Orders rig;
  REQUIRE(accepted(write(rig)));
  Fetching waiting(rig, 1, 0, 60'000);
  REQUIRE(accepted(write(rig, {.sequence = 1})));
  rig.rig.let_pass(seconds(1));
  CHECK(!waiting.answered());
  REQUIRE(ended(mark(rig, true)));
  rig.rig.let_pass(seconds(1));
  REQUIRE(waiting.answered());
  CHECK(waiting.text() == "error 0 end 3 stable 3 aborted [] records");
}

TEST_CASE("markers need the right to alter the cluster or to act for it, and each partition is answered for itself") {
  Orders rig;
  REQUIRE(accepted(write(rig)));
  CHECK(ended(mark(rig, true, 7, -1), ErrorCode::UNKNOWN_SERVER_ERROR));
  const auto both = rig.ask("WriteTxnMarkers", 2, R"({"markers":[{"producerId":7,"producerEpoch":1,"transactionResult":true,"topics":[{"name":"orders","partitionIndexes":[0,4]},{"name":"none","partitionIndexes":[0]}],"coordinatorEpoch":0,"transactionVersion":2}]})");
  CHECK(has(both, "{\"partitionIndex\":0,\"errorCode\":0}"));
  CHECK(has(both, "{\"partitionIndex\":4,\"errorCode\":3}"));
  CHECK(has(both, "{\"name\":\"none\",\"partitions\":[{\"partitionIndex\":0,\"errorCode\":3}]}"));
  rig.recorder.denied = "Alter Cluster kafka-cluster";
  CHECK(ended(mark(rig, true, 7, 1)));
  rig.recorder.deny = {"Alter Cluster kafka-cluster", "ClusterAction Cluster kafka-cluster"};
  CHECK(ended(mark(rig, true, 7, 1), ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
}

TEST_CASE("what is wrong with the topic whose producers are asked for is said") {
  Orders rig;
  CHECK(refused(producers(rig, "none"), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
  CHECK(refused(producers(rig, "no/name"), ErrorCode::INVALID_TOPIC_EXCEPTION));
  rig.recorder.denied = "Read Topic orders";
  CHECK(refused(producers(rig), ErrorCode::TOPIC_AUTHORIZATION_FAILED));
}

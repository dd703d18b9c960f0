// The settings of the broker that are not inherited by topics, each with what it changes. testdata/config/behaviour_tests.tsv lists which
// test belongs to which key.
#include <doctest/doctest.h>

#include "broker/config_rig.h"
#include "quorum/quorum.h"
#include "wire/api/fetch.h"

using namespace evlog;
using namespace evlog::broker::test;

namespace {

// A machine beside the server's, for connections from there: limits do not apply to those of the machine itself.
struct Client {
  explicit Client(ServerRig& rig, const std::string& name = "client")
      : node(rig.rig.world().add_node(name, [](io::Loop&) { return std::make_unique<log::test::Idle>(); })), rig_(rig) {}

  // Sends bytes on a new connection and keeps it; 0 = closed by the server, else what came back within this time.
  size_t send(Bytes bytes, Duration patience = seconds(1)) {
    std::optional<size_t> got;
    io::Nursery nursery;
    nursery.spawn(talk(bytes, patience, got));
    node.loop->wake();
    REQUIRE(rig_.rig.world().run_until([&] { return got.has_value(); }, seconds(3600)));
    return *got;
  }
  bool served() { return send(request(18, 0)) > 4; }

  static Buffer request(int16_t key, int16_t version, size_t padding = 0) {
    Buffer frame;
    wire::Encoder encoder(frame);
    wire::encode_request_header(encoder, {key, version, 1, "test"});
    const std::string more(padding, '\0');
    frame.append(as_bytes(more));
    Buffer whole;
    whole.resize(4);
    store_be(whole.data(), static_cast<int32_t>(frame.size()));
    whole.append(frame.bytes());
    return whole;
  }

  std::vector<std::unique_ptr<io::Stream>> streams;
  io::sim::Node& node;

 private:
  io::task<> talk(Bytes bytes, Duration patience, std::optional<size_t>& got) {
    auto stream = co_await node.loop->network().connect({"disk", 9092});
    if (!stream) { got = 0; co_return; }
    streams.push_back(std::move(*stream));
    auto& mine = *streams.back();
    const std::array<Bytes, 1> pieces{bytes};
    if (!bytes.empty()) (void)mine.try_send(pieces);
    co_await node.loop->sleep(patience);
    std::array<uint8_t, 4096> buffer;
    const auto taken = mine.try_recv(buffer);
    got = taken ? (*taken == io::would_block ? 1 : *taken) : 0;
  }
  ServerRig& rig_;
};

std::string join(ServerRig& rig, int session_ms, std::string_view member = "") {
  return rig.ask("JoinGroup", 3, fmt::format(R"({{"groupId":"g","sessionTimeoutMs":{},"rebalanceTimeoutMs":1000,"memberId":"{}","protocolType":"consumer","protocols":[{{"name":"range","metadata":""}}]}})", session_ms, member));
}

void load_groups(ServerRig& rig) {
  (void)rig.ask("FindCoordinator", 4, R"({"keyType":0,"coordinatorKeys":["g"]})");
  rig.rig.let_pass(seconds(1));
}

// A whole frame: acks=all, one record.
Buffer produce_request(ServerRig& rig) {
  const Buffer batch = batch_of_bytes(rig, 50);
  wire::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 10'000;
  auto& data = request.topic_data.emplace_back();
  data.name = "orders";
  data.partition_data.emplace_back().records = wire::Records{.bytes = batch.bytes()};
  Buffer frame;
  wire::Encoder encoder(frame);
  wire::encode_request_header(encoder, {0, 9, 1, "test"});
  wire::encode(encoder, 9, request);
  Buffer whole;
  whole.resize(4);
  store_be(whole.data(), static_cast<int32_t>(frame.size()));
  whole.append(frame.bytes());
  return whole;
}

std::string commit(ServerRig& rig, std::string_view metadata) {
  return rig.ask("OffsetCommit", 7, fmt::format(R"({{"groupId":"g","generationIdOrMemberEpoch":-1,"memberId":"","topics":[{{"name":"orders","partitions":[{{"partitionIndex":0,"committedOffset":1,"committedMetadata":"{}"}}]}}]}})", metadata));
}

}  // namespace

TEST_CASE("node.id, broker.id and broker.rack are what clients are told") {
  ServerRig rig({"node.id=7", "broker.rack=left"});
  CHECK(has(rig.ask("Metadata", 9, R"({"topics":[]})"), R"("nodeId":7,"host":"127.0.0.1","port":9092,"rack":"left")"));
  ServerRig old({"broker.id=8"});
  CHECK(has(old.ask("Metadata", 9, R"({"topics":[]})"), R"("nodeId":8)"));
}

TEST_CASE("advertised.listeners is what clients are told, listeners where the server is") {
  ServerRig rig({"advertised.listeners=PLAINTEXT://elsewhere:4711"});
  CHECK(has(rig.ask("Metadata", 9, R"({"topics":[]})"), R"("host":"elsewhere","port":4711)"));
  Client client(rig);
  CHECK(client.served());
}

TEST_CASE("num.partitions and default.replication.factor: a topic that says nothing has these") {
  ServerRig rig({"num.partitions=5", "default.replication.factor=1"});
  CHECK(has(rig.ask("CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":-1,"replicationFactor":-1}],"timeoutMs":1000})"), R"("numPartitions":5,"replicationFactor":1)"));
  ServerRig many({"default.replication.factor=3"});
  CHECK(has(many.ask("CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":-1}],"timeoutMs":1000})"), "Unable to replicate the partition 3 time(s)"));
}

TEST_CASE("auto.create.topics.enable=false: asking for a topic does not make it") {
  const auto ask = [](ServerRig& rig) { return rig.ask("Metadata", 9, R"({"topics":[{"name":"fresh"}],"allowAutoTopicCreation":true})"); };
  ServerRig usual, off({"auto.create.topics.enable=false"});
  CHECK(!has(ask(usual), "\"errorCode\":3"));
  CHECK(has(ask(off), "\"errorCode\":3"));
}

TEST_CASE("fetch.max.bytes bounds an answer, whatever the client asks for") {
  const auto bytes = [](std::vector<std::string> sets) {
    ServerRig rig(std::move(sets));
    create(rig, "orders");
    create(rig, "clicks");
    for (const auto topic : {"orders", "clicks"}) REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 5000), -1, topic)));
    // Two files are spliced or one: the second partition's records no longer fit.
    wire::FetchRequest request;
    request.max_wait_ms = 0;
    request.max_bytes = 1 << 20;
    for (const auto topic : {"orders", "clicks"}) {
      auto& wanted = request.topics.emplace_back();
      wanted.topic = topic;
      auto& partition = wanted.partitions.emplace_back();
      partition.partition_max_bytes = 1 << 20;
    }
    auto body = std::make_shared<Buffer>();
    wire::Encoder encoder(*body);
    wire::encode(encoder, 11, request);
    broker::Context context(rig.server->broker(), rig.peer, {1, 11, 7, "test"}, body, rig.rig.loop().mono());
    auto answer = rig.rig.run(broker::find_api(1)->run(context, body->bytes()));
    REQUIRE(answer);
    return answer->size_bytes;
  };
  CHECK(bytes({}) > 10'000);
  CHECK(bytes({"fetch.max.bytes=1024"}) < 6'000);
}

TEST_CASE("max.incremental.fetch.session.cache.slots=0: nobody is given a session") {
  const auto ask = [](ServerRig& rig) { return rig.ask("Fetch", 11, R"({"replicaId":-1,"maxWaitMs":0,"minBytes":0,"maxBytes":1000,"sessionId":0,"sessionEpoch":0,"topics":[{"topic":"orders","partitions":[{"partition":0,"fetchOffset":0,"partitionMaxBytes":1000}]}]})"); };
  ServerRig usual, none({"max.incremental.fetch.session.cache.slots=0"});
  create(usual, "orders");
  create(none, "orders");
  CHECK(!has(ask(usual), "\"sessionId\":0"));
  CHECK(has(ask(none), "\"sessionId\":0"));
}

TEST_CASE("max.request.partition.size.limit bounds a page of DescribeTopicPartitions") {
  ServerRig rig({"max.request.partition.size.limit=2", "num.partitions=5"});
  (void)rig.ask("CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":-1,"replicationFactor":-1}],"timeoutMs":1000})");
  const auto page = rig.ask("DescribeTopicPartitions", 0, R"({"topics":[{"name":"t"}],"responsePartitionLimit":100,"cursor":null})");
  CHECK(has(page, "\"partitionIndex\":1"));
  CHECK(has(page, R"("nextCursor":{"topicName":"t","partitionIndex":2})"));
}

TEST_CASE("group.min.session.timeout.ms and group.max.session.timeout.ms bound what a member may ask for") {
  ServerRig rig({"group.min.session.timeout.ms=5000", "group.max.session.timeout.ms=10000"});
  load_groups(rig);
  CHECK(has(join(rig, 4999), "\"errorCode\":26"));
  CHECK(has(join(rig, 10001), "\"errorCode\":26"));
  CHECK(has(join(rig, 10000), "\"errorCode\":0"));
}

TEST_CASE("group.max.size: one member more is refused") {
  ServerRig rig({"group.max.size=1"});
  load_groups(rig);
  CHECK(has(join(rig, 10000), "\"errorCode\":0"));
  CHECK(has(join(rig, 10000), "\"errorCode\":81"));
}

TEST_CASE("group.initial.rebalance.delay.ms: the first generation waits for more members that long") {
  const auto took = [](std::string setting) {
    ServerRig rig({std::move(setting)});
    load_groups(rig);
    const MonoTime before = rig.rig.loop().mono();
    CHECK(has(join(rig, 10000), "\"errorCode\":0"));
    return rig.rig.loop().mono() - before;
  };
  CHECK(took("group.initial.rebalance.delay.ms=0") < milliseconds(900));
  CHECK(took("group.initial.rebalance.delay.ms=900") >= milliseconds(900));
}

TEST_CASE("offset.metadata.max.bytes: a longer text beside an offset is refused") {
  ServerRig rig({"offset.metadata.max.bytes=5"});
  create(rig, "orders");
  load_groups(rig);
  CHECK(has(commit(rig, "12345"), "\"errorCode\":0"));
  CHECK(has(commit(rig, "123456"), "\"errorCode\":12"));
}

TEST_CASE("offsets.topic.num.partitions, offsets.topic.segment.bytes, offsets.topic.replication.factor: how the offsets' topic is made") {
  ServerRig rig({"offsets.topic.num.partitions=3", "offsets.topic.segment.bytes=2000000"});
  load_groups(rig);
  const auto image = rig.server->broker().image();
  CHECK(image->topic("__consumer_offsets")->partitions.size() == 3);
  CHECK(partition_of(rig, "__consumer_offsets").config().segment_bytes == 2'000'000);
  ServerRig more({"offsets.topic.replication.factor=3"});
  load_groups(more);
  CHECK(!more.server->broker().image()->topic("__consumer_offsets"));  // it was asked for, and there are no three brokers
}

TEST_CASE("offsets.topic.compression.codec: offsets are kept in that codec") {
  ServerRig rig({"offsets.topic.compression.codec=1"});
  create(rig, "orders");
  load_groups(rig);
  REQUIRE(has(commit(rig, ""), "\"errorCode\":0"));
  const auto file = rig.rig.content("/data/__consumer_offsets-0/00000000000000000000.log");
  REQUIRE(file.size() > 61);
  CHECK((file[record::at::attributes + 1] & 7) == 1);
}

TEST_CASE("log.dir and log.dirs: where partitions lie; metadata.log.dir: where the metadata log is") {
  ServerRig rig({"log.dirs=/data,/more", "metadata.log.dir=/more"});
  CHECK(rig.rig.exists("/more/__cluster_metadata-0/00000000000000000000.log"));
  CHECK(!rig.rig.exists("/data/__cluster_metadata-0/00000000000000000000.log"));
}

TEST_CASE("metadata.log.dir: one that is none of log.dirs holds the metadata log alone, and a clean stop of both is told") {
  ServerRig rig({"log.dirs=/data", "metadata.log.dir=/metadata"});
  create(rig, "orders");
  REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 50))));
  CHECK(rig.rig.exists("/metadata/__cluster_metadata-0/00000000000000000000.log"));
  CHECK(!rig.rig.exists("/data/__cluster_metadata-0/00000000000000000000.log"));
  CHECK(rig.rig.exists("/data/orders-0/00000000000000000000.log"));
  CHECK(!rig.rig.exists("/metadata/orders-0/00000000000000000000.log"));
  REQUIRE(rig.rig.run(rig.server->stop()).has_value());
  CHECK(rig.rig.exists("/metadata/.kafka_cleanshutdown"));
  CHECK(rig.rig.exists("/data/.kafka_cleanshutdown"));
}

TEST_CASE("metadata.log.segment.bytes: the metadata log begins a new segment there") {
  const auto segments = [](std::vector<std::string> sets) {
    ServerRig rig(std::move(sets));
    const std::string filler(30'000, 'x');
    for (int i = 0; i < 300; ++i) set(rig, 4, "", "plugin.key", filler);
    return rig.server->broker().quorum->log().segments().size();
  };
  CHECK(segments({"metadata.log.segment.bytes=8388608"}) == 2);
}

// Some metadata, and time for what follows from it.
struct MetadataRig : ServerRig {
  explicit MetadataRig(std::vector<std::string> sets) : ServerRig(std::move(sets)) {}
  void change(int times, Duration each = milliseconds(10)) {
    const std::string filler(1000, 'x');
    for (int i = 0; i < times; ++i) {
      set(*this, 4, "", "plugin.key", filler + std::to_string(i));
      rig.let_pass(each);
    }
  }
  quorum::Quorum& quorum() { return *server->broker().quorum; }
};

TEST_CASE("internal.metadata.log.segment.bytes: the metadata log begins a new segment there, however small") {
  MetadataRig rig({"internal.metadata.log.segment.bytes=3000"});
  rig.change(10);
  CHECK(rig.quorum().log().segments().size() >= 4);
}

TEST_CASE("metadata.log.segment.ms: the metadata log begins a new segment after that time") {
  const auto segments = [](std::string age) {
    MetadataRig rig({"metadata.log.segment.ms=" + age});
    rig.change(3, seconds(2));
    return rig.quorum().log().segments().size();
  };
  CHECK(segments("1000") >= 3);
  CHECK(segments("604800000") == 1);
}

TEST_CASE("metadata.log.max.record.bytes.between.snapshots: after so much new metadata there is a snapshot of it") {
  const auto snapshot_end = [](std::string bytes) {
    MetadataRig rig({"metadata.log.max.record.bytes.between.snapshots=" + bytes});
    rig.change(12);
    return rig.quorum().snapshot_end();
  };
  CHECK(snapshot_end("10000") > Offset{0});
  CHECK(snapshot_end("20971520") == Offset{0});
}

TEST_CASE("metadata.log.max.snapshot.interval.ms: after this time there is a snapshot of what changed") {
  const auto snapshot_end = [](std::string interval) {
    MetadataRig rig({"metadata.log.max.snapshot.interval.ms=" + interval});
    rig.rig.let_pass(seconds(60));
    return rig.quorum().snapshot_end();
  };
  CHECK(snapshot_end("30000") > Offset{0});
  CHECK(snapshot_end("90000") == Offset{0});
  CHECK(snapshot_end("0") == Offset{0});
}

TEST_CASE("metadata.max.retention.bytes and metadata.max.retention.ms: what only an old snapshot needs leaves the metadata log") {
  const auto start = [](std::string bytes, std::string age) {
    MetadataRig rig({"metadata.log.max.record.bytes.between.snapshots=5000", "internal.metadata.log.segment.bytes=3000", "metadata.max.retention.bytes=" + bytes,
                     "metadata.max.retention.ms=" + age});
    rig.change(40, seconds(1));
    return rig.quorum().log().log_start_offset();
  };
  CHECK(start("20000", "-1") > Offset{0});
  CHECK(start("-1", "5000") > Offset{0});
  CHECK(start("-1", "-1") == Offset{0});
}

TEST_CASE("log.retention.check.interval.ms: so often old data is looked for") {
  const auto start_after_a_minute = [](std::string interval) {
    ServerRig rig({"log.retention.check.interval.ms=" + interval});
    create(rig, "orders", R"({"name":"internal.segment.bytes","value":"200"},{"name":"retention.ms","value":"1"})");
    for (int i = 0; i < 4; ++i) REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 50))));
    rig.rig.let_pass(seconds(60));
    return partition_of(rig).log_start_offset();
  };
  CHECK(start_after_a_minute("1000") > Offset(0));
  CHECK(start_after_a_minute("3600000") == Offset(0));
}

TEST_CASE("log.flush.offset.checkpoint.interval.ms: so often it is written how far the logs are durable") {
  const auto written = [](std::string interval) {
    ServerRig rig({"log.flush.offset.checkpoint.interval.ms=" + interval});
    create(rig, "orders");
    REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 50))));
    rig.rig.let_pass(seconds(10));
    return has(rig.rig.content("/data/recovery-point-offset-checkpoint"), "orders 0 1");
  };
  CHECK(written("1000"));
  CHECK(!written("3600000"));
}

TEST_CASE("log.retention.hours, log.retention.minutes, log.roll.hours, log.roll.jitter.hours: the same in other units, when the finer one is not set") {
  ServerRig rig({"log.retention.hours=2", "log.roll.hours=3", "log.roll.jitter.hours=1"});
  create(rig, "orders");
  CHECK(partition_of(rig).config().retention_ms == 7'200'000);
  CHECK(partition_of(rig).config().segment_ms == 10'800'000);
  CHECK(partition_of(rig).config().segment_jitter_ms == 3'600'000);
  ServerRig minutes({"log.retention.hours=2", "log.retention.minutes=5"});
  create(minutes, "orders");
  CHECK(partition_of(minutes).config().retention_ms == 300'000);
}

TEST_CASE("socket.request.max.bytes: a larger frame ends its connection before it is read") {
  ServerRig rig({"socket.request.max.bytes=100"});
  Client client(rig);
  CHECK(client.served());
  CHECK(client.send(Client::request(18, 0, 200)) == 0);
}

TEST_CASE("connections.max.idle.ms: a connection without a request is closed after that") {
  ServerRig rig({"connections.max.idle.ms=5000"});
  Client client(rig);
  CHECK(client.send({}, seconds(4)) == 1);
  CHECK(client.send({}, seconds(6)) == 0);
}

TEST_CASE("max.connections: one more from another machine is refused, until the limit is raised") {
  ServerRig rig({});
  set(rig, 4, "", "max.connections", "1");
  Client client(rig);
  CHECK(client.served());
  CHECK(!client.served());
  set(rig, 4, "", "max.connections", "10");
  CHECK(client.served());
}

TEST_CASE("max.connections.per.ip: one more from the same machine is refused, from another it is not") {
  ServerRig rig({});
  set(rig, 4, "", "max.connections.per.ip", "1");
  Client client(rig), other(rig, "other");
  CHECK(client.served());
  CHECK(!client.served());
  CHECK(other.served());
}

TEST_CASE("log.flush.scheduler.interval.ms: what flush.ms is where neither topic nor broker say it") {
  ServerRig rig({"log.flush.scheduler.interval.ms=1234"});
  create(rig, "orders");
  CHECK(partition_of(rig).config().flush_ms == 1234);
  ServerRig other({"log.flush.scheduler.interval.ms=1234", "log.flush.interval.ms=77"});
  create(other, "orders");
  CHECK(partition_of(other).config().flush_ms == 77);
}

TEST_CASE("evlog.log.level: what is less important is not written") {
  ServerRig rig({"evlog.log.level=error"});
  rig.log.clear();
  rig.server->broker().log('W', "log", "one");
  rig.server->broker().log('E', "log", "two");
  CHECK(rig.log.size() == 1);
}

TEST_CASE("evlog.cluster.id: a new directory belongs to that cluster") {
  ServerRig rig({"evlog.cluster.id=AAAAAAAAAAAAAAAAAAAAew"});
  CHECK(rig.server->broker().cluster_id == "AAAAAAAAAAAAAAAAAAAAew");
}

TEST_CASE("evlog.insecure.listen: without it no listener is opened beyond this machine without a password") {
  const auto start = [](log::test::Rig& rig, std::vector<std::string> sets) {
    config::LoadInput input;
    input.sets = {"log.dirs=/data", "listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093"};
    input.sets.insert(input.sets.end(), sets.begin(), sets.end());
    auto loaded = config::load_config(input);
    REQUIRE(loaded);
    return rig.run(broker::Server::start(rig.loop(), {.config = loaded->config, .log = [](char, std::string_view, std::string_view) {}})).has_value();
  };
  log::test::Rig closed, open;
  CHECK(!start(closed, {}));
  CHECK(start(open, {"evlog.insecure.listen=true"}));
}

TEST_CASE("evlog.memory.bytes: the budget that requests and answers wait for") {
  ServerRig rig({"evlog.memory.bytes=67108864"});
  auto& budget = rig.server->broker().budget;
  const uint64_t limit = budget.limit(broker::Share::receive);
  CHECK(limit == 33'554'432);
  auto held = std::make_optional(rig.rig.run(budget.reserve(broker::Share::receive, limit)));
  Client client(rig);
  CHECK(client.send(Client::request(18, 0)) == 1);  // read when there is room again
  held.reset();
  CHECK(client.served());
}

TEST_CASE("evlog.connection.requests.max: so many requests of one connection are in work, the next is read when one is answered") {
  const auto appended = [](std::string setting) {
    ServerRig rig({std::move(setting)});
    create(rig, "orders");
    Buffer requests;
    for (int i = 0; i < 5; ++i) requests.append(produce_request(rig).bytes());
    Client client(rig);
    rig.rig.node().disk_hangs_until = rig.rig.world().now() + seconds(20);
    CHECK(client.send(requests.bytes(), seconds(2)) == 1);
    return partition_of(rig).log_end_offset();
  };
  CHECK(appended("evlog.connection.requests.max=2") == Offset(2));
  CHECK(appended("evlog.connection.requests.max=100") == Offset(5));
}

TEST_CASE("offsets.commit.timeout.ms: a commit that the disk keeps waiting is answered after that") {
  ServerRig rig({"offsets.commit.timeout.ms=1500"});
  create(rig, "orders");
  load_groups(rig);
  rig.rig.node().disk_hangs_until = rig.rig.world().now() + seconds(60);
  const MonoTime before = rig.rig.loop().mono();
  CHECK(!has(commit(rig, ""), "\"errorCode\":0"));
  const Duration took = rig.rig.loop().mono() - before;
  CHECK(took >= milliseconds(1500));
  CHECK(took < seconds(10));
}

TEST_CASE("offsets.retention.minutes and offsets.retention.check.interval.ms: an offset that nobody uses is forgotten after that") {
  const auto offset = [](std::string minutes) {
    ServerRig rig({"offsets.retention.check.interval.ms=1000", "offsets.retention.minutes=" + minutes});
    create(rig, "orders");
    load_groups(rig);
    REQUIRE(has(commit(rig, ""), "\"errorCode\":0"));
    rig.rig.let_pass(seconds(90));
    return rig.ask("OffsetFetch", 7, R"({"groupId":"g","topics":[{"name":"orders","partitionIndexes":[0]}]})");
  };
  CHECK(has(offset("1"), "\"committedOffset\":-1"));
  CHECK(has(offset("60"), "\"committedOffset\":1"));
}

TEST_CASE("file.delete.delay.ms: the files of a deleted topic stay that long and no longer, whenever retention is looked at") {
  ServerRig rig({"log.retention.check.interval.ms=600000"});
  create(rig, "orders", R"({"name":"file.delete.delay.ms","value":"2000"})");
  REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 50))));
  const auto aside = [&] {
    const auto list = [](io::Disk& disk) -> io::task<Result<std::vector<io::DirEntry>>> { co_return co_await disk.list("/data"); };
    const auto names = rig.rig.run(list(rig.rig.loop().disk()));
    REQUIRE(names.has_value());
    return std::ranges::count_if(*names, [](const io::DirEntry& entry) { return entry.name.ends_with("-delete"); });
  };
  REQUIRE(has(rig.ask("DeleteTopics", 5, R"({"topicNames":["orders"],"timeoutMs":1000})"), "\"errorCode\":0"));
  rig.rig.let_pass(milliseconds(1000));
  CHECK(aside() == 1);
  rig.rig.let_pass(milliseconds(1500));
  CHECK(aside() == 0);
}

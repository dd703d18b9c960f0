// Each topic configuration that evlog acts on, changed while the topic is in use: the next append, fetch or round of upkeep goes by the
// new value. testdata/config/behaviour_tests.tsv lists which test belongs to which key.
#include <doctest/doctest.h>

#include "broker/config_rig.h"
#include "broker/upkeep.h"

using namespace evlog;
using namespace evlog::broker::test;
using io::sim::Death;

namespace {

const std::string first_segment = "/data/orders-0/00000000000000000000.log";

struct Orders : ServerRig {
  explicit Orders(std::string_view configs = "") { create(*this, "orders", configs); }

  std::string put(size_t bytes = 50, std::optional<int64_t> timestamp = std::nullopt, int16_t acks = -1) { return produce(*this, batch_of_bytes(*this, bytes, timestamp), acks); }
  void put_all(int count, size_t bytes = 50) {
    for (int i = 0; i < count; ++i) REQUIRE(accepted(put(bytes)));
  }
  void upkeep() { rig.run(keep()); }
  int64_t start() { return partition_of(*this).log_start_offset().value(); }

 private:
  io::task<bool> keep() {
    co_await server->broker().partitions->retain(true);
    co_return true;
  }
};

// The codec of the first batch of the file, and the batch's length.
int codec_of(const std::string& file) { return file.at(record::at::attributes + 1) & 7; }
int32_t length_of(const std::string& file) { return load_be<int32_t>(reinterpret_cast<const uint8_t*>(file.data()) + record::at::batch_length); }

// How long one compressible batch becomes under this level.
int32_t stored_length(std::string_view codec, std::string_view level) {
  Orders rig(fmt::format(R"({{"name":"internal.segment.bytes","value":"1000000"}})"));
  set_topic(rig, "compression.type", codec);
  set_topic(rig, fmt::format("compression.{}.level", codec), level);
  record::BatchBuilder builder;
  std::string value;
  for (int i = 0; i < 2000; ++i) value += fmt::format("{} bottles, {} glasses; ", i * 7919 % 1000, i * 104729 % 997);
  builder.add({.timestamp = now_ms(rig), .key = as_bytes("key"), .value = as_bytes(value)});
  REQUIRE(accepted(produce(rig, builder.build())));
  const auto file = rig.rig.content(first_segment);
  return length_of(file);
}

}  // namespace

TEST_CASE("max.message.bytes: the next larger batch is refused, and accepted again when the limit is gone") {
  Orders rig;
  REQUIRE(accepted(rig.put(500)));
  set_topic(rig, "max.message.bytes", "200");
  CHECK(refused(rig.put(500), ErrorCode::MESSAGE_TOO_LARGE));
  CHECK(accepted(rig.put(50)));
  unset(rig, 2, "orders", "max.message.bytes");
  CHECK(accepted(rig.put(500)));
}

TEST_CASE("message.timestamp.type: the next batch has the time of its arrival") {
  Orders rig;
  CHECK(has(rig.put(50, now_ms(rig)), "\"logAppendTimeMs\":-1"));
  set_topic(rig, "message.timestamp.type", "LogAppendTime");
  CHECK(!has(rig.put(50, 1000), "\"logAppendTimeMs\":-1"));
}

TEST_CASE("message.timestamp.before.max.ms: the next older record is refused") {
  Orders rig;
  CHECK(accepted(rig.put(50, now_ms(rig) - 5000)));
  set_topic(rig, "message.timestamp.before.max.ms", "1000");
  CHECK(refused(rig.put(50, now_ms(rig) - 5000), ErrorCode::INVALID_TIMESTAMP));
}

TEST_CASE("message.timestamp.after.max.ms: the next record from the future is refused") {
  Orders rig;
  CHECK(accepted(rig.put(50, now_ms(rig) + 5000)));
  set_topic(rig, "message.timestamp.after.max.ms", "1000");
  CHECK(refused(rig.put(50, now_ms(rig) + 5000), ErrorCode::INVALID_TIMESTAMP));
}

TEST_CASE("compression.type: the next batch is kept in that codec") {
  for (const auto& [name, codec] : {std::pair{"gzip", 1}, {"snappy", 2}, {"lz4", 3}, {"zstd", 4}, {"uncompressed", 0}}) {
    CAPTURE(name);
    Orders rig;
    set_topic(rig, "compression.type", name);
    CHECK(accepted(rig.put(500)));
    CHECK(codec_of(rig.rig.content(first_segment)) == codec);
  }
}

TEST_CASE("compression.gzip.level, compression.lz4.level, compression.zstd.level: a higher one makes the next batch smaller") {
  CHECK(stored_length("gzip", "9") < stored_length("gzip", "1"));
  CHECK(stored_length("lz4", "12") < stored_length("lz4", "1"));
  CHECK(stored_length("zstd", "19") < stored_length("zstd", "1"));
}

TEST_CASE("cleanup.policy: under compact the next record without a key is refused, and nothing is deleted by age") {
  Orders rig(R"({"name":"internal.segment.bytes","value":"200"})");
  record::BatchBuilder keyless;
  keyless.add({.timestamp = now_ms(rig), .value = as_bytes("no key")});
  const Buffer batch = keyless.build();
  CHECK(accepted(produce(rig, Buffer(batch.bytes()))));
  set_topic(rig, "cleanup.policy", "compact");
  CHECK(refused(produce(rig, Buffer(batch.bytes())), ErrorCode::INVALID_RECORD));
  rig.put_all(5);
  set_topic(rig, "retention.ms", "1");
  rig.rig.let_pass(seconds(1));
  rig.upkeep();
  CHECK(rig.start() == 0);
  set_topic(rig, "cleanup.policy", "delete");
  rig.upkeep();
  CHECK(rig.start() > 0);
}

TEST_CASE("retention.ms: the next round of upkeep deletes what is older") {
  Orders rig(R"({"name":"internal.segment.bytes","value":"200"})");
  rig.put_all(5);
  rig.rig.let_pass(seconds(10));
  rig.upkeep();
  CHECK(rig.start() == 0);
  set_topic(rig, "retention.ms", "1000");
  rig.upkeep();
  CHECK(rig.start() > 0);
}

TEST_CASE("retention.bytes: the next round of upkeep deletes what is too much") {
  Orders rig(R"({"name":"internal.segment.bytes","value":"200"})");
  rig.put_all(5);
  rig.upkeep();
  CHECK(rig.start() == 0);
  set_topic(rig, "retention.bytes", "300");
  rig.upkeep();
  CHECK(rig.start() > 0);
}

TEST_CASE("segment.bytes and internal.segment.bytes: the next batch that would make the segment larger begins a new one") {
  Orders rig;
  rig.put_all(5, 300'000);
  CHECK(segments(rig) == 1);
  set_topic(rig, "segment.bytes", "1048576");
  rig.put_all(1, 300'000);
  CHECK(segments(rig) == 2);
  set_topic(rig, "internal.segment.bytes", "400000");
  rig.put_all(1, 300'000);
  CHECK(segments(rig) == 3);
}

TEST_CASE("segment.ms: the next batch behind that age begins a new segment") {
  Orders rig;
  rig.put_all(1);
  rig.rig.let_pass(seconds(5));
  rig.put_all(1);
  CHECK(segments(rig) == 1);
  set_topic(rig, "segment.ms", "1000");
  rig.put_all(1);
  CHECK(segments(rig) == 2);
}

TEST_CASE("segment.jitter.ms: segments of one age limit do not all end at the same age") {
  Orders rig;
  set_topic(rig, "segment.ms", "100000");
  set_topic(rig, "segment.jitter.ms", "100000");
  rig.put_all(1);
  size_t early = 0;
  for (int i = 0; i < 20; ++i) {
    const size_t before = segments(rig);
    rig.rig.let_pass(seconds(60));
    rig.put_all(1);
    early += segments(rig) - before;
  }
  CHECK(early > 10);  // without jitter every second batch begins a segment
}

TEST_CASE("segment.index.bytes: a full index begins a new segment") {
  Orders rig(R"({"name":"index.interval.bytes","value":"0"})");
  rig.put_all(4);
  CHECK(segments(rig) == 1);
  set_topic(rig, "segment.index.bytes", "24");
  rig.put_all(3);
  CHECK(segments(rig) > 1);
}

TEST_CASE("index.interval.bytes: the next batches fill the index that fast") {
  const auto count = [](std::string_view interval) {
    Orders rig(R"({"name":"segment.index.bytes","value":"36"})");
    set_topic(rig, "index.interval.bytes", interval);
    rig.put_all(8);
    return segments(rig);
  };
  CHECK(count("0") > 1);
  CHECK(count("1000000") == 1);
}

TEST_CASE("file.delete.delay.ms: the file of a deleted segment stays that long") {
  Orders rig(R"({"name":"internal.segment.bytes","value":"200"})");
  rig.put_all(5);
  set_topic(rig, "file.delete.delay.ms", "5000");
  set_topic(rig, "retention.bytes", "300");
  rig.upkeep();
  CHECK(rig.rig.exists(first_segment + ".deleted"));
  rig.rig.let_pass(seconds(4));
  rig.upkeep();
  CHECK(rig.rig.exists(first_segment + ".deleted"));
  rig.rig.let_pass(seconds(2));
  rig.upkeep();
  CHECK(!rig.rig.exists(first_segment + ".deleted"));
}

TEST_CASE("min.insync.replicas: the leader goes by it at once, though never by more than there are replicas, as in Kafka") {
  Orders rig;
  set_topic(rig, "min.insync.replicas", "2");
  CHECK(partition_of(rig).config().min_insync_replicas == 2);
  CHECK(accepted(rig.put()));
  set(rig, 4, "", "min.insync.replicas", "3");
  CHECK(partition_of(rig).config().min_insync_replicas == 2);
  unset(rig, 2, "orders", "min.insync.replicas");
  CHECK(partition_of(rig).config().min_insync_replicas == 3);
}

TEST_CASE("evlog.durability: what follows memory may be lost with the power, what follows disk is not") {
  Orders rig;
  rig.put_all(3);
  set_topic(rig, "evlog.durability", "memory");
  rig.put_all(3);
  CHECK(partition_of(rig).high_watermark() == Offset(6));
  rig.crash(Death::power_cut);
  CHECK(partition_of(rig).log_end_offset() >= Offset(3));
  set_topic(rig, "evlog.durability", "disk");
  const Offset end = partition_of(rig).log_end_offset();
  rig.put_all(3);
  rig.crash(Death::power_cut);
  CHECK(partition_of(rig).log_end_offset() == end + 3);
}

TEST_CASE("evlog.durability: setting disk makes durable what was written under memory") {
  Orders rig(R"({"name":"evlog.durability","value":"memory"})");
  rig.put_all(3);
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(0));
  set_topic(rig, "evlog.durability", "disk");
  rig.rig.let_pass(seconds(1));
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(3));
}

TEST_CASE("flush.messages: under memory, no more than this many records are only in memory") {
  Orders rig(R"({"name":"evlog.durability","value":"memory"})");
  rig.put_all(5);
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(0));
  set_topic(rig, "flush.messages", "2");
  for (int i = 0; i < 6; ++i) {
    rig.put_all(1);
    CHECK(partition_of(rig).log_end_offset() - partition_of(rig).log().durable_end_offset() < 2);
  }
}

TEST_CASE("flush.ms: under memory, what was written is on disk after that time, and no timer runs without it") {
  Orders rig(R"({"name":"evlog.durability","value":"memory"})");
  const size_t timers = rig.rig.loop().timers().size();
  rig.put_all(2);
  rig.rig.let_pass(seconds(60));
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(0));
  CHECK(rig.rig.loop().timers().size() == timers);
  set_topic(rig, "flush.ms", "2000");
  rig.put_all(1);
  rig.rig.let_pass(milliseconds(1500));
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(0));
  rig.rig.let_pass(milliseconds(1000));
  CHECK(partition_of(rig).log().durable_end_offset() == Offset(3));
  CHECK(rig.rig.loop().timers().size() == timers);
}

TEST_CASE("evlog.record.validation: full keeps out the next batch that nobody could unpack") {
  const uint8_t garbage[] = {1, 2, 3, 4};
  const Buffer batch = record::test::batch_with_payload(garbage, 1, record::Compression::lz4);
  Orders rig;
  CHECK(accepted(produce(rig, Buffer(batch.bytes()))));
  set_topic(rig, "evlog.record.validation", "full");
  CHECK(refused(produce(rig, Buffer(batch.bytes())), ErrorCode::INVALID_RECORD));
}

TEST_CASE("evlog.unsynced.bytes.max: more than this does not pile up before it is on disk") {
  Orders rig(R"({"name":"evlog.durability","value":"memory"},{"name":"max.message.bytes","value":"1000"})");
  rig.put_all(1);
  auto& log = partition_of(rig).log();
  const auto waiting = batch_of_bytes(rig, 500);
  auto kept = std::make_shared<Buffer>(waiting.bytes());
  REQUIRE(partition_of(rig).append(kept->mutable_bytes(), partition::Acks::none, {}, kept));
  CHECK(log.has_room(2'000'000));
  set_topic(rig, "evlog.unsynced.bytes.max", "1048576");
  auto more = std::make_shared<Buffer>(waiting.bytes());
  REQUIRE(partition_of(rig).append(more->mutable_bytes(), partition::Acks::none, {}, more));
  CHECK(!partition_of(rig).log().has_room(2'000'000));
}

namespace {

struct Inherited {
  std::string_view topic_key, broker_key, value, other;
};
constexpr Inherited inherited[] = {
    {"cleanup.policy", "log.cleanup.policy", "compact", "delete,compact"},
    {"compression.gzip.level", "compression.gzip.level", "3", "4"},
    {"compression.lz4.level", "compression.lz4.level", "3", "4"},
    {"compression.type", "compression.type", "lz4", "zstd"},
    {"compression.zstd.level", "compression.zstd.level", "4", "5"},
    {"evlog.durability", "evlog.durability", "memory", "disk"},
    {"evlog.record.validation", "evlog.record.validation", "full", "none"},
    {"evlog.unsynced.bytes.max", "evlog.unsynced.bytes.max", "2000000", "3000000"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms", "5", "6"},
    {"flush.messages", "log.flush.interval.messages", "5", "6"},
    {"flush.ms", "log.flush.interval.ms", "5", "6"},
    {"index.interval.bytes", "log.index.interval.bytes", "5", "6"},
    {"max.message.bytes", "message.max.bytes", "5", "6"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms", "5", "6"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms", "5", "6"},
    {"message.timestamp.type", "log.message.timestamp.type", "LogAppendTime", "CreateTime"},
    {"retention.bytes", "log.retention.bytes", "5", "6"},
    {"retention.ms", "log.retention.ms", "5", "6"},
    {"segment.bytes", "log.segment.bytes", "2000000", "3000000"},
    {"segment.index.bytes", "log.index.size.max.bytes", "50", "60"},
    {"segment.jitter.ms", "log.roll.jitter.ms", "5", "6"},
    {"segment.ms", "log.roll.ms", "50", "60"},
};

}  // namespace

TEST_CASE("each broker key that topics inherit is in force in every partition at once, and again after a restart") {
  ServerRig rig;
  create(rig, "orders");
  create(rig, "reference");
  for (const auto& [topic_key, broker_key, value, other] : inherited) {
    CAPTURE(broker_key);
    const auto config = [&]() -> const config::TopicConfig& { return partition_of(rig).config(); };
    const auto wanted = [&](std::string_view text) {
      set_topic(rig, topic_key, text, "reference");
      return partition_of(rig, "reference").config();
    };
    const auto usual = config();
    set(rig, 4, "", broker_key, value);
    CHECK(config() == wanted(value));
    CHECK(config() != usual);
    set(rig, 4, "1", broker_key, other);
    CHECK(config() == wanted(other));
    unset(rig, 4, "1", broker_key);
    CHECK(config() == wanted(value));
    unset(rig, 2, "reference", topic_key);
  }
  const auto before = partition_of(rig).config();
  rig.crash(Death::power_cut);
  CHECK(partition_of(rig).config() == before);
  CHECK(before.retention_ms == 5);
}

TEST_CASE("each used topic key that a broker key stands for is among those") {
  for (const auto& key : config::topic_keys()) {
    const auto synonyms = config::topic_synonyms(key.name);
    if (key.effect != config::Effect::used || synonyms.empty() || key.name == "min.insync.replicas") continue;
    CAPTURE(key.name);
    CHECK(std::ranges::find(inherited, key.name, &Inherited::topic_key) != std::end(inherited));
  }
}

TEST_CASE("producer.id.expiration.ms: a producer that was silent for so long is forgotten at the next round of upkeep") {
  Orders rig;
  const auto send = [&](int32_t sequence) {
    record::BatchBuilder builder({.producer_id = ProducerId(7), .producer_epoch = ProducerEpoch(0), .base_sequence = sequence});
    builder.add({.timestamp = now_ms(rig), .key = as_bytes("k"), .value = as_bytes("v")});
    return produce(rig, builder.build());
  };
  REQUIRE(accepted(send(0)));
  rig.rig.let_pass(seconds(10));
  rig.upkeep();
  CHECK(refused(send(5), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
  set(rig, 4, "", "producer.id.expiration.ms", "1000");
  rig.upkeep();
  CHECK(accepted(send(5)));
}

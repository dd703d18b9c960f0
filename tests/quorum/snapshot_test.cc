// Metadata snapshots: what a start finds in them, and what happens when they are damaged.
#include <doctest/doctest.h>

#include "image/random_metadata.h"
#include "log/rig.h"
#include "quorum/quorum.h"
#include "record/batch_iterator.h"

using namespace evlog;
using namespace evlog::quorum;
using Rig = log::test::Rig;

namespace {

const std::string directory = "/data/__cluster_metadata-0";

struct Server {
  explicit Server(Rig& r, Options changed) : rig(r), options(std::move(changed)) {
    options.directory = "/data";
    options.directory_id = {3, 3};
    options.controller_endpoints = {{"CONTROLLER", "127.0.0.1", 9093, 0}};
    options.log = [this](char level, std::string_view, std::string_view text) { log.push_back(fmt::format("{} {}", level, text)); };
    options.on_failure = [this](const Error& error) { failure = error.message; };
    start();
  }
  Result<void> try_start() {
    quorum.reset();
    wire::FeatureLevelRecord level;
    level.name = "metadata.version";
    level.feature_level = 30;
    auto opened = rig.run(open_single(rig.loop(), options, {wire::MetadataRecord(level)}));
    if (!opened) return fail(opened.error());
    quorum = std::move(*opened);
    return {};
  }
  void start() {
    const auto done = try_start();
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
  }
  void crash(io::sim::Death death = io::sim::Death::power_cut) {
    quorum.reset();
    rig.crash(death);
  }
  // A topic and its configuration, as one proposal of some hundred bytes.
  void make_topic(int number) {
    const std::string name = fmt::format("topic-{}", number), value(400, 'v');
    wire::TopicRecord topic;
    topic.name = name;
    topic.topic_id = {7, static_cast<uint64_t>(number) + 1};
    wire::ConfigRecord config;
    config.resource_type = 2;
    config.resource_name = name;
    config.name = "some.key";
    config.value = value;
    REQUIRE(rig.run(quorum->propose({topic, config})));
  }
  void make_partitions(int number, int32_t count) {
    const std::string name = fmt::format("topic-{}", number);
    wire::TopicRecord topic;
    topic.name = name;
    topic.topic_id = {7, static_cast<uint64_t>(number) + 1};
    Records records{topic};
    for (int32_t index = 0; index < count; ++index) {
      wire::PartitionRecord partition;
      partition.topic_id = topic.topic_id;
      partition.partition_id = index;
      partition.replicas = {1};
      partition.isr = {1};
      partition.leader = 1;
      partition.leader_epoch = partition.partition_epoch = 0;
      partition.directories = {{3, 3}};
      records.emplace_back(partition);
    }
    REQUIRE(rig.run(quorum->propose(std::move(records))));
  }
  void make_topics(int from, int to) {
    for (int i = from; i < to; ++i) make_topic(i);
  }
  std::vector<std::string> files(std::string_view suffix) {
    std::vector<std::string> found;
    for (const auto& [name, inode] : rig.disk().find(directory)->names)
      if (name.ends_with(suffix)) found.push_back(name);
    return found;
  }
  void flip_bit(const std::string& file, size_t at) {
    std::string content = rig.content(directory + "/" + file);
    REQUIRE(at < content.size());
    content[at] ^= 4;
    rig.write(directory + "/" + file, content);
  }
  bool told(std::string_view part) const {
    return std::ranges::any_of(log, [&](const auto& line) { return line.find(part) != line.npos; });
  }

  Rig& rig;
  Options options;
  std::vector<std::string> log;
  std::string failure;
  std::unique_ptr<Quorum> quorum;
};

Options small() {
  Options o;
  o.snapshot_bytes = 4000;
  o.segment_bytes = 3000;
  o.snapshot_interval_ms = 0;
  o.retention.bytes_max = 12'000;
  return o;
}

size_t log_records(Rig& rig, log::Log& log) { return log::test::read_all(rig, log, log.log_start_offset()).size(); }

}  // namespace

TEST_CASE("what was proposed is there after a power cut, though the beginning of the log is long gone") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Rig rig(seed);
    Server server(rig, small());
    for (int life = 0; life < 4; ++life) {
      server.make_topics(life * 20, life * 20 + 20);
      rig.let_pass(seconds(1));
      CHECK(server.quorum->log().log_start_offset() > Offset{0});
      CHECK(server.quorum->snapshot_end() >= server.quorum->log().log_start_offset());
      CHECK(server.files(".checkpoint").size() <= 4);
      CHECK(server.files(".part").empty());
      CHECK(server.files(".deleted").empty());
      const auto before = server.quorum->image();
      server.crash(seed % 2 ? io::sim::Death::power_cut : io::sim::Death::kill);
      server.start();
      for (int i = 0; i < (life + 1) * 20; ++i) CHECK(server.quorum->image()->topic(fmt::format("topic-{}", i)));
      CHECK(server.quorum->image()->all_configs() == before->all_configs());
    }
    CHECK(server.failure.empty());
  }
}

TEST_CASE("metadata of any kind comes back from a snapshot as it was") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Rig rig(seed);
    Options options = small();
    options.retention.bytes_max = 0;
    Server server(rig, options);
    cluster::test::RandomMetadata metadata(seed);
    for (int i = 0; i < 100; ++i) REQUIRE(rig.run(server.quorum->propose({metadata.next(*server.quorum->image())})));
    rig.let_pass(seconds(1));
    const auto before = server.quorum->image();
    CHECK(log_records(rig, server.quorum->log()) < 100);
    server.crash();
    server.start();
    // The new life's own beginning is one batch that changes nothing but where the log ends.
    cluster::ImageBuilder same(*server.quorum->image());
    CHECK(*std::move(same).build(before->offset(), before->epoch()) == *before);
  }
}

TEST_CASE("a snapshot has Kafka's name and form: header, kraft version and voters, metadata, footer") {
  Rig rig;
  Server server(rig, small());
  server.make_topics(0, 12);
  rig.let_pass(seconds(1));
  const auto files = server.files(".checkpoint");
  REQUIRE_FALSE(files.empty());
  const auto id = parse_snapshot_name(files.back());
  REQUIRE(id);
  CHECK(id->end == server.quorum->snapshot_end());
  CHECK(id->epoch == LeaderEpoch{1});
  CHECK(snapshot_name({Offset{123}, LeaderEpoch{4}}) == "00000000000000000123-0000000004.checkpoint");
  CHECK_FALSE(parse_snapshot_name("00000000000000000123-0000000004.checkpoint.part"));
  CHECK_FALSE(parse_snapshot_name("0000000000000000012x-0000000004.checkpoint"));
  const std::string content = rig.content(directory + "/" + files.back());
  REQUIRE(check_snapshot(as_bytes(content)));
  record::BatchIterator walk(as_bytes(content));
  const auto header = walk.next();
  REQUIRE(header);
  CHECK(header->is_control());
  CHECK(header->base_offset() == Offset{0});
  CHECK(header->record_count() == 3);
  CHECK(header->partition_leader_epoch() == LeaderEpoch{1});
}

TEST_CASE("a damaged snapshot is found wherever the damage is, and is never believed") {
  Rig rig;
  Server server(rig, small());
  server.make_topics(0, 12);
  rig.let_pass(seconds(1));
  const std::string sound = rig.content(directory + "/" + server.files(".checkpoint").back());
  REQUIRE(check_snapshot(as_bytes(sound)));
  CHECK_FALSE(check_snapshot({}));
  for (size_t size = 1; size < sound.size(); ++size) CHECK_FALSE(check_snapshot(as_bytes(sound).first(size)));
  CHECK_FALSE(check_snapshot(as_bytes(sound + "x")));
  // Outside the checksum lie a batch's offset and its leader epoch, which nobody reads here.
  size_t found = 0;
  for (size_t at = 0; at < sound.size(); ++at) {
    std::string bad = sound;
    bad[at] ^= 16;
    found += !check_snapshot(as_bytes(bad));
  }
  record::BatchIterator walk(as_bytes(sound));
  size_t batches = 0;
  while (walk.next()) ++batches;
  CHECK(found >= sound.size() - batches * 12);
  const auto told = check_snapshot(as_bytes(sound.substr(0, 100) + "!" + sound.substr(101)));
  REQUIRE_FALSE(told);
  CHECK(told.error().message.find("damaged at byte 0") != std::string::npos);
}

TEST_CASE("RELIABILITY row 71: a damaged snapshot gives its place to the one before, and the log behind that") {
  Rig rig;
  Options options = small();
  options.retention.bytes_max = 1'000'000;
  Server server(rig, options);
  server.make_topics(0, 30);
  rig.let_pass(seconds(1));
  const auto files = server.files(".checkpoint");
  REQUIRE(files.size() >= 2);
  server.crash();
  server.flip_bit(files.back(), 300);
  server.start();
  CHECK(server.told("is damaged: " + directory + "/" + files.back() + ": damaged at byte "));
  for (int i = 0; i < 30; ++i) CHECK(server.quorum->image()->topic(fmt::format("topic-{}", i)));
  rig.let_pass(seconds(1));
  CHECK(server.files(".checkpoint").size() == files.size());  // a sound one came at once
  CHECK(server.files(".damaged") == std::vector{files.back() + ".damaged"});
  server.log.clear();
  server.crash();
  server.start();
  CHECK_FALSE(server.told("damaged"));
}

TEST_CASE("RELIABILITY row 71: a damaged snapshot that nothing can take the place of refuses the start, and says what to do") {
  Rig rig;
  Options options = small();
  options.retention.bytes_max = 0;
  Server server(rig, options);
  server.make_topics(0, 30);
  rig.let_pass(seconds(1));
  const auto files = server.files(".checkpoint");
  REQUIRE(files.size() == 1);
  CHECK(server.quorum->log().log_start_offset() > Offset{0});
  server.crash();
  const std::string sound = rig.content(directory + "/" + files.back());
  server.flip_bit(files.back(), 200);
  const auto refused = server.try_start();
  REQUIRE_FALSE(refused);
  for (const std::string_view part : {std::string_view(files.back()), std::string_view("damaged at byte"), std::string_view("put "), std::string_view("backup")}) {
    CAPTURE(part);
    CHECK(refused.error().message.find(part) != std::string::npos);
  }
  CHECK(server.files(".checkpoint") == files);
  rig.write(directory + "/" + files.back(), sound);
  server.start();
  CHECK(server.quorum->image()->topic("topic-29"));
}

TEST_CASE("without any snapshot a log that is whole is enough, also when the only one is damaged") {
  Rig rig;
  Options options = small();
  options.retention.bytes_max = -1;
  options.snapshot_bytes = 12'000;
  Server server(rig, options);
  server.make_topics(0, 25);
  rig.let_pass(seconds(1));
  REQUIRE(server.files(".checkpoint").size() == 1);
  server.crash();
  server.flip_bit(server.files(".checkpoint").front(), 70);
  server.start();
  for (int i = 0; i < 25; ++i) CHECK(server.quorum->image()->topic(fmt::format("topic-{}", i)));
}

TEST_CASE("nothing leaves the log for a snapshot that is damaged on the disk") {
  Rig rig;
  Options options = small();
  options.retention.bytes_max = 1'000'000;
  Server server(rig, options);
  server.make_topics(0, 30);
  rig.let_pass(seconds(1));
  const auto files = server.files(".checkpoint");
  REQUIRE(files.size() >= 3);
  server.flip_bit(files[1], 300);
  server.crash();
  server.options.retention.bytes_max = 0;
  server.start();
  server.make_topics(30, 60);
  rig.let_pass(seconds(1));
  CHECK(server.told(files[1] + ": damaged at byte "));
  CHECK(server.quorum->log().log_start_offset() == Offset{0});
}

TEST_CASE("a log that lost its end goes on from the snapshot that has it") {
  Rig rig;
  Options options = small();
  options.snapshot_bytes = 12'000;
  Server server(rig, options);
  server.make_topics(0, 24);
  rig.let_pass(seconds(1));
  REQUIRE(server.files(".checkpoint").size() == 1);
  const Offset end = server.quorum->snapshot_end();
  server.crash();
  const auto segments = server.files(".log");
  for (size_t i = 1; i < segments.size(); ++i) (void)rig.disk().remove(directory + "/" + segments[i]);
  server.start();
  for (int i = 0; i < 20; ++i) CHECK(server.quorum->image()->topic(fmt::format("topic-{}", i)));
  CHECK(server.quorum->log().log_start_offset() == end);
  CHECK(server.told("goes on from the snapshot"));
}

TEST_CASE("a snapshot comes with time where anything changed, and no timer runs where nothing did") {
  Rig rig;
  Options options;
  options.snapshot_interval_ms = 3'600'000;
  Server server(rig, options);
  CHECK(server.quorum->snapshot_end() == Offset{0});
  rig.let_pass(seconds(3500));
  CHECK(server.quorum->snapshot_end() == Offset{0});
  rig.let_pass(seconds(200));
  CHECK(server.quorum->snapshot_end() == server.quorum->image()->offset() + 1);
  CHECK(rig.loop().timers().size() == 0);
  for (int hour = 0; hour < 3; ++hour) rig.let_pass(seconds(3599));
  CHECK(server.files(".checkpoint").size() == 1);
  server.make_topic(1);
  rig.let_pass(seconds(10));
  CHECK(server.files(".checkpoint").size() == 2);
}

TEST_CASE("a full disk puts a snapshot off and nothing else") {
  Rig rig;
  Options options = small();
  Server server(rig, options);
  server.make_topics(0, 5);
  rig.let_pass(seconds(1));
  const auto newest = server.quorum->snapshot_end();
  for (int i = 5; server.quorum->snapshot_end() == newest && i < 40; ++i) {
    rig.node().space_bytes = rig.disk().used_bytes() + 700;
    server.make_topic(i);
  }
  CHECK(server.told("tried again in 60 s"));
  CHECK(server.failure.empty());
  CHECK(server.files(".part").empty());
  rig.node().space_bytes = UINT64_MAX;
  rig.let_pass(seconds(120));
  CHECK(server.quorum->snapshot_end() > newest);
}

TEST_CASE("a transaction that the one before us left open does not swallow what we write") {
  Rig rig;
  Server server(rig, small());
  wire::TopicRecord lost;
  lost.name = "lost";
  lost.topic_id = {8, 8};
  REQUIRE(rig.run(server.quorum->propose({wire::BeginTransactionRecord{}, lost})));
  server.crash();
  server.start();
  server.make_topic(1);
  server.crash();
  server.start();
  CHECK(server.quorum->image()->topic("topic-1"));
  CHECK_FALSE(server.quorum->image()->topic("lost"));
}

TEST_CASE("a log with records of a newer version is kept whole") {
  Rig rig;
  Server server(rig, small());
  Buffer bytes;
  wire::Encoder encoder(bytes);
  wire::begin_metadata_record(encoder, 999, 0);
  const auto newer = wire::decode_metadata_record(bytes);
  REQUIRE(newer);
  REQUIRE(rig.run(server.quorum->propose({*newer})));
  server.make_topics(0, 30);
  rig.let_pass(seconds(1));
  CHECK(server.files(".checkpoint").empty());
  CHECK(server.quorum->log().log_start_offset() == Offset{0});
  CHECK(server.told("does not know"));
}

TEST_CASE("a crash in the middle of a snapshot leaves nothing behind") {
  Rig rig;
  Server server(rig, small());
  server.make_topics(0, 12);
  server.crash();
  rig.write(directory + "/00000000000000000099-0000000001.checkpoint.part", "half");
  rig.write(directory + "/00000000000000000001-0000000001.checkpoint.deleted", "old");
  server.start();
  rig.let_pass(seconds(1));  // the start itself may write one
  CHECK(server.files(".part").empty());
  CHECK(server.files(".deleted").empty());
}

// `time test_quorum -ns -tc='10,000 partitions*'`: the processor time of a start, without a disk's.
TEST_CASE("10,000 partitions: 20 starts" * doctest::skip()) {
  Options options;
  SUBCASE("from the log") {}
  SUBCASE("from a snapshot") { options.snapshot_bytes = 800'000; }
  Rig rig;
  Server server(rig, options);
  for (int i = 0; i < 10; ++i) server.make_partitions(i, 1000);
  rig.let_pass(seconds(1));
  CHECK((server.quorum->snapshot_end() > Offset{8000}) == (options.snapshot_bytes < 1'000'000));
  for (int start = 0; start < 20; ++start) {
    REQUIRE(rig.run(server.quorum->close()));
    server.options.clean = true;
    server.start();
    CHECK(server.quorum->image()->partitions_count() == 10'000);
  }
}

#include <doctest/doctest.h>

#include "log/rig.h"
#include "quorum/election_state.h"
#include "quorum/metadata_batch.h"
#include "quorum/quorum.h"
#include "record/batch_builder.h"

using namespace evlog;
using namespace evlog::quorum;
using Rig = log::test::Rig;

namespace {

Options options() {
  Options o;
  o.directory = "/data";
  o.node_id = 1;
  o.directory_id = {3, 3};
  o.controller_endpoints = {{"CONTROLLER", "127.0.0.1", 9093, 0}};
  o.log = [](char, std::string_view, std::string_view) {};
  return o;
}

Records features() {
  wire::FeatureLevelRecord level;
  level.name = "metadata.version";
  level.feature_level = 30;
  Records records;
  records.emplace_back(level);
  return records;
}

Records topic(std::string_view name, Uuid id) {
  wire::TopicRecord record;
  record.name = name;
  record.topic_id = id;
  Records records;
  records.emplace_back(record);
  return records;
}

std::unique_ptr<Quorum> open(Rig& rig) {
  auto opened = rig.run(open_single(rig.loop(), options(), features()));
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("an answered proposal is still there after a power cut, and the epoch is a higher one") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Rig rig(seed);
    LeaderEpoch first;
    {
      auto quorum = open(rig);
      first = quorum->state().leader_epoch;
      REQUIRE(rig.run(quorum->propose(topic("orders", {7, 7}))));
      CHECK(quorum->image()->topic("orders"));
    }
    rig.crash(io::sim::Death::power_cut);
    auto again = open(rig);
    CHECK(again->image()->topic("orders"));
    CHECK(again->image()->feature("metadata.version") == 30);
    CHECK(again->state().leader_epoch > first);
  }
}

TEST_CASE("a fresh log begins as Kafka's does: leader change, kraft version and voters, then the bootstrap records") {
  Rig rig;
  auto quorum = open(rig);
  CHECK(quorum->state().kraft_version == 1);
  REQUIRE(quorum->state().voters.size() == 1);
  CHECK(quorum->state().voters[0].directory_id == Uuid{3, 3});
  CHECK(quorum->image()->offset() == Offset{3});
  CHECK(quorum->state().high_watermark == Offset{4});
}

TEST_CASE("the checkpoint that Kafka's storage tool leaves takes the place of our own bootstrap records") {
  Rig rig;
  wire::FeatureLevelRecord level;
  level.name = "metadata.version";
  level.feature_level = 29;
  Records records;
  records.emplace_back(level);
  const Buffer batch = build_metadata_batch(records, 0);
  rig.run([](Rig& r) -> io::task<bool> { co_return bool(co_await r.loop().disk().make_dirs("/data")); }(rig));
  rig.write("/data/bootstrap.checkpoint", std::string(as_text(batch)));
  auto quorum = open(rig);
  CHECK(quorum->image()->feature("metadata.version") == 29);
}

TEST_CASE("listeners are told of each image, with the one before it") {
  Rig rig;
  auto quorum = open(rig);
  std::vector<std::pair<Offset, Offset>> told;
  quorum->on_image([&](const cluster::ImagePtr& before, const cluster::ImagePtr& now) { told.emplace_back(before->offset(), now->offset()); });
  REQUIRE(rig.run(quorum->propose(topic("a", {1, 1}))));
  REQUIRE(rig.run(quorum->propose(topic("b", {2, 2}))));
  CHECK(told == std::vector<std::pair<Offset, Offset>>{{Offset{3}, Offset{4}}, {Offset{4}, Offset{5}}});
}

TEST_CASE("quorum-state is Kafka's file, byte for byte, and a damaged one is refused with a reason") {
  const ElectionState state{1, LeaderEpoch{4}, -1, {}};
  CHECK(format_election_state(state, 1, 1) == R"({"leaderId":1,"leaderEpoch":4,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1})");
  CHECK(parse_election_state(format_election_state(state, 1, 1)) == state);
  CHECK(parse_election_state(format_election_state(state, 0, 1)) == state);
  for (const char* bad : {"", "{", "[]", "{}", R"({"leaderId":1,"leaderEpoch":-4,"data_version":1})", R"({"leaderId":1,"leaderEpoch":4,"data_version":9})",
                          R"({"leaderId":99999999999,"leaderEpoch":4,"data_version":1})"})
    CHECK_FALSE(parse_election_state(bad));
}

TEST_CASE("records of a transaction take effect at its end, or not at all") {
  const auto replayed = [](std::initializer_list<wire::MetadataRecord> records) {
    Replay replay{cluster::Image{}};
    const Buffer batch = build_metadata_batch(Records(records), 0);
    REQUIRE(replay.apply(*record::parse_batch(batch)));
    return std::move(replay).finish();
  };
  wire::TopicRecord topic_record;
  topic_record.name = "orders";
  topic_record.topic_id = {7, 7};
  CHECK(replayed({wire::BeginTransactionRecord{}, topic_record, wire::EndTransactionRecord{}})->topic("orders"));
  CHECK_FALSE(replayed({wire::BeginTransactionRecord{}, topic_record, wire::AbortTransactionRecord{}})->topic("orders"));
  CHECK_FALSE(replayed({wire::BeginTransactionRecord{}, topic_record})->topic("orders"));
}

TEST_CASE("a quorum with voters from the configuration is kraft.version 0: no directory ids, Kafka's older quorum-state, and it starts again") {
  Rig rig;
  Options fixed = options();
  fixed.dynamic = false;
  for (int life = 1; life <= 2; ++life) {
    auto opened = rig.run(open_single(rig.loop(), fixed, features()));
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    CHECK((*opened)->state().kraft_version == 0);
    CHECK((*opened)->state().voters.at(0).directory_id.is_zero());
    CHECK((*opened)->state().leader_epoch == LeaderEpoch{life});
    CHECK(rig.content("/data/__cluster_metadata-0/quorum-state").ends_with("\"currentVoters\":[{\"voterId\":1}],\"data_version\":0}"));
    opened->reset();
    rig.crash(io::sim::Death::power_cut);
  }
}

TEST_CASE("a level of a newer Kafka in the log is kept as it is, so that nothing is lost when it goes back") {
  Rig rig;
  auto quorum = open(rig);
  wire::FeatureLevelRecord level;
  level.name = "metadata.version";
  level.feature_level = 31;
  Records records;
  records.emplace_back(level);
  REQUIRE(rig.run(quorum->propose(std::move(records))));
  quorum.reset();
  rig.crash(io::sim::Death::power_cut);
  CHECK(open(rig)->image()->feature("metadata.version") == 31);
}

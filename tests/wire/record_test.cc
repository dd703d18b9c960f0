// Records of logs: their framing, and that nothing unknown is lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wire/api/consumer_protocol.h"
#include "wire/record/control.h"
#include "wire/record/group_log.h"
#include "wire/record/metadata.h"
#include "wire/record/txn_log.h"

using namespace evlog;
using namespace evlog::wire;

TEST_CASE("a metadata record is framed as Kafka frames it") {
  Buffer out;
  encode_metadata_record(out, FeatureLevelRecord{.name = "kv", .feature_level = 1});
  const std::vector<uint8_t> expected = {1, 12, 0, 3, 'k', 'v', 0, 1, 0};
  CHECK(std::ranges::equal(out.bytes(), expected));
  const auto record = decode_metadata_record(out);
  REQUIRE(record);
  REQUIRE(std::holds_alternative<FeatureLevelRecord>(*record));
  CHECK(std::get<FeatureLevelRecord>(*record).name == "kv");
  CHECK(metadata_record_json(out).value() == R"({"type":"FEATURE_LEVEL_RECORD","version":0,"data":{"name":"kv","featureLevel":1}})");
}

TEST_CASE("the partition change of an older version leaves what it does not say unchanged") {
  PartitionChangeRecord change{.partition_id = 3, .topic_id = {1, 2}};
  change.isr = Array<int32_t>{1, 2};
  change.leader = 2;
  Buffer out;
  encode_metadata_record(out, 0, change);
  const auto record = decode_metadata_record(out);
  REQUIRE(record);
  const auto& back = std::get<PartitionChangeRecord>(*record);
  CHECK(back.leader == 2);
  CHECK(back.isr->to_vector() == std::vector<int32_t>{1, 2});
  CHECK(!back.replicas);
  CHECK(!back.directories);
  CHECK(back.leader_recovery_state == -1);
}

TEST_CASE("metadata of a newer Kafka is kept byte by byte") {
  for (const std::vector<uint8_t>& bytes : {std::vector<uint8_t>{1, 200, 1, 3, 9, 9, 9}, std::vector<uint8_t>{1, 12, 7, 1, 2, 3}}) {
    const auto record = decode_metadata_record(bytes);
    REQUIRE(record);
    REQUIRE(std::holds_alternative<UnknownMetadataRecord>(*record));
    Buffer out;
    encode_metadata_record(out, *record);
    CHECK(std::ranges::equal(out.bytes(), bytes));
  }
}

TEST_CASE("a metadata record that cannot be read is an error, not an empty record") {
  for (const std::vector<uint8_t>& bytes : {std::vector<uint8_t>{}, {0}, {0, 12, 0}, {2, 12, 0}, {1}, {1, 12}, {1, 12, 0}, {1, 20, 0}, {1, 20, 0, 0, 0},
                                            {1, 12, 0, 3, 'k', 'v', 0, 1, 0, 0}}) {
    CHECK_FALSE(decode_metadata_record(bytes));
  }
  const std::vector<uint8_t> no_op = {1, 20, 0, 0};
  CHECK(decode_metadata_record(no_op));
}

TEST_CASE("a committed offset is found again under its key") {
  Buffer key, value;
  encode_group_log_key(key, OffsetCommitKey{.group = "g", .topic = "t", .partition = 2});
  const std::vector<uint8_t> expected_key = {0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 2};
  CHECK(std::ranges::equal(key.bytes(), expected_key));
  const auto back = decode_group_log_key(key);
  REQUIRE(back);
  CHECK(std::get<OffsetCommitKey>(*back).partition == 2);

  encode_versioned(value, 3, OffsetCommitValue{.offset = 5, .leader_epoch = 1, .metadata = "m", .commit_timestamp = 9});
  const std::vector<uint8_t> expected_value = {0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 1, 'm', 0, 0, 0, 0, 0, 0, 0, 9};
  CHECK(std::ranges::equal(value.bytes(), expected_value));
  OffsetCommitValue stored;
  REQUIRE(decode_versioned(value, stored));
  CHECK(stored.offset == 5);
  CHECK(stored.topic_id.is_zero());

  const std::vector<uint8_t> other = {0, 8, 1, 2};
  CHECK(std::get<UnknownGroupLogKey>(*decode_group_log_key(other)).type == 8);
  CHECK_FALSE(decode_group_log_key(Bytes(key).first(5)));
  CHECK_FALSE(decode_group_log_key(Bytes(key).first(1)));
}

TEST_CASE("a leader change is read in the version it names") {
  Buffer key;
  encode_control_key(key, ControlType::leader_change);
  const std::vector<uint8_t> expected = {0, 0, 0, 2};
  CHECK(std::ranges::equal(key.bytes(), expected));
  CHECK(control_type(key) == ControlType::leader_change);
  CHECK(control_type(Bytes(key).first(3)) == ControlType{-1});

  for (const int16_t version : {0, 1}) {
    LeaderChangeMessage message{.leader_id = 4};
    message.voters.push_back({.voter_id = 4, .voter_directory_id = {1, 1}});
    Buffer value;
    encode_control(value, message, version);
    LeaderChangeMessage back;
    REQUIRE(decode_control(value, back));
    CHECK(back.version == version);
    CHECK(back.voters.front().voter_directory_id.is_zero() == (version == 0));
  }
}

TEST_CASE("a subscription of a newer client is read as far as it is known") {
  ConsumerProtocolSubscription subscription;
  subscription.topics = {"a", "b"};
  subscription.generation_id = 3;
  Buffer out;
  encode_versioned(out, 3, subscription);
  out.data()[1] = 9;
  out.push_back(1);
  ConsumerProtocolSubscription back;
  REQUIRE(decode_versioned_lenient(out, back));
  CHECK(back.topics.to_vector() == std::vector<std::string_view>{"a", "b"});
  CHECK(back.generation_id == 3);
  CHECK_FALSE(decode_versioned(out, back));
}

TEST_CASE("a transaction's record is told from one of a kind that is not known") {
  Buffer key;
  Encoder encoder(key);
  encoder.fixed(TransactionLogKey::info.api_key);
  encode(encoder, 0, TransactionLogKey{.transactional_id = "pay"});
  const auto back = decode_transaction_log_key(key);
  REQUIRE(back);
  CHECK(back->transactional_id == "pay");
  CHECK_FALSE(decode_transaction_log_key(Bytes(key).first(3)));
  CHECK_FALSE(decode_transaction_log_key(Bytes(key).first(1)));
  key.data()[1] = 9;
  CHECK(decode_transaction_log_key(key).error().code == ErrorCode::UNSUPPORTED_VERSION);
}

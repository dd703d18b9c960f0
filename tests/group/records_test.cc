#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "group/group.h"

using namespace evlog;
using namespace evlog::group;

namespace {

struct Golden { std::string key, value; };

std::string unhex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

Golden golden(const std::string& name) {
  std::ifstream in(EVLOG_TESTDATA "/group/kafka_records.hex");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string n, key, value;
    words >> n >> key >> value;
    if (n == name) return {unhex(key), unhex(value)};
  }
  FAIL("no golden record " << name);
  return {};
}

constexpr Uuid golden_topic{0x73c9aed6625d4d36, 0xbe3d890cdbfa22f7};
const std::string subscription("\0\0\0\0\0\1\0\6golden\xff\xff\xff\xff", 18);

std::unique_ptr<Group> restored(const Golden& g, size_t& bytes) {
  auto v = decode_group_value(as_bytes(g.value));
  REQUIRE(v);
  auto group = std::make_unique<Group>("golden-group2", wall_from_ms(0), bytes);
  group->restore(v->generation, v->protocol_type.empty() ? OptionalText() : OptionalText(v->protocol_type), v->protocol, v->leader,
                 wall_from_ms(v->state_timestamp_ms), v->members);
  return group;
}

}  // namespace

TEST_CASE("a committed offset is the bytes Kafka writes, or its tools and its brokers could not read our directory") {
  CHECK(encode_key(OffsetKey{"golden-group", "golden", 0}) == golden("offset").key);
  CHECK(encode_value(CommittedOffset{42, 3, "some meta", 0x1a1fe2ccb1c, -1, golden_topic}) == golden("offset").value);
  CHECK(encode_value(CommittedOffset{1234567890123, -1, "h\xc3\xa9llo", 0x1a1fe2ccb29, -1, golden_topic}) == golden("offset-utf8").value);
  CHECK(encode_key(OffsetKey{"golden-simple", "golden", 1}) == golden("offset-retention").key);
  CHECK(encode_value(CommittedOffset{7, -1, "", 0x1a1fe2ccb24, 0x1a203532724, {}}) == golden("offset-retention").value);
  CHECK(*decode_offset_value(as_bytes(golden("offset").value)) == CommittedOffset{42, 3, "some meta", 0x1a1fe2ccb1c, -1, golden_topic});
}

TEST_CASE("a group is the bytes Kafka writes, in all its stages") {
  size_t bytes = 0;
  {
    Group fresh("golden-group", wall_from_ms(0x1a1fe28372f), bytes);
    CHECK(encode_key(GroupKey{"golden-group"}) == golden("group-new").key);
    CHECK(encode_empty_value(fresh) == golden("group-new").value);
    const auto empty = restored(golden("group-empty"), bytes);
    CHECK(encode_value(*empty, {}) == golden("group-empty").value);
    const auto stable = restored(golden("group-stable"), bytes);
    REQUIRE(stable->members().size() == 1);
    const auto& m = stable->members().begin()->second;
    CHECK(m.instance_id == "golden-instance");
    CHECK(m.client_host == "/127.0.0.1");
    CHECK(m.rebalance_timeout_ms == 20000);
    CHECK(m.protocols == std::vector<Protocol>{{"range", subscription}});
    CHECK(encode_value(*stable, {{m.id, m.assignment}}) == golden("group-stable").value);
    CHECK(bytes > 0);
  }
  CHECK(bytes == 0);
}

TEST_CASE("a record cut short anywhere is refused, never read beyond its end") {
  for (const char* name : {"group-stable", "offset", "offset-retention"}) {
    const auto g = golden(name);
    for (size_t n = 0; n < g.value.size(); ++n) {
      const auto cut = as_bytes(g.value).first(n);
      const bool refused = name[0] == 'g' ? !decode_group_value(cut) : !decode_offset_value(cut);
      CHECK(refused);
    }
    for (size_t n = 0; n < g.key.size(); ++n) CHECK_FALSE(decode_key(as_bytes(g.key).first(n)));
  }
}

TEST_CASE("records of a newer release are skipped and named, so that a downgrade still serves what it knows") {
  Shard shard({});
  auto g = golden("offset");
  g.value[1] = 9;
  auto r = shard.replay(as_bytes(g.key), as_bytes(g.value), {});
  REQUIRE(r);
  CHECK(r->has_value());
  CHECK(shard.offsets().count() == 0);
  const std::string key("\0\3\0\1x", 5);
  CHECK(shard.replay(as_bytes(key), as_bytes("?"), {})->has_value());
  CHECK_FALSE(shard.replay(as_bytes(key), as_bytes("?"), {})->has_value());  // once per kind
}

TEST_CASE("a group lives where Kafka's hash puts it, or a client would ask the wrong broker") {
  CHECK(partition_of_group("golden-group", 4) == 1);
  CHECK(partition_of_group("golden-group2", 4) == 1);
  CHECK(partition_of_group("golden-simple", 4) == 2);
  REQUIRE(java_hash("polygenelubricants") == INT32_MIN);  // the one hash without an absolute value
  CHECK(partition_of_group("polygenelubricants", 50) == 0);
  REQUIRE(java_hash("console-consumer") < 0);
  CHECK(partition_of_group("console-consumer", 50) == static_cast<int32_t>(-int64_t{java_hash("console-consumer")} % 50));
}

TEST_CASE("tombstones take away what was there, and nothing else") {
  Shard shard({});
  const auto o = golden("offset"), g = golden("group-stable");
  CHECK(shard.replay(as_bytes(o.key), as_bytes(o.value), {}));
  CHECK(shard.replay(as_bytes(g.key), as_bytes(g.value), {}));
  CHECK(shard.offsets().count() == 1);
  CHECK(shard.group_count() == 2);  // the offset's group is a simple one
  CHECK(shard.replay(as_bytes(o.key), std::nullopt, {}));
  CHECK(shard.offsets().count() == 0);
  CHECK(shard.offsets().bytes() == 0);
  CHECK(shard.replay(as_bytes(g.key), std::nullopt, {}));
  CHECK(shard.group_count() == 1);
}

TEST_CASE("the offsets of a deleted topic go, those of a new topic of the same name stay") {
  constexpr Uuid old_id{1, 1}, new_id{2, 2};
  OffsetTable offsets;
  offsets.put({"g", "t", 0}, {.offset = 1, .topic_id = old_id});
  offsets.put({"g", "t", 1}, {.offset = 2, .topic_id = new_id});
  offsets.put({"g", "t", 2}, {.offset = 3});
  offsets.put({"g", "u", 0}, {.offset = 4, .topic_id = old_id});
  CHECK(offsets.of_topic({"t", old_id}) == std::vector<OffsetKey>{{"g", "t", 0}, {"g", "t", 2}});
  CHECK(offsets.of_topic({"t", old_id, true}) == std::vector<OffsetKey>{{"g", "t", 0}});
  CHECK(offsets.of_topic({"t", {}}).size() == 3);
  CHECK(offsets.named_topics().size() == 3);
}

// Every kind of file, damaged in every way: what is said of it. testdata/log/refusals.txt; EVLOG_REWRITE=1 writes it anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "log/epoch_cache.h"
#include "log/meta_properties.h"
#include "log/offset_checkpoint.h"
#include "log/producer_snapshot.h"
#include "log/rig.h"
#include "quorum/election_state.h"
#include "quorum/metadata_batch.h"
#include "quorum/quorum.h"
#include "quorum/snapshots.h"

using namespace evlog;
using log::test::Rig;

namespace {

using Content = std::string;
using Read = std::function<std::string(const Content&)>;  // what is said; empty: taken as it is

struct Kind {
  const char* name;
  Content sound;
  Content newer;  // as a later version would write it; empty: its format has no version
  Read read;
};

template <class T>
std::string told(const Result<T>& result) { return result ? "" : fmt::format("{}: {}", error_name(result.error().code), result.error().message); }

std::string text_of(Bytes bytes) { return std::string(as_text(bytes)); }

Content producer_snapshot() {
  log::ProducerState state;
  log::ProducerEntry entry;
  entry.epoch = ProducerEpoch(1);
  entry.last_timestamp_ms = 1000;
  entry.add({7, 3, Offset(20), 1000});
  state.load(ProducerId(4), entry);
  return text_of(log::format_producer_snapshot(state));
}

Content metadata_snapshot() {
  quorum::SnapshotEncoder encoder(std::make_shared<const cluster::Image>(), {}, {1000, 2000});
  Content all;
  for (Buffer batch = encoder.next(); batch.size() > 0; batch = encoder.next()) all += text_of(batch);
  return all;
}

Content with_version_two(Content snapshot) {
  snapshot[1] = 2;
  return snapshot;
}

// A partition's first segment of two batches, opened after a clean stop and read.
std::string open_log(const Content& segment) {
  Rig rig;
  config::TopicConfig config;
  {
    auto made = log::test::open_log(rig, config);
    rig.run(made->close());
  }
  rig.write(log::test::partition_path + "/00000000000000000000.log", segment);
  auto opened = rig.run(log::Log::open(rig.loop(), log::test::partition_path, config, {.clean = true, .recovery_point = Offset(2)}));
  if (!opened) return told(opened);
  log::Log& log = **opened;
  if (log.offline()) return fmt::format("{}: {}", error_name(log.offline_error().code), log.offline_error().message);
  for (Offset at{0}; at < std::min(Offset(2), log.log_end_offset()); at = at + 1) {
    const auto bytes = rig.run(log.read_bytes({.from = at, .upper = log.log_end_offset(), .bytes_max = 1}));
    if (!bytes) return told(bytes);
  }
  return "";
}

Content segment() {
  Content out;
  for (int64_t i = 0; i < 2; ++i) {
    auto batch = log::test::make_batch({.records = 1});
    record::set_base_offset(batch->mutable_bytes(), Offset(i));
    out += text_of(*batch);
  }
  return out;
}

Content older_format(Content segment) {
  segment[record::at::magic] = 3;
  return segment;
}

// What a server says that starts on a directory with this file in it.
std::string open_quorum(const char* file, const Content& content) {
  Rig rig;
  quorum::Options options;
  options.directory = "/data";
  options.directory_id = {3, 3};
  options.controller_endpoints = {{"CONTROLLER", "127.0.0.1", 9093, 0}};
  options.log = [](char, std::string_view, std::string_view) {};
  const auto bootstrap = [] {
    quorum::Records records;
    wire::FeatureLevelRecord level;
    level.name = "metadata.version";
    level.feature_level = 30;
    records.emplace_back(level);
    return records;
  };
  {
    auto first = rig.run(quorum::open_single(rig.loop(), options, bootstrap()));
    REQUIRE(first);
    rig.run((*first)->close());
  }
  rig.write(std::string("/data/__cluster_metadata-0/") + file, content);
  return told(rig.run(quorum::open_single(rig.loop(), options, bootstrap())));
}

std::vector<Kind> kinds() {
  const Read checkpoint = [](const Content& c) { return told(log::parse_offset_checkpoint(c)); };
  return {
      {"meta.properties", "#\ncluster.id=abc\ndirectory.id=JjJ_GX3KRG6y2jN2qJpxCw\nnode.id=1\nversion=1\n", "version=2\ncluster.id=abc\nnode.id=1\n", [](const Content& c) { return told(log::parse_meta_properties(c)); }},
      {"recovery-point-offset-checkpoint", "0\n1\norders 0 17\n", "1\n1\norders 0 17\n", checkpoint},
      {"leader-epoch-checkpoint", "0\n2\n0 0\n3 17\n", "1\n2\n0 0\n3 17\n", [](const Content& c) { return told(log::EpochCache::parse(c)); }},
      {"partition.metadata", "version: 0\ntopic_id: JjJ_GX3KRG6y2jN2qJpxCw", "version: 1\ntopic_id: JjJ_GX3KRG6y2jN2qJpxCw", [](const Content& c) { return told(log::parse_partition_metadata(c)); }},
      {"producer snapshot", producer_snapshot(), with_version_two(producer_snapshot()), [](const Content& c) { return told(log::parse_producer_snapshot(as_bytes(c))); }},
      {"segment", segment(), older_format(segment()), open_log},
      {"quorum-state", quorum::format_election_state({.leader_id = 1, .leader_epoch = LeaderEpoch(3), .voted_id = -1, .voted_directory_id = {}}, 1, 1),
       R"({"leaderId":1,"leaderEpoch":3,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":2})", [](const Content& c) { return open_quorum("quorum-state", c); }},
      {"metadata snapshot", metadata_snapshot(), older_format(metadata_snapshot()), [](const Content& c) { return told(quorum::check_snapshot(as_bytes(c))); }},
  };
}

Content flipped(Content content, size_t at) {
  content[at] = static_cast<char>(content[at] ^ 0x40);
  return content;
}

void row(std::ostream& out, const Kind& kind, const char* damage, const Content& content) {
  const std::string said = kind.read(content);
  out << fmt::format("{:<33}{:<16}{}\n", kind.name, damage, said.empty() ? "taken as it is" : said);
}

std::string all_rows() {
  std::ostringstream out;
  for (const Kind& kind : kinds()) {
    const size_t size = kind.sound.size();
    if (const auto said = kind.read(kind.sound); !said.empty()) FAIL(kind.name, ": ", said);
    row(out, kind, "empty", "");
    row(out, kind, "first half", kind.sound.substr(0, size / 2));
    row(out, kind, "last byte gone", kind.sound.substr(0, size - 1));
    row(out, kind, "zeros", Content(size, '\0'));
    row(out, kind, "foreign", "PK\x03\x04 this is something else altogether, and long enough to be looked at: 0123456789 0123456789");
    row(out, kind, "first byte", flipped(kind.sound, 0));
    row(out, kind, "middle byte", flipped(kind.sound, size / 2));
    row(out, kind, "last byte", flipped(kind.sound, size - 2));
    if (!kind.newer.empty()) row(out, kind, "newer version", kind.newer);
    out << '\n';
  }
  return out.str();
}

}  // namespace

TEST_CASE("of every damaged file it is said what is wrong with it, and a newer version is refused by name (NATS#7556, KAFKA-5211)") {
  const std::string path = EVLOG_TESTDATA "/log/refusals.txt", now = all_rows();
  if (std::getenv("EVLOG_REWRITE")) std::ofstream(path) << now;
  std::ifstream file(path);
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK(now == golden.str());
}

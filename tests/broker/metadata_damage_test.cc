// What a start makes of damaged metadata and checkpoints: never the end of a partition's data.
#include <doctest/doctest.h>

#include "broker/config_rig.h"

using namespace evlog;
using namespace evlog::broker::test;
using io::sim::Death;

namespace {

ServerRig small() {
  return ServerRig({"metadata.log.max.record.bytes.between.snapshots=2000", "internal.metadata.log.segment.bytes=1500", "metadata.max.retention.bytes=0"});
}

// Every file below /data but the metadata's, with its content.
std::map<std::string, std::string> partition_files(ServerRig& rig) {
  std::map<std::string, std::string> files;
  for (const auto& [directory, inode] : rig.rig.disk().find("/data")->names) {
    if (!inode->directory || directory.starts_with("__cluster_metadata")) continue;
    files[directory] = "directory";
    for (const auto& [name, file] : inode->names) files[directory + "/" + name] = file->content();
  }
  return files;
}

std::vector<std::string> snapshots(ServerRig& rig) {
  std::vector<std::string> found;
  for (const auto& [name, inode] : rig.rig.disk().find("/data/__cluster_metadata-0")->names)
    if (name.ends_with(".checkpoint")) found.push_back("/data/__cluster_metadata-0/" + name);
  return found;
}

int64_t end_of(ServerRig& rig) { return partition_of(rig).log().log_end_offset().value(); }

}  // namespace

TEST_CASE("RELIABILITY row 71: a metadata snapshot that is damaged costs no partition a byte: the start is refused, and works once it is put back") {
  ServerRig rig = small();
  create(rig, "orders");
  for (int i = 0; i < 3; ++i) REQUIRE(has(produce(rig, batch_of_bytes(rig, 50)), "\"errorCode\":0"));
  for (int i = 0; i < 20; ++i) {
    set(rig, 4, "", "plugin.key", std::string(500, 'x') + std::to_string(i));
    rig.rig.let_pass(milliseconds(100));
  }
  REQUIRE(snapshots(rig).size() == 1);
  REQUIRE(rig.server->broker().quorum->log().log_start_offset() > Offset{0});
  rig.server.reset();
  rig.rig.crash(Death::power_cut);
  const std::string path = snapshots(rig).front(), sound = rig.rig.content(path);
  const auto before = partition_files(rig);
  for (const std::string& bad : {std::string(), sound.substr(0, sound.size() / 2), std::string(sound.size(), '\0')}) {
    rig.rig.write(path, bad);
    const auto refused = rig.try_start();
    REQUIRE(refused);
    CHECK(has(refused->message, path));
    CHECK(has(refused->message, "backup"));
    CHECK(partition_files(rig) == before);
  }
  rig.rig.write(path, sound);
  rig.start();
  CHECK(end_of(rig) == 3);
}

TEST_CASE("RELIABILITY row 61: after power cuts during changes of leaders, and with torn checkpoint files, the server starts with all records") {
  ServerRig rig;
  create(rig, "orders");
  for (int life = 1; life <= 40; ++life) {
    CAPTURE(life);
    REQUIRE(has(produce(rig, batch_of_bytes(rig, 50)), "\"errorCode\":0"));
    rig.crash(Death::power_cut);  // each such start gives every partition a new leader epoch
    CHECK(end_of(rig) == life);
    CHECK(partition_of(rig).leader_epoch() == LeaderEpoch(life));
  }
  for (const char* file : {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "replication-offset-checkpoint", "orders-0/leader-epoch-checkpoint"}) {
    for (const std::string& torn : {std::string(), std::string("0\n1\nord"), std::string(64, '\0')}) {
      CAPTURE(file);
      CAPTURE(torn);
      rig.server.reset();
      rig.rig.crash(Death::power_cut);
      rig.rig.write(std::string("/data/") + file, torn);
      rig.start();
      CHECK_FALSE(partition_of(rig).log().offline());
      CHECK(end_of(rig) == 40);
    }
  }
}

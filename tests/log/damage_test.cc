#include "log/file_names.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

namespace {

constexpr int batches = 30, records = 2;

config::TopicConfig small_segments() {
  config::TopicConfig config;
  config.segment_bytes = 1'500;
  config.index_interval_bytes = 300;
  return config;
}

// A log of several segments whose batches are all of one size, closed cleanly.
struct Written {
  Rig rig;
  std::vector<std::string> told;
  Offset end;

  Written() {
    auto log = open_log(rig, small_segments());
    for (int i = 0; i < batches; ++i) append_durably(rig, *log, {.records = records, .timestamp_ms = 1'000 + i * 10});
    REQUIRE(log->segments().size() > 2);
    end = log->log_end_offset();
    REQUIRE(rig.run(log->close()));
  }
  std::unique_ptr<Log> open(bool clean = true) {
    OpenOptions options{.clean = clean, .recovery_point = clean ? end : Offset(0)};
    options.on_damage = [this](const std::string& text) { told.push_back(text); };
    return open_log(rig, small_segments(), options);
  }
  std::string path(Offset base, std::string_view suffix) const { return partition_path + "/" + segment_file_name(base, suffix); }
  void damage(const std::string& file, size_t at, uint8_t with) {
    std::string content = rig.content(file);
    REQUIRE(at < content.size());
    content[at] = static_cast<char>(static_cast<uint8_t>(content[at]) ^ with);
    rig.write(file, content);
  }
  size_t batch_bytes() { return make_batch({.records = records})->size(); }
  // By offset, what a reader gets: the first offset of the batch, or -1 for CORRUPT_MESSAGE.
  std::vector<int64_t> read_each(Log& log) {
    std::vector<int64_t> out;
    for (Offset at{0}; at < end; at = at + records) {
      auto slice = rig.run(log.read({.from = at, .upper = end, .bytes_max = 1}));
      if (!slice) CHECK(slice.error().code == ErrorCode::CORRUPT_MESSAGE);
      out.push_back(slice ? slice->first_batch_offset.value() : -1);
    }
    return out;
  }
  void check_all_but(const std::vector<int64_t>& read, std::vector<size_t> missing) {
    for (size_t i = 0; i < read.size(); ++i) {
      const bool gone = std::ranges::find(missing, i) != missing.end();
      CHECK_MESSAGE(read[i] == (gone ? -1 : static_cast<int64_t>(i) * records), "batch ", i);
    }
  }
};

}  // namespace

TEST_CASE("a flipped bit in an old segment is never served; before and behind it all is read, and file, position and remedy are told once (KAFKA-5211, one node of NATS#7549)") {
  Written w;
  w.damage(w.path(Offset(0), suffix_log), w.batch_bytes() * 3 + record::header_size + 5, 0x10);
  auto log = w.open();
  w.check_all_but(w.read_each(*log), {3});
  w.check_all_but(w.read_each(*log), {3});
  REQUIRE(w.told.size() == 1);
  CHECK(w.told[0].find(fmt::format("{} is damaged at position {}", w.path(Offset(0), suffix_log), w.batch_bytes() * 3)) == 0);
  CHECK(w.told[0].find("evlog repair " + partition_path) != std::string::npos);
  CHECK(!log->offline());
  append_durably(w.rig, *log);
  // A reader that takes much at once gets what lies before the damage.
  const auto slice = w.rig.run(log->read({.from = Offset(0), .upper = w.end, .bytes_max = 1 << 20}));
  REQUIRE(slice);
  CHECK(slice->size_bytes == w.batch_bytes() * 3);
}

TEST_CASE("where the length of a batch is damaged the way goes on behind it") {
  for (const size_t byte : {size_t{8}, size_t{10}, size_t{11}, size_t{16}}) {
    Written w;
    w.damage(w.path(Offset(0), suffix_log), w.batch_bytes() * 4 + byte, 0x01);
    auto log = w.open();
    w.check_all_but(w.read_each(*log), {4});
    CHECK(!w.told.empty());
  }
}

TEST_CASE("an offset that its neighbours contradict, which no checksum covers, is damage") {
  Written w;
  w.damage(w.path(Offset(0), suffix_log), w.batch_bytes() * 4 + 7, 0x02);
  auto log = w.open();
  const auto read = w.read_each(*log);
  w.check_all_but(read, {4});
  CHECK(!w.told.empty());
  // The batch that says it is 10 is not the one that is.
  const auto slice = w.rig.run(log->read({.from = Offset(10), .upper = w.end, .bytes_max = 1}));
  REQUIRE(slice);
  CHECK(slice->position == w.batch_bytes() * 5);
}

TEST_CASE("no record is passed over because an index entry is wrong") {
  // Every byte of the index of an old segment, one after another.
  Written sound;
  const std::string index = sound.path(Offset(0), suffix_index);
  const std::string content = sound.rig.content(index);
  REQUIRE(content.size() >= 24);
  for (size_t byte = 0; byte < content.size(); ++byte) {
    for (const uint8_t bits : {0x01, 0x80, 0xff}) {
      std::string damaged = content;
      damaged[byte] = static_cast<char>(static_cast<uint8_t>(damaged[byte]) ^ bits);
      sound.rig.write(index, damaged);
      auto log = sound.open();
      sound.check_all_but(sound.read_each(*log), {});
      REQUIRE(sound.rig.run(log->close()));
    }
  }
}

TEST_CASE("a search by time finds the record also when the time index is wrong") {
  Written w;
  const std::string index = w.path(Offset(0), suffix_time_index);
  const std::string content = w.rig.content(index);
  REQUIRE(content.size() >= 24);
  for (size_t byte = 0; byte < content.size(); ++byte) {
    std::string damaged = content;
    damaged[byte] = static_cast<char>(static_cast<uint8_t>(damaged[byte]) ^ 0x41);
    w.rig.write(index, damaged);
    auto log = w.open();
    for (int i = 0; i < batches; ++i) {
      const auto hit = w.rig.run(log->offset_for_timestamp(1'000 + i * 10, w.end));
      REQUIRE(hit);
      CHECK(hit->offset == Offset(i * records));
    }
    REQUIRE(w.rig.run(log->close()));
  }
}

TEST_CASE("recovery gives out no batch whose checksum is wrong") {
  Written w;
  auto log = w.open(false);
  const Offset base = log->segments().back().base_offset;
  log.reset();
  w.damage(w.path(base, suffix_log), record::header_size + 3, 0x04);
  log = w.open(false);
  CHECK(log->log_end_offset() == base);
  CHECK(log->recovery().cut_bytes > 0);
  const auto read = read_all(w.rig, *log, Offset(0));
  CHECK(read.back() < base.value());
}

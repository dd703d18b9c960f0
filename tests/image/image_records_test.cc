#include <doctest/doctest.h>

#include "cluster/image_records.h"
#include "image/random_metadata.h"

using namespace evlog;
using namespace evlog::cluster;

namespace {

// Said as records, encoded, read again and applied to nothing.
ImagePtr again(const ImagePtr& image) {
  ImageRecords records(image);
  ImageBuilder builder{Image{}};
  std::vector<std::unique_ptr<Buffer>> bytes;
  while (auto record = records.next()) {
    bytes.push_back(std::make_unique<Buffer>());
    wire::encode_metadata_record(*bytes.back(), *record);
    const auto read = wire::decode_metadata_record(*bytes.back());
    REQUIRE(read);
    REQUIRE(builder.apply(*read, Offset{0}));
  }
  return std::move(builder).build(image->offset(), image->epoch());
}

}  // namespace

TEST_CASE("an image said as records and read again is the same image, for any history: a snapshot loses nothing") {
  size_t topics = 0, partitions = 0, kept = 0, configs = 0, brokers = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    test::RandomMetadata metadata(seed);
    const auto image = metadata.image(seed);
    CHECK(*again(image) == *image);
    topics += image->topics().size(), partitions += image->partitions_count(), kept += image->kept().size();
    configs += image->all_configs().size(), brokers += image->brokers().size();
  }
  for (const size_t count : {topics, partitions, kept, configs, brokers}) CHECK(count > 300);
}

TEST_CASE("images that differ in one thing are not the same") {
  test::RandomMetadata metadata(5);
  const auto image = metadata.image(200);
  int differing = 0;
  for (int i = 0; i < 200; ++i) {
    ImageBuilder builder(*image);
    const auto record = metadata.next(*image);
    REQUIRE(builder.apply(record, image->offset()));
    differing += !(*std::move(builder).build(image->offset(), image->epoch()) == *image);
  }
  CHECK(differing > 150);  // some records change nothing
}

TEST_CASE("the feature level that all else is read by comes first") {
  ImageBuilder builder{Image{}};
  for (const char* name : {"group.version", "metadata.version", "zzz"}) {
    wire::FeatureLevelRecord level;
    level.name = name;
    level.feature_level = 1;
    REQUIRE(builder.apply(level, Offset{0}));
  }
  ImageRecords records(std::move(builder).build(Offset{2}, LeaderEpoch{1}));
  std::vector<std::string> names;
  while (auto record = records.next()) names.emplace_back(std::get<wire::FeatureLevelRecord>(*record).name);
  CHECK(names == std::vector<std::string>{"metadata.version", "group.version", "zzz"});
}

TEST_CASE("a record of a newer version is counted, so that no snapshot takes its place") {
  Buffer bytes;
  wire::Encoder encoder(bytes);
  wire::begin_metadata_record(encoder, 999, 0);
  ImageBuilder builder{Image{}};
  const auto record = wire::decode_metadata_record(bytes);
  REQUIRE(record);
  REQUIRE(builder.apply(*record, Offset{0}));
  CHECK(std::move(builder).build(Offset{0}, LeaderEpoch{0})->unknown_records() == 1);
}

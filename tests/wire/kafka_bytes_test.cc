// testdata/wire/kafka_bytes.tsv holds what Kafka 4.3.1's own classes write, and how they print it, for a sample of every message in every
// version; tests/wire/oracle/record made it.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "wire/json.h"
#include "wire/registry.h"
#include "wire/wire.h"

using namespace evlog;
using namespace evlog::wire;

namespace {

Buffer from_hex(const std::string& hex) {
  Buffer out(hex.size() / 2);
  for (size_t i = 0; i < out.size(); ++i) out.data()[i] = static_cast<uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return out;
}

// Kafka prints no content of record batches.
void drop_records(nlohmann::json& json) {
  if (json.is_object()) json.erase("records");
  if (json.is_structured()) for (auto& inner : json) drop_records(inner);
}

}  // namespace

TEST_CASE("bytes and JSON are Kafka's own, for every message in every version") {
  std::ifstream file(EVLOG_TESTDATA "/wire/kafka_bytes.tsv");
  std::map<std::string, int> seen;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, version_text, hex, kafka_json;
    std::getline(words, name, '\t'), std::getline(words, version_text, '\t'), std::getline(words, hex, '\t'), std::getline(words, kafka_json);
    INFO(line);
    const auto version = static_cast<int16_t>(std::stoi(version_text));
    const Entry* entry = find_message(name);
    REQUIRE(entry);
    const Buffer bytes = from_hex(hex);
    auto message = entry->create();
    Decoder decoder(bytes);
    entry->decode(decoder, version, message.get());
    REQUIRE(decoder.finish(entry->info->name));
    Buffer again;
    Encoder encoder(again);
    entry->encode(encoder, version, message.get());
    CHECK(as_text(again) == as_text(bytes));
    auto ours = nlohmann::json::parse(to_json(*entry->type, message.get(), version));
    auto theirs = nlohmann::json::parse(kafka_json);
    drop_records(ours), drop_records(theirs);
    CHECK(ours == theirs);
    ++seen[name];
  }
  for (const Entry& entry : all_messages()) {
    INFO(entry.info->name);
    CHECK(seen[entry.info->name] == entry.info->versions.max - entry.info->versions.min + 1);
  }
}

// Prints random messages of every kind and version: name, version, bytes in hex. Argument: samples per version (1).
// tests/wire/oracle/record gives them to Kafka's own classes.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "wire/random_message.h"
#include "wire/registry.h"

using namespace evlog;
using namespace evlog::wire;

int main(int argc, char** argv) {
  const int samples = argc > 1 ? std::atoi(argv[1]) : 1;
  Random random(4301);
  for (const Entry& entry : all_messages()) {
    for (int16_t version = entry.info->versions.min; version <= entry.info->versions.max; ++version) {
      for (int i = 0; i < samples; ++i) {
        Storage storage;
        Buffer bytes;
        Encoder encoder(bytes);
        const auto message = entry.create();
        randomize(*entry.type, message.get(), version, random, storage);
        entry.encode(encoder, version, message.get());
        std::string hex;
        for (const uint8_t b : bytes.bytes()) hex += fmt::format("{:02x}", b);
        std::puts(fmt::format("{}\t{}\t{}", entry.info->name, version, hex).c_str());
      }
    }
  }
}

// Random messages of every kind in every version.
#include <doctest/doctest.h>

#include <string>

#include "base/random.h"
#include "wire/compare.h"
#include "wire/json.h"
#include "wire/random_message.h"
#include "wire/registry.h"
#include "wire/type.h"
#include "wire/wire.h"

using namespace evlog;
using namespace evlog::wire;

namespace {

constexpr int samples_per_version = 4;

struct Sample {
  const Entry& entry;
  int16_t version;
  std::shared_ptr<void> message = entry.create();
  Storage storage = {};
  Buffer bytes = {};

  void fill(Random& random) {
    randomize(*entry.type, message.get(), version, random, storage);
    Encoder encoder(bytes);
    entry.encode(encoder, version, message.get());
  }
};

std::string where(const Entry& entry, int16_t version) { return fmt::format("{} v{}", entry.info->name, version); }

Result<std::shared_ptr<void>> decode_any(const Entry& entry, Bytes frame, int16_t version) {
  auto message = entry.create();
  Decoder decoder(frame);
  entry.decode(decoder, version, message.get());
  if (auto r = decoder.finish(entry.info->name); !r) return fail(r.error());
  return message;
}

template <class F>
void for_each_sample(F&& f) {
  Random random(20250101);
  for (const Entry& entry : all_messages()) {
    for (int16_t version = entry.info->versions.min; version <= entry.info->versions.max; ++version) {
      for (int i = 0; i < samples_per_version; ++i) {
        Sample sample{entry, version};
        sample.fill(random);
        f(sample);
      }
    }
  }
}

}  // namespace

TEST_CASE("what is written is read back, in every version of every message") {
  for_each_sample([](Sample& s) {
    INFO(where(s.entry, s.version));
    Encoder counter;
    s.entry.encode(counter, s.version, s.message.get());
    CHECK(counter.size() == s.bytes.size());
    const auto back = decode_any(s.entry, s.bytes, s.version);
    REQUIRE_MESSAGE(back, (back ? "" : back.error().message));
    CHECK(difference(*s.entry.type, s.message.get(), back->get(), s.version).value_or("") == "");
    Buffer again;
    Encoder encoder(again);
    s.entry.encode(encoder, s.version, back->get());
    CHECK(as_text(again) == as_text(s.bytes));
  });
}

TEST_CASE("JSON of a message makes the same message, or a differential test compares nothing") {
  for_each_sample([](Sample& s) {
    INFO(where(s.entry, s.version));
    const std::string json = to_json(*s.entry.type, s.message.get(), s.version);
    INFO(json);
    auto back = s.entry.create();
    Storage storage;
    const auto r = from_json(json, *s.entry.type, back.get(), s.version, storage);
    REQUIRE_MESSAGE(r, (r ? "" : r.error().message));
    CHECK(difference(*s.entry.type, s.message.get(), back.get(), s.version).value_or("") == "");
    CHECK(to_json(*s.entry.type, back.get(), s.version) == json);
  });
}

TEST_CASE("a frame cut anywhere is refused, and a byte behind it too") {
  for_each_sample([](Sample& s) {
    INFO(where(s.entry, s.version));
    size_t refused = 0;
    for (size_t size = 0; size < s.bytes.size(); ++size) {
      const Buffer cut(Bytes(s.bytes).first(size));  // its own allocation: the sanitizer sees any byte read behind it
      refused += !decode_any(s.entry, cut, s.version);
    }
    CHECK(refused == s.bytes.size());
    s.bytes.push_back(0);
    const auto longer = decode_any(s.entry, s.bytes, s.version);
    REQUIRE_FALSE(longer);
    CHECK(longer.error().code == ErrorCode::INVALID_REQUEST);
  });
}

TEST_CASE("no bytes make the decoder read beyond the frame, or not end") {
  Random random(7);
  for_each_sample([&](Sample& s) {
    INFO(where(s.entry, s.version));
    for (int i = 0; i < 10 && !s.bytes.empty(); ++i) {
      Buffer damaged{Bytes(s.bytes)};
      for (uint64_t n = random.below(3) + 1; n > 0; --n) damaged.data()[random.below(damaged.size())] = static_cast<uint8_t>(random.next());
      const auto message = decode_any(s.entry, damaged, s.version);
      if (message) (void)to_json(*s.entry.type, message->get(), s.version);
    }
  });
}

TEST_CASE("a version that is not described is refused") {
  for (const Entry& entry : all_messages()) {
    INFO(entry.info->name);
    for (const int version : {entry.info->versions.min - 1, entry.info->versions.max + 1, -1, 32767}) {
      const uint8_t zeros[64] = {};
      const auto r = decode_any(entry, zeros, static_cast<int16_t>(version));
      REQUIRE_FALSE(r);
      CHECK(r.error().code == ErrorCode::UNSUPPORTED_VERSION);
    }
  }
}

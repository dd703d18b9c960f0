#include <snappy.h>
#include <zstd.h>

#include <cstdlib>
#include <new>

#include "base/random.h"
#include "base/varint.h"
#include "record/support.h"

using namespace evlog;
using namespace evlog::record;
using namespace evlog::record::test;

namespace {

size_t live_bytes = 0, peak_bytes = 0;
constexpr size_t tag_size = 16;

Buffer repetitive(size_t size) {
  Buffer data;
  while (data.size() < size) data.append(as_bytes("{\"store\":17,\"item\":\"bolt\",\"count\":" + std::to_string(data.size() % 97) + "}\n"));
  data.resize(size);
  return data;
}

Buffer noise(size_t size) {
  Random random(size);
  Buffer data(size);
  for (size_t i = 0; i < size; ++i) data.data()[i] = static_cast<uint8_t>(random.next());
  return data;
}

Buffer packed(Compression codec, Bytes data, int level = level_usual) {
  Buffer to;
  compress(codec, data, to, level);
  return to;
}

}  // namespace

// Memory is counted where it is asked for, so that a bomb which is refused after it went off does not pass.
void* operator new(size_t size) {
  auto* p = static_cast<size_t*>(std::malloc(size + tag_size));
  if (!p) std::abort();
  *p = size;
  live_bytes += size;
  peak_bytes = std::max(peak_bytes, live_bytes);
  return reinterpret_cast<char*>(p) + tag_size;
}
void operator delete(void* p) noexcept {
  if (!p) return;
  void* const raw = static_cast<char*>(p) - tag_size;
  live_bytes -= *static_cast<size_t*>(raw);
  std::free(raw);
}
void operator delete(void* p, size_t) noexcept { operator delete(p); }

TEST_CASE("every codec gives back what went in, at every size around its blocks and at every level") {
  for (Compression codec : all_codecs) {
    CAPTURE(compression_name(codec));
    for (size_t size : {0u, 1u, 100u, 32767u, 32768u, 32769u, 65535u, 65537u, 1000000u}) {
      for (const Buffer& data : {repetitive(size), noise(size)}) {
        const auto back = decompress(codec, packed(codec, data), size);
        REQUIRE(back);
        CHECK(as_text(*back) == as_text(data));
      }
    }
    const Buffer data = repetitive(50000);
    for (int level : {-1000000, -5, -1, 0, 1, 5, 9, 12, 17, 19, 1000}) {
      const auto back = decompress(codec, packed(codec, data, level), data.size());
      REQUIRE(back);
      CHECK(as_text(*back) == as_text(data));
    }
  }
}

TEST_CASE("snappy is read raw and in blocks, as clients send both") {
  const Buffer data = repetitive(100000);
  std::string raw;
  snappy::Compress(reinterpret_cast<const char*>(data.data()), data.size(), &raw);
  CHECK(as_text(*decompress(Compression::snappy, as_bytes(raw), 1_MiB)) == as_text(data));
  Buffer twice = packed(Compression::snappy, data);
  twice.append(packed(Compression::snappy, data));
  CHECK(decompress(Compression::snappy, twice, 1_MiB)->size() == 2 * data.size());
}

TEST_CASE("gzip members and zstd frames that follow one another are read as one") {
  for (Compression codec : {Compression::gzip, Compression::zstd}) {
    Buffer twice = packed(codec, as_bytes("first "));
    twice.append(packed(codec, as_bytes("second")));
    CHECK(as_text(*decompress(codec, twice, 100)) == "first second");
  }
}

TEST_CASE("zstd frames of the highest level are read though their window is larger than the cap, and windows past 2^27 are not") {
  const Buffer data = repetitive(200000);
  auto frame = [&](int window) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    Buffer to(ZSTD_compressBound(data.size()));
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    ZSTD_outBuffer out{to.data(), to.size(), 0};
    ZSTD_inBuffer half{data.data(), 1000, 0};
    ZSTD_compressStream2(context, &out, &half, ZSTD_e_flush);  // the size is not known yet when the header is written
    in.pos = 1000;
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    to.resize(out.pos);
    return to;
  };
  for (int window : {17, 23, 24, 27}) {
    CAPTURE(window);
    const auto back = decompress(Compression::zstd, frame(window), 1_MiB);
    REQUIRE(back);
    CHECK(as_text(*back) == as_text(data));
    CHECK_FALSE(decompress(Compression::zstd, frame(window), data.size() - 1));
  }
  CHECK_FALSE(decompress(Compression::zstd, frame(28), 1_MiB));
}

TEST_CASE("the cap is exact: a byte more is refused") {
  const Buffer data = repetitive(100000);
  for (Compression codec : all_codecs) {
    CHECK(decompress(codec, packed(codec, data), data.size()));
    const auto refused = decompress(codec, packed(codec, data), data.size() - 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::INVALID_RECORD);
  }
}

TEST_CASE("a bomb is refused for the memory of its cap, not of its content") {
  constexpr size_t bomb_bytes = 32_MiB;
  constexpr size_t cap = 1_MiB;
  for (Compression codec : {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    CAPTURE(compression_name(codec));
    const Buffer bomb = [&] {
      const Buffer zeros(bomb_bytes);
      std::memset(const_cast<uint8_t*>(zeros.data()), 0, zeros.size());
      return packed(codec, zeros, 1);
    }();
    peak_bytes = live_bytes;
    const size_t before = live_bytes;
    CHECK_FALSE(decompress(codec, bomb, cap));
    CHECK(peak_bytes - before < 2 * cap);

    // As one record: the window grows only with what comes.
    const Buffer batch = batch_with_payload(bomb, 1, codec);
    peak_bytes = live_bytes;
    CHECK_FALSE(read_all(BatchView(batch), cap));
    CHECK(peak_bytes - before < 2 * cap + batch.size());
  }
}

TEST_CASE("a record that claims two thousand million bytes costs nothing") {
  Buffer payload;
  uint8_t raw[varint64_size_max];
  payload.append({raw, put_varint(raw, zigzag(int32_t{INT32_MAX}))});
  payload.append(repetitive(1000));
  for (Compression codec : all_codecs) {
    const Buffer batch = batch_with_payload(packed(codec, payload), 1, codec);
    peak_bytes = live_bytes;
    const size_t before = live_bytes;
    CHECK_FALSE(read_all(BatchView(batch)));
    CHECK(peak_bytes - before < 1_MiB);
  }
}

TEST_CASE("a raw snappy length or a zstd content size is a claim, and memory is not given for claims") {
  const uint8_t snappy_claim[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0};
  const uint8_t zstd_claim[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0};
  peak_bytes = live_bytes;
  const size_t before = live_bytes;
  CHECK_FALSE(decompress(Compression::snappy, snappy_claim, 64_MiB));
  CHECK_FALSE(decompress(Compression::zstd, zstd_claim, 64_MiB));
  CHECK(peak_bytes - before < 1_MiB);
}

TEST_CASE("codecs have Kafka's names") {
  CHECK(compression_by_name("zstd") == Compression::zstd);
  CHECK(compression_by_name("uncompressed") == Compression::none);
  CHECK_FALSE(compression_by_name("brotli"));
  CHECK(compression_name(Compression::snappy) == "snappy");
}

// The four codecs of record batches, in Kafka's framings: gzip; snappy in xerial blocks (raw snappy is read too: some clients
// send it); one lz4 frame with independent blocks; zstd frames. Values without state; nothing here is shared between threads.
//
// What is read may be hostile. A Decompressor hands out bytes as they are needed and never holds more than `bytes_max` of
// them, whatever a length field claims; a claim above it is refused before memory is taken for it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "record/batch.h"

namespace evlog::record {

std::string_view compression_name(Compression codec);                 // "none", "gzip", "snappy", "lz4", "zstd"
std::optional<Compression> compression_by_name(std::string_view name);  // "uncompressed" means none, as in Kafka's topic setting

// Levels: gzip 1..9 (-1), lz4 1..17 (9), zstd -131072..22 (3), as Kafka's compression.*.level; snappy has none.
struct CompressionLevels { int low = 0, high = 0, usual = 0; };
CompressionLevels compression_levels(Compression codec);
inline constexpr int level_usual = INT32_MIN;  // the codec's own default

// Appends the compressed form of `data` to `to`. A level outside the codec's range is brought into it.
void compress(Compression codec, Bytes data, Buffer& to, int level = level_usual);

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Fills the front of `out` and says how much; 0 only at the end of the data. INVALID_RECORD when the data is damaged, cut
  // short, or has more than the bytes allowed. After an error or the end it must not be called again.
  virtual Result<size_t> read(MutableBytes out) = 0;
};
// `data` must outlive the decompressor. Compression::none hands out the data itself.
std::unique_ptr<Decompressor> make_decompressor(Compression codec, Bytes data, size_t bytes_max);

Result<Buffer> decompress(Compression codec, Bytes data, size_t bytes_max);

// One file per codec implements these; the rest of the program uses the functions above.
namespace codec {
void gzip_compress(Bytes data, Buffer& to, int level);
void snappy_compress(Bytes data, Buffer& to);
void lz4_compress(Bytes data, Buffer& to, int level);
void zstd_compress(Bytes data, Buffer& to, int level);
std::unique_ptr<Decompressor> gzip_decompressor(Bytes data);
std::unique_ptr<Decompressor> snappy_decompressor(Bytes data, size_t bytes_max);
std::unique_ptr<Decompressor> lz4_decompressor(Bytes data);
std::unique_ptr<Decompressor> zstd_decompressor(Bytes data, size_t bytes_max);
}

}  // namespace evlog::record

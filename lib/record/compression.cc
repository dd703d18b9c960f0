#include "record/compression.h"

#include <algorithm>
#include <array>

#include "record/grow.h"

namespace evlog::record {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "gzip", "snappy", "lz4", "zstd"};
constexpr std::array<CompressionLevels, 5> levels{{{}, {1, 9, -1}, {}, {1, 17, 9}, {-131072, 22, 3}}};

class Plain final : public Decompressor {
 public:
  explicit Plain(Bytes data) : data_(data) {}
  Result<size_t> read(MutableBytes out) override {
    const size_t n = std::min(out.size(), data_.size());
    std::copy_n(data_.begin(), n, out.begin());
    data_ = data_.subspan(n);
    return n;
  }

 private:
  Bytes data_;
};

// Stops a stream that goes on past its cap.
class Capped final : public Decompressor {
 public:
  Capped(std::unique_ptr<Decompressor> inner, size_t bytes_max) : inner_(std::move(inner)), bytes_max_(bytes_max), left_(bytes_max) {}
  Result<size_t> read(MutableBytes out) override {
    auto n = inner_->read(out);
    if (!n) return n;
    if (*n > left_) return fail(ErrorCode::INVALID_RECORD, "the batch holds more than the {} bytes allowed after decompression", bytes_max_);
    left_ -= *n;
    return n;
  }

 private:
  std::unique_ptr<Decompressor> inner_;
  size_t bytes_max_;
  size_t left_;
};

std::unique_ptr<Decompressor> make_codec(Compression codec, Bytes data, size_t bytes_max) {
  switch (codec) {
    case Compression::none: return std::make_unique<Plain>(data);
    case Compression::gzip: return codec::gzip_decompressor(data);
    case Compression::snappy: return codec::snappy_decompressor(data, bytes_max);
    case Compression::lz4: return codec::lz4_decompressor(data);
    case Compression::zstd: return codec::zstd_decompressor(data, bytes_max);
  }
  EVLOG_ASSERT(false);
}

}  // namespace

std::string_view compression_name(Compression codec) { return names.at(static_cast<size_t>(codec)); }

std::optional<Compression> compression_by_name(std::string_view name) {
  if (name == "uncompressed") return Compression::none;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Compression>(found - names.begin());
}

CompressionLevels compression_levels(Compression codec) { return levels.at(static_cast<size_t>(codec)); }

void compress(Compression codec, Bytes data, Buffer& to, int level) {
  const CompressionLevels range = compression_levels(codec);
  level = level == level_usual || level == range.usual ? range.usual : std::clamp(level, range.low, range.high);
  switch (codec) {
    case Compression::none: return to.append(data);
    case Compression::gzip: return codec::gzip_compress(data, to, level);
    case Compression::snappy: return codec::snappy_compress(data, to);
    case Compression::lz4: return codec::lz4_compress(data, to, level);
    case Compression::zstd: return codec::zstd_compress(data, to, level);
  }
}

std::unique_ptr<Decompressor> make_decompressor(Compression codec, Bytes data, size_t bytes_max) {
  return std::make_unique<Capped>(make_codec(codec, data, bytes_max), bytes_max);
}

Result<Buffer> decompress(Compression codec, Bytes data, size_t bytes_max) {
  constexpr size_t step = 64_KiB;
  auto stream = make_decompressor(codec, data, bytes_max);
  Buffer out;
  for (size_t size = 0;;) {
    grow_towards(out, size, step, bytes_max);
    out.resize(size + step);
    auto n = stream->read(out.mutable_bytes().subspan(size));
    if (!n) return fail(std::move(n.error()));
    size += *n;
    out.resize(size);
    if (*n == 0) return out;
  }
}

}  // namespace evlog::record

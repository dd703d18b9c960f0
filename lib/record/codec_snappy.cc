#include <snappy.h>

#include <algorithm>

#include "record/compression.h"

namespace evlog::record::codec {
namespace {

// snappy-java's stream: a header of 16 bytes, then blocks, each a big-endian length and that much raw snappy.
constexpr uint8_t xerial_header[16] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};
constexpr size_t xerial_magic_size = 8;  // the two version numbers behind it may differ
constexpr size_t xerial_block_size = 32_KiB;
constexpr size_t expansion_max = 64;     // no element of raw snappy makes more than 64 bytes of one

bool is_xerial(Bytes data) {
  return data.size() >= sizeof xerial_header && std::equal(xerial_header, xerial_header + xerial_magic_size, data.begin());
}

class Snappy final : public Decompressor {
 public:
  Snappy(Bytes data, size_t bytes_max) : data_(data), bytes_max_(bytes_max), xerial_(is_xerial(data)) {}

  Result<size_t> read(MutableBytes out) override {
    while (taken_ == block_.size()) {
      if (data_.empty()) return 0;
      if (auto r = next_block(); !r) return fail(std::move(r.error()));
    }
    const size_t n = std::min(out.size(), block_.size() - taken_);
    std::copy_n(block_.data() + taken_, n, out.data());
    taken_ += n;
    return n;
  }

 private:
  Result<void> next_block() {
    if (!xerial_) return unpack(std::exchange(data_, {}));
    if (is_xerial(data_)) data_ = data_.subspan(sizeof xerial_header);  // a stream may follow a stream
    if (data_.empty()) return {};
    if (data_.size() < 4) return damaged();
    const uint32_t size = load_be<uint32_t>(data_.data());
    if (size > data_.size() - 4) return damaged();
    const Bytes block = data_.subspan(4, size);
    data_ = data_.subspan(4 + size);
    return unpack(block);
  }

  Result<void> unpack(Bytes block) {
    const char* raw = reinterpret_cast<const char*>(block.data());
    size_t size = 0;
    if (!snappy::GetUncompressedLength(raw, block.size(), &size) || size > block.size() * expansion_max) return damaged();
    if (size > bytes_max_)
      return fail(ErrorCode::INVALID_RECORD, "a snappy block holds more than the {} bytes allowed after decompression", bytes_max_);
    block_.clear();
    block_.resize(size);
    taken_ = 0;
    if (!snappy::RawUncompress(raw, block.size(), reinterpret_cast<char*>(block_.data()))) return damaged();
    return {};
  }

  static std::unexpected<Error> damaged() { return fail(ErrorCode::INVALID_RECORD, "the snappy data is damaged"); }

  Bytes data_;
  size_t bytes_max_;
  bool xerial_;
  Buffer block_;
  size_t taken_ = 0;
};

}  // namespace

void snappy_compress(Bytes data, Buffer& to) {
  to.append(xerial_header);
  while (!data.empty()) {
    const Bytes block = data.first(std::min(data.size(), xerial_block_size));
    const size_t before = to.size();
    to.resize(before + 4 + snappy::MaxCompressedLength(block.size()));
    size_t size = 0;
    snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(), reinterpret_cast<char*>(to.data() + before + 4), &size);
    store_be<uint32_t>(to.data() + before, static_cast<uint32_t>(size));
    to.resize(before + 4 + size);
    data = data.subspan(block.size());
  }
}

std::unique_ptr<Decompressor> snappy_decompressor(Bytes data, size_t bytes_max) { return std::make_unique<Snappy>(data, bytes_max); }

}  // namespace evlog::record::codec

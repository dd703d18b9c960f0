#include <lz4frame.h>

#include <algorithm>

#include "record/compression.h"

namespace evlog::record::codec {
namespace {

class Lz4 final : public Decompressor {
 public:
  explicit Lz4(Bytes data) : data_(data) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) context_ = nullptr;
  }
  ~Lz4() override { LZ4F_freeDecompressionContext(context_); }
  Lz4(const Lz4&) = delete;
  Lz4& operator=(const Lz4&) = delete;

  // One frame is the whole batch: Kafka's reader does not look behind it, so neither does this one.
  Result<size_t> read(MutableBytes out) override {
    if (!context_) return fail(ErrorCode::INVALID_RECORD, "no memory to read lz4 data");
    while (!ended_) {
      size_t made = out.size();
      size_t eaten = data_.size();
      const size_t status = LZ4F_decompress(context_, out.data(), &made, data_.data(), &eaten, nullptr);
      if (LZ4F_isError(status)) return fail(ErrorCode::INVALID_RECORD, "the lz4 data is damaged: {}", LZ4F_getErrorName(status));
      data_ = data_.subspan(eaten);
      ended_ = status == 0;
      if (made) return made;
      if (!ended_ && eaten == 0) return fail(ErrorCode::INVALID_RECORD, "the lz4 data is cut short");
    }
    return 0;
  }

 private:
  Bytes data_;
  LZ4F_dctx* context_ = nullptr;
  bool ended_ = false;
};

}  // namespace

void lz4_compress(Bytes data, Buffer& to, int level) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // Kafka's reader knows no other
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  // Kafka's usual level is the fast compressor; every other level is the thorough one, which counts from 3 to 12 here.
  preferences.compressionLevel = level == compression_levels(Compression::lz4).usual ? 0 : std::max(level, 3);
  const size_t before = to.size();
  to.resize(before + LZ4F_compressFrameBound(data.size(), &preferences));
  const size_t size = LZ4F_compressFrame(to.data() + before, to.size() - before, data.data(), data.size(), &preferences);
  EVLOG_ASSERT(!LZ4F_isError(size));
  to.resize(before + size);
}

std::unique_ptr<Decompressor> lz4_decompressor(Bytes data) { return std::make_unique<Lz4>(data); }

}  // namespace evlog::record::codec

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>

#include "record/compression.h"

namespace evlog::record::codec {
namespace {

constexpr uint8_t frame_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
constexpr int window_log_max = 27;          // what zstd's own tools accept; larger windows are refused
constexpr int window_log_streamed_max = 23;  // every level up to 19; a larger window would cost more memory than most batches have

// The window a frame asks its reader to keep, from its header; 0 where the header says none.
int window_log(Bytes data) {
  if (data.size() < 6 || !std::equal(frame_magic, frame_magic + 4, data.begin())) return 0;
  const bool single_segment = data[4] & 0x20;
  return single_segment ? 0 : 10 + (data[5] >> 3);
}

std::unexpected<Error> damaged(size_t status) {
  return fail(ErrorCode::INVALID_RECORD, "the zstd data is damaged: {}", ZSTD_getErrorName(status));
}
std::unexpected<Error> too_much(size_t bytes_max) {
  return fail(ErrorCode::INVALID_RECORD, "the zstd data holds more than the {} bytes allowed after decompression", bytes_max);
}

class Zstd final : public Decompressor {
 public:
  Zstd(Bytes data, size_t bytes_max) : in_{data.data(), data.size(), 0}, bytes_max_(bytes_max), context_(ZSTD_createDCtx()) {
    if (context_) ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, window_log_max);
    at_once_ = window_log(data) > window_log_streamed_max && window_log(data) <= window_log_max;
  }
  ~Zstd() override { ZSTD_freeDCtx(context_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Result<size_t> read(MutableBytes out) override {
    if (!context_) return fail(ErrorCode::INVALID_RECORD, "no memory to read zstd data");
    if (auto r = check_claim(); !r) return fail(std::move(r.error()));
    return at_once_ ? read_at_once(out) : read_stream(out);
  }

 private:
  // A frame may say how much it holds; zstd takes memory by that, so it is judged before.
  Result<void> check_claim() {
    if (!frame_begins_ || in_.pos == in_.size) return {};
    const auto size = ZSTD_getFrameContentSize(static_cast<const uint8_t*>(in_.src) + in_.pos, in_.size - in_.pos);
    frame_begins_ = false;
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size <= bytes_max_) return {};
    return too_much(bytes_max_);
  }

  Result<size_t> read_stream(MutableBytes out) {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0 && !(ended_ && in_.pos == in_.size)) {
      if (auto r = check_claim(); !r) return fail(std::move(r.error()));
      const size_t before = in_.pos;
      const size_t status = ZSTD_decompressStream(context_, &to, &in_);
      if (ZSTD_isError(status)) return damaged(status);
      ended_ = frame_begins_ = status == 0;
      if (!ended_ && to.pos == 0 && in_.pos == before) return fail(ErrorCode::INVALID_RECORD, "the zstd data is cut short");
    }
    return to.pos;
  }

  // A frame with a huge window and little in it (level 20 and up) is unpacked as a whole: then zstd needs no window beside it.
  Result<size_t> read_at_once(MutableBytes out) {
    if (!unpacked_) {
      if (auto r = unpack(); !r) return fail(std::move(r.error()));
      unpacked_ = true;
    }
    const size_t n = std::min(out.size(), whole_.size() - taken_);
    std::copy_n(whole_.data() + taken_, n, out.data());
    taken_ += n;
    return n;
  }

  Result<void> unpack() {
    for (size_t room = std::max(in_.size * 8, 64_KiB);; room *= 4) {
      room = std::min(room, bytes_max_);
      whole_ = Buffer();  // The smaller one goes before the larger one comes.
      whole_ = Buffer(room);
      const size_t size = ZSTD_decompressDCtx(context_, whole_.data(), room, in_.src, in_.size);
      if (!ZSTD_isError(size)) return whole_.resize(size), Result<void>();
      if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) return damaged(size);
      if (room == bytes_max_) return too_much(bytes_max_);
    }
  }

  ZSTD_inBuffer in_;
  size_t bytes_max_;
  ZSTD_DCtx* context_;
  bool at_once_ = false;
  bool frame_begins_ = true;
  bool ended_ = false;
  bool unpacked_ = false;
  Buffer whole_;
  size_t taken_ = 0;
};

}  // namespace

void zstd_compress(Bytes data, Buffer& to, int level) {
  const size_t before = to.size();
  to.resize(before + ZSTD_compressBound(data.size()));
  const size_t size = ZSTD_compress(to.data() + before, to.size() - before, data.data(), data.size(), level);
  EVLOG_ASSERT(!ZSTD_isError(size));
  to.resize(before + size);
}

std::unique_ptr<Decompressor> zstd_decompressor(Bytes data, size_t bytes_max) { return std::make_unique<Zstd>(data, bytes_max); }

}  // namespace evlog::record::codec

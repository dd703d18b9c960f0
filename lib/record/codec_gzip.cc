#include <zlib.h>

#include "record/compression.h"

namespace evlog::record::codec {
namespace {

constexpr int window_bits_gzip = 15 + 16;  // zlib's way to say: gzip header and trailer, nothing else

class Gzip final : public Decompressor {
 public:
  explicit Gzip(Bytes data) {
    stream_.next_in = const_cast<Bytef*>(data.data());
    stream_.avail_in = static_cast<uInt>(data.size());
    ready_ = inflateInit2(&stream_, window_bits_gzip) == Z_OK;
  }
  ~Gzip() override {
    if (ready_) inflateEnd(&stream_);
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Result<size_t> read(MutableBytes out) override {
    if (!ready_) return fail(ErrorCode::INVALID_RECORD, "no memory to read gzip data");
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out == out.size() && !ended_) {
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        ended_ = !another_member() || inflateReset(&stream_) != Z_OK;
      } else if (status != Z_OK) {
        return fail(ErrorCode::INVALID_RECORD, "the gzip data is {}", status == Z_BUF_ERROR ? "cut short" : "damaged");
      }
    }
    return out.size() - stream_.avail_out;
  }

 private:
  // Gzip data may be several members in a row; Java's reader takes anything else behind a member for the end.
  bool another_member() const { return stream_.avail_in >= 2 && stream_.next_in[0] == 0x1f && stream_.next_in[1] == 0x8b; }
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace

void gzip_compress(Bytes data, Buffer& to, int level) {
  z_stream stream{};
  EVLOG_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, window_bits_gzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  const size_t before = to.size();
  to.resize(before + deflateBound(&stream, static_cast<uLong>(data.size())));
  stream.next_in = const_cast<Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = to.data() + before;
  stream.avail_out = static_cast<uInt>(to.size() - before);
  EVLOG_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  to.resize(to.size() - stream.avail_out);
  deflateEnd(&stream);
}

std::unique_ptr<Decompressor> gzip_decompressor(Bytes data) { return std::make_unique<Gzip>(data); }

}  // namespace evlog::record::codec

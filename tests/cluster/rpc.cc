#include "cluster/rpc.h"

#include <array>

namespace evlog::cluster_test {

io::task<bool> Rpc::open() {
  if (is_open()) co_return true;
  close();
  auto stream = co_await loop_.network().connect({"broker", 9092});
  if (!stream) co_return false;
  stream_ = std::move(*stream);
  nursery_.spawn(read_loop());
  nursery_.spawn(write_loop());
  co_return true;
}

void Rpc::close() {
  nursery_.clear();
  stream_.reset();
  broken_ = false;
  incoming_.clear();
  to_send_.clear();
  expected_.clear();
  answers_.clear();
}

int32_t Rpc::send_frame(int16_t api_key, int16_t version, const Buffer& body, bool answered) {
  Buffer header;
  wire::Encoder encoder(header);
  wire::encode_request_header(encoder, {api_key, version, ++correlation_, std::string_view(client_id_)});
  uint8_t length[4];
  store_be(length, static_cast<int32_t>(header.size() + body.size()));
  to_send_ += as_text(length);
  to_send_ += as_text(header);
  to_send_ += as_text(body);
  if (answered) expected_.push_back(correlation_);
  outgoing_.notify_all();
  return correlation_;
}

io::task<void> Rpc::write_loop() {
  for (;;) {
    while (to_send_.empty()) co_await outgoing_.wait();
    const std::array<Bytes, 1> pieces{as_bytes(to_send_)};
    const auto sent = stream_->try_send(pieces);
    if (!sent) break;
    if (*sent == io::would_block) co_await stream_->writable(); else to_send_.erase(0, *sent);
  }
  broken_ = true;
  changed_.notify_all();
}

io::task<void> Rpc::read_loop() {
  std::array<uint8_t, 8192> part;
  for (;;) {
    const auto got = stream_->try_recv(part);
    if (!got || *got == 0) break;
    if (*got == io::would_block) {
      co_await stream_->readable();
      continue;
    }
    incoming_.append(Bytes(part).first(*got));
    take_frames();
    changed_.notify_all();
  }
  broken_ = true;
  changed_.notify_all();
}

void Rpc::take_frames() {
  size_t at = 0;
  while (incoming_.size() - at >= 4) {
    const int32_t size = load_be<int32_t>(incoming_.data() + at);
    if (size < 4 || size > 100 << 20) return world_.fail(fmt::format("an answer of {} bytes", size));
    if (incoming_.size() - at - 4 < static_cast<size_t>(size)) break;
    Buffer frame(incoming_.bytes().subspan(at + 4, static_cast<size_t>(size)));
    const int32_t correlation = load_be<int32_t>(frame.data());
    at += 4 + static_cast<size_t>(size);
    if (expected_.empty() || expected_.front() != correlation)
      return world_.fail(fmt::format("{}: answer {} comes where {} is due", client_id_, correlation, expected_.empty() ? -1 : expected_.front()));
    expected_.pop_front();
    answers_.emplace_back(correlation, std::move(frame));
  }
  incoming_ = Buffer(incoming_.bytes().subspan(at));
}

io::task<std::optional<Buffer>> Rpc::receive_frame(int32_t correlation, Duration timeout) {
  const MonoTime deadline = loop_.mono() + timeout;
  for (;;) {
    if (!answers_.empty()) {
      EVLOG_ASSERT(answers_.front().first == correlation);
      Buffer frame = std::move(answers_.front().second);
      answers_.pop_front();
      co_return frame;
    }
    if (!is_open() || !co_await changed_.wait_until(deadline)) co_return std::nullopt;
  }
}

}  // namespace evlog::cluster_test

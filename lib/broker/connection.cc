#include "broker/connection.h"

#include <algorithm>
#include <array>

#include "broker/handlers/handlers.h"
#include "wire/header.h"

namespace evlog::broker {
namespace {

constexpr size_t pieces_max = 64;                // answers sent with one call
constexpr uint64_t warm_step_bytes = 1_MiB;      // of a file, brought into memory before it is sent
constexpr uint64_t unsent_bytes_max = 1_MiB;      // answers waiting for a slow reader; then its requests wait
constexpr size_t grow_step_bytes = 1_MiB;        // a claimed length is believed this far; the rest when it has come
constexpr std::array<std::string_view, 5> http_methods = {"GET ", "POST", "PUT ", "HEAD", "OPTI"};
constexpr std::string_view http_answer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 67\r\n\r\n"
    "This is the Kafka port of evlog. It speaks the Kafka protocol only.\n";

}  // namespace

Connection::Connection(Broker& broker, std::unique_ptr<io::Stream> stream, Peer peer, MutableBytes scratch,
                       std::function<void(Connection&)> ended)
    : broker_(broker), stream_(std::move(stream)), peer_(std::move(peer)), scratch_(scratch), ended_(std::move(ended)),
      changed_(broker.loop) {
  ++broker_.metrics.connections;
  ++broker_.metrics.connections_opened;
}

Connection::~Connection() {
  nursery_.clear();
  --broker_.metrics.connections;
}

void Connection::start() {
  active_ = broker_.loop.mono();
  if (broker_.settings.connections_max_idle_ms > 0)
    broker_.loop.timers().arm(*this, active_ + milliseconds(broker_.settings.connections_max_idle_ms));
  nursery_.spawn(run());
}

// The timer is not re-armed on every request: it looks at the clock when it fires. A request in work is not idleness.
void Connection::expire() {
  const auto idle_max = milliseconds(broker_.settings.connections_max_idle_ms);
  const MonoTime now = broker_.loop.mono();
  if (unfinished_ > 0) active_ = now;
  if (now - active_ < idle_max) return broker_.loop.timers().arm(*this, active_ + idle_max);
  end("");
}

void Connection::end(std::string_view why) {
  if (over_) return;
  over_ = true;
  if (!why.empty())
    broker_.log('W', "connection", fmt::format("{}:{} on {}: {}; closed", peer_.host, stream_->peer().port, peer_.listener, why));
  ended_(*this);
}

io::task<> Connection::run() {
  while (!over_ && co_await receive()) {}
  // What was asked before the peer closed its side is still answered.
  while (!over_ && !slots_.empty()) co_await changed_.wait();
  end("");
}

io::task<bool> Connection::receive() {
  co_await stream_->readable();
  const auto got = stream_->try_recv(scratch_);
  if (!got || *got == 0) co_return false;
  if (*got == io::would_block) co_return true;
  active_ = broker_.loop.mono();
  broker_.metrics.bytes_in += *got;

  // The scratch buffer is shared by all connections: nothing of it may be looked at after a wait, so every frame is copied out
  // before the first of them begins.
  struct Whole { std::shared_ptr<Buffer> frame; };
  std::vector<Whole> frames;
  Buffer rest;
  Bytes in(scratch_.data(), *got);
  while (in.size() >= 4) {
    const auto length = load_be<int32_t>(in.data());
    const bool http = frames.empty() && std::ranges::find(http_methods, as_text(in.first(4))) != http_methods.end();
    if (http) co_return co_await refuse_http();
    if (!check_length(length)) co_return false;
    if (in.size() - 4 < static_cast<size_t>(length)) break;
    frames.push_back({std::make_shared<Buffer>(in.subspan(4, static_cast<size_t>(length)))});
    in = in.subspan(4 + static_cast<size_t>(length));
  }
  if (!in.empty()) rest = Buffer(in);

  for (auto& whole : frames) {
    const uint64_t size = whole.frame->size();
    Reservation memory = co_await broker_.budget.reserve(Share::receive, size);
    if (!co_await begin(std::move(whole.frame), std::move(memory))) co_return false;
  }
  if (rest.empty()) co_return true;
  while (rest.size() < 4) {  // even the length may come in pieces
    co_await stream_->readable();
    std::array<uint8_t, 4> more;
    const auto n = stream_->try_recv(MutableBytes(more).first(4 - rest.size()));
    if (!n || *n == 0) co_return false;
    if (*n != io::would_block) rest.append(Bytes(more).first(*n));
  }
  const auto length = load_be<int32_t>(rest.data());
  if (!check_length(length)) co_return false;
  co_return co_await receive_rest(static_cast<size_t>(length), rest.bytes().subspan(4));
}

bool Connection::check_length(int32_t length) {
  if (length > 0 && length <= broker_.settings.socket_request_max_bytes) return true;
  ++broker_.metrics.requests_malformed;
  end(fmt::format("frame of {} bytes (allowed: 1 to {}, socket.request.max.bytes)", length, broker_.settings.socket_request_max_bytes));
  return false;
}

io::task<bool> Connection::receive_rest(size_t length, Bytes first) {
  Reservation memory = co_await broker_.budget.reserve(Share::receive, length);
  auto frame = std::make_shared<Buffer>();
  // Memory follows what really arrives: a claim of 100 MiB costs its sender the bytes first.
  frame->reserve(std::min(length, std::max(grow_step_bytes, first.size())));
  frame->append(first);
  while (frame->size() < length) {
    co_await stream_->readable();
    if (frame->size() == frame->capacity()) frame->reserve(std::min(length, frame->capacity() * 2));
    const size_t have = frame->size();
    const size_t room = frame->capacity() - have;
    frame->resize(have + room);
    const auto got = stream_->try_recv(frame->mutable_bytes().subspan(have, room));
    frame->resize(have + (got && *got != io::would_block ? *got : 0));
    if (!got || *got == 0) co_return false;
    if (*got != io::would_block) broker_.metrics.bytes_in += *got;
    active_ = broker_.loop.mono();
  }
  co_return co_await begin(std::move(frame), std::move(memory));
}

io::task<bool> Connection::refuse_http() {
  ++broker_.metrics.requests_malformed;
  co_await send_pieces({as_bytes(http_answer)});
  end("an HTTP request on the Kafka port");
  co_return false;
}

io::task<bool> Connection::begin(std::shared_ptr<Buffer> frame, Reservation memory) {
  auto header = wire::decode_request_header(frame->bytes());
  if (!header) {
    ++broker_.metrics.requests_malformed;
    end(header.error().message);
    co_return false;
  }
  const RequestInfo info{header->api_key, header->api_version, header->correlation_id, header->client_id.value_or("")};
  const Api* api = find_api(info.api_key);
  const bool here = api && (peer_.controller_listener ? api->on_controller : api->on_broker);
  const bool version_ok = here && info.api_version >= api->min && info.api_version <= api->max;
  // ApiVersions in a version from the future is answered (KIP-511); every other one closes the connection, as in Kafka.
  if (!here || (!version_ok && info.api_key != 18)) {
    ++broker_.metrics.requests_malformed;
    end(fmt::format("request with API key {} version {}, which is not served on this listener", info.api_key, info.api_version));
    co_return false;
  }
  auto slot = std::make_unique<Slot>();
  slot->context = std::make_unique<Context>(broker_, peer_, info, frame, broker_.loop.mono());
  slot->context->memory = std::move(memory);
  slot->context->placed_event = &changed_;
  slot->api = api;
  slot->body = header->body;

  const auto in_flight_max = static_cast<size_t>(broker_.settings.in_flight_requests_max);
  while (!over_ && (slots_.size() >= in_flight_max || unsent_bytes_ > unsent_bytes_max || (!api->overlaps && unfinished_ > 0))) co_await changed_.wait();
  if (over_) co_return false;
  Slot& mine = *slot;
  slots_.push_back(std::move(slot));
  ++unfinished_;
  nursery_.spawn(handle(mine));
  // `mine` may be answered, sent and gone by now when it completed at once; the counter tells.
  const auto unplaced = [&] { return unfinished_ > 0 && !slots_.empty() && slots_.back().get() == &mine && !mine.done && !mine.context->is_placed(); };
  while (!over_ && (api->overlaps ? unplaced() : unfinished_ > 0)) co_await changed_.wait();
  co_return !over_;
}

io::task<> Connection::handle(Slot& slot) {
  auto answer = co_await slot.api->run(*slot.context, slot.body);
  if (!answer) {
    ++broker_.metrics.requests_malformed;
    end(fmt::format("request with API key {} version {}: {}", slot.context->info().api_key, slot.context->info().api_version, answer.error().message));
    co_return;
  }
  broker_.metrics.request_ns.record(static_cast<uint64_t>((broker_.loop.mono() - slot.context->started()).count()));
  ++broker_.metrics.requests;
  slot.answer = std::move(*answer);
  unsent_bytes_ += slot.answer->head.size();
  finish(slot);
}

void Connection::finish(Slot& slot) {
  slot.done = true;
  --unfinished_;
  slot.context->memory.release();
  changed_.notify_all();
  if (!sending_) {
    sending_ = true;
    nursery_.spawn(send_answers());
  }
}

io::task<> Connection::send_answers() {
  co_await broker_.loop.turn();  // everything answered in this turn leaves together
  while (!over_ && !slots_.empty() && slots_.front()->done) {
    std::vector<Bytes> pieces;
    size_t count = 0;
    bool closes = false;
    // Plain answers next in order go out with one call; one with file ranges goes alone.
    while (count < slots_.size() && count < pieces_max && slots_[count]->done && !closes) {
      Slot& slot = *slots_[count];
      if (slot.context->answered() && !slot.answer->splices.empty()) break;
      if (slot.context->answered()) pieces.push_back(slot.answer->head.bytes());
      closes = slot.context->closes();
      ++count;
    }
    bool sent = true;
    if (!pieces.empty()) sent = co_await send_pieces(std::move(pieces));
    else if (count == 0) { sent = co_await send(*slots_.front()->answer); count = 1; }
    if (!sent || closes) { end(""); break; }
    for (size_t i = 0; i < count; ++i) unsent_bytes_ -= slots_[i]->answer->head.size();
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(count));
    active_ = broker_.loop.mono();
    changed_.notify_all();
  }
  sending_ = false;
}

io::task<bool> Connection::send(const Answer& answer) {
  size_t from = 0;
  for (const auto& splice : answer.splices) {
    if (!co_await send_pieces({answer.head.bytes().subspan(from, splice.position - from)})) co_return false;
    if (!co_await send_range(splice.range)) co_return false;
    from = splice.position;
  }
  co_return co_await send_pieces({answer.head.bytes().subspan(from)});
}

io::task<bool> Connection::send_pieces(std::vector<Bytes> pieces) {
  std::span<Bytes> left(pieces);
  for (;;) {
    while (!left.empty() && left.front().empty()) left = left.subspan(1);
    if (left.empty()) co_return true;
    const auto sent = stream_->try_send(left);
    if (!sent) co_return false;
    if (*sent == io::would_block) {
      co_await stream_->writable();
      continue;
    }
    broker_.metrics.bytes_out += *sent;
    size_t taken = *sent;
    while (taken > 0) {
      const size_t part = std::min(taken, left.front().size());
      left.front() = left.front().subspan(part);
      taken -= part;
      if (left.front().empty()) left = left.subspan(1);
    }
  }
}

io::task<bool> Connection::send_range(const FileRange& range) {
  uint64_t position = range.position;
  uint32_t left = range.size;
  uint64_t warm_to = position;  // sendfile would wait for the device, and the loop with it
  while (left > 0) {
    if (position >= warm_to) {
      const uint64_t step = std::min<uint64_t>(left, warm_step_bytes);
      if (!co_await range.file->warm(position, step)) co_return false;
      warm_to = position + step;
    }
    const auto sent = stream_->try_send_file(*range.file, position, std::min<uint64_t>(left, warm_to - position));
    // A file shorter than promised was cut behind our back: the frame cannot be completed.
    if (!sent || *sent == 0) co_return false;
    if (*sent == io::would_block) {
      co_await stream_->writable();
      continue;
    }
    broker_.metrics.bytes_out += *sent;
    position += *sent;
    left -= static_cast<uint32_t>(*sent);
  }
  co_return true;
}

}  // namespace evlog::broker

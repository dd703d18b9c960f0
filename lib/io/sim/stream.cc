#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/sim/disk.h"
#include "io/sim/loop.h"
#include "io/sim/network.h"
#include "io/sim/world.h"

namespace evlog::io::sim {
namespace {

std::unexpected<Error> network_failure(int error) {
  return std::unexpected(Error{ErrorCode::NETWORK_EXCEPTION, ::strerror(error), error});
}

// Less than it could be, sometimes down to one byte.
size_t shortened(World& world, size_t count, uint64_t& counter) {
  if (count < 2 || !world.chance(world.knobs().short_transfer)) return count;
  ++counter;
  return 1 + world.random().below(world.chance(0.3) ? std::min<size_t>(count, 8) : count);
}

}  // namespace

bool Network::ById::operator()(Stream* a, Stream* b) const {
  const uint64_t x = a->connection().id(), y = b->connection().id();
  return x != y ? x < y : a->local().port < b->local().port;
}

Stream::Stream(Network& network, std::shared_ptr<Connection> connection, Connection::Side side)
    : network_(network), connection_(std::move(connection)), side_(side) {
  end().stream = this;
  network_.streams().insert(this);
}

Stream::~Stream() {
  EVLOG_ASSERT(!reader_ && !writer_);
  network_.streams().erase(this);
  connection_->close(side_, !end().node->powered);
}

io::Loop& Stream::loop() { return network_.owner(); }

Result<size_t> Stream::try_recv(MutableBytes into) {
  EVLOG_ASSERT(!into.empty());
  World& world = network_.owner().world();
  if (end().reset) return network_failure(ECONNRESET);
  if (end().unread_bytes() == 0) return end().ended ? 0 : would_block;
  const size_t count = shortened(world, std::min(into.size(), end().unread_bytes()), world.counters().short_receives);
  end().unread.copy(reinterpret_cast<char*>(into.data()), count, end().read);
  end().read += count;
  connection_->taken(side_);
  return count;
}

Result<size_t> Stream::try_send(std::span<const Bytes> pieces) {
  World& world = network_.owner().world();
  if (end().reset) return network_failure(EPIPE);
  std::string all;
  const size_t room = connection_->room(side_);
  for (const Bytes piece : pieces) {
    all += as_text(piece.first(std::min(piece.size(), room - all.size())));
    if (all.size() == room) break;
  }
  if (all.empty()) return room == 0 ? would_block : 0;
  all.resize(shortened(world, all.size(), world.counters().short_sends));
  connection_->send(side_, as_bytes(all));
  return all.size();
}

Result<size_t> Stream::try_send_file(io::File& file, uint64_t offset, size_t size) {
  const std::string& content = static_cast<File&>(file).content();
  if (offset >= content.size() || size == 0) return 0;
  const Bytes piece = as_bytes(content).subspan(offset, std::min<uint64_t>(size, content.size() - offset));
  return try_send({&piece, 1});
}

// As with a real poll: somebody is woken in the next turn, never inside the question.
void Stream::start(Readable& verb) {
  EVLOG_ASSERT(!reader_);
  reader_ = &verb;
  if (!has_something()) return;
  network_.owner().world().schedule(Duration::zero(), [connection = connection_, side = side_] {
    if (Stream* stream = connection->end(side).stream) stream->readable_now();
  });
}

void Stream::start(Writable& verb) {
  EVLOG_ASSERT(!writer_);
  writer_ = &verb;
  if (!end().reset && connection_->room(side_) == 0) return;
  network_.owner().world().schedule(Duration::zero(), [connection = connection_, side = side_] {
    if (Stream* stream = connection->end(side).stream) stream->writable_now();
  });
}

void Stream::readable_now() {
  if (reader_) std::exchange(reader_, nullptr)->complete(true);
}

void Stream::writable_now() {
  if (writer_) std::exchange(writer_, nullptr)->complete(true);
}

}  // namespace evlog::io::sim

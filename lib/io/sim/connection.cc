#include "io/sim/connection.h"

#include <algorithm>

#include "io/sim/network.h"
#include "io/sim/world.h"

namespace evlog::io::sim {

Connection::Connection(World& world, uint64_t id, Node& client_node, Address client_address, Node& server_node, Address server_address)
    : world_(world), id_(id), ends_{{&client_node, std::move(client_address)}, {&server_node, std::move(server_address)}} {}

size_t Connection::room(Side from) const {
  const End& to = ends_[other(from)];
  const size_t used = to.in_flight + to.unread_bytes();
  return world_.knobs().window_bytes - std::min(world_.knobs().window_bytes, used);
}

void Connection::send(Side from, Bytes data) {
  world_.journal().mix(data);
  ends_[other(from)].in_flight += data.size();
  transmit(other(from), {{}, std::string(as_text(data)), Kind::bytes});
}

// Nothing overtakes within a direction, so every segment arrives no earlier than the one before.
void Connection::transmit(Side to, Segment segment) {
  segment.arrives = std::max(arrival_last_[to], world_.now() + world_.latency());
  arrival_last_[to] = segment.arrives;
  world_.schedule_at(segment.arrives, [self = shared_from_this(), to] { self->arrive(to); });
  towards_[to].push_back(std::move(segment));
}

void Connection::arrive(Side at) {
  const Duration blocked = world_.blocked_until(*ends_[other(at)].node, *ends_[at].node);
  if (blocked > world_.now() && !towards_[at].empty()) {
    // Sent again once the link is back; those behind wait for it.
    world_.schedule_at(blocked + world_.latency(), [self = shared_from_this(), at] { self->arrive(at); });
    return;
  }
  while (!towards_[at].empty() && towards_[at].front().arrives <= world_.now()) {
    Segment segment = std::move(towards_[at].front());
    towards_[at].pop_front();
    deliver(at, std::move(segment));
  }
}

void Connection::deliver(Side at, Segment segment) {
  End& end = ends_[at];
  end.in_flight -= segment.data.size();
  if (segment.kind == Kind::breaking) return break_end(at);
  if (end.gone) {
    // Nobody is here: a machine that runs says so, a dead one does not.
    if (end.silent && !end.node->powered) end.in_flight += segment.data.size();
    else if (segment.kind == Kind::bytes) transmit(other(at), {{}, {}, Kind::breaking});
    return;
  }
  if (end.reset || end.cut) return;
  if (segment.kind == Kind::ending) {
    end.ended = true;
  } else {
    const bool breaks = world_.chance(world_.knobs().reset);
    end.cut = breaks;
    if (breaks) segment.data.resize(world_.random().below(segment.data.size() + 1));
    end.unread += segment.data;
    if (breaks) abort();
  }
  if (end.stream) end.stream->readable_now();
}

void Connection::break_end(Side side) {
  End& end = ends_[side];
  if (end.gone || end.reset) return;
  end.reset = true;
  end.unread.clear();
  end.read = 0;
  ++world_.counters().resets;
  if (end.stream) end.stream->readable_now(), end.stream->writable_now();
}

void Connection::abort() {
  world_.note("network", "connection {} is reset", id_);
  for (const Side side : {client, server}) transmit(side, {{}, {}, Kind::breaking});
}

void Connection::close(Side from, bool by_power_cut) {
  End& end = ends_[from];
  end.stream = nullptr;
  end.gone = true;
  end.silent = by_power_cut;
  if (by_power_cut) {
    ++world_.counters().silent_peers;
    return;
  }
  // Closing with unread bytes tells the peer that they were lost, as TCP does.
  if (!end.reset) transmit(other(from), {{}, {}, end.unread_bytes() || end.in_flight ? Kind::breaking : Kind::ending});
}

void Connection::taken(Side by) {
  End& end = ends_[by];
  if (end.read == end.unread.size()) end.unread.clear(), end.read = 0;
  if (end.read > 64 << 10) end.unread.erase(0, end.read), end.read = 0;
  const Side sender = other(by);
  if (!ends_[sender].stream) return;
  world_.schedule(world_.latency(), [self = shared_from_this(), sender] {
    Stream* stream = self->ends_[sender].stream;
    if (stream && self->room(sender) > 0) stream->writable_now();
  });
}

}  // namespace evlog::io::sim

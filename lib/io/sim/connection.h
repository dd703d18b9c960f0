// Connection: one byte stream between two nodes. Each direction is a queue of segments with a time of arrival, in order; what was
// sent and not yet read is bounded by the window. It breaks by reset, falls silent by power loss, and ends by closing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "io/stream.h"
#include "io/sim/node.h"

namespace evlog::io::sim {

class Stream;

// Shared by its two streams and by the segments on their way: either end may be gone before the other, or before the segments.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum Side { client = 0, server = 1 };
  static Side other(Side side) { return side == client ? server : client; }

  Connection(World& world, uint64_t id, Node& client_node, Address client_address, Node& server_node, Address server_address);

  struct End {
    Node* node;
    Address address;
    Stream* stream = nullptr;       // once somebody holds it
    bool gone = false;              // closed by its owner
    bool silent = false;            // died with its machine: answers nothing, not even a reset
    std::string unread;
    size_t read = 0;                // of `unread`
    bool ended = false;             // the peer closed and all of it has arrived
    bool cut = false;               // the rest of what was sent is lost: a reset is on its way
    bool reset = false;
    size_t in_flight = 0;           // bytes on the way to this end
    size_t unread_bytes() const { return unread.size() - read; }
  };
  End& end(Side side) { return ends_[side]; }
  uint64_t id() const { return id_; }

  void open_from(Side side, Duration at) { arrival_last_[side] = at; }  // nothing arrives there before
  size_t room(Side from) const;                   // bytes the window still takes
  void send(Side from, Bytes data);
  void close(Side from, bool by_power_cut);       // the owner let go
  void abort();                                   // both ends see a reset, soon
  void taken(Side by);                            // bytes were read there: the other end may send again

 private:
  enum class Kind { bytes, ending, breaking };
  struct Segment { Duration arrives; std::string data; Kind kind; };
  void transmit(Side to, Segment segment);
  void arrive(Side at);
  void deliver(Side at, Segment segment);
  void break_end(Side side);

  World& world_;
  const uint64_t id_;
  End ends_[2];
  std::deque<Segment> towards_[2];
  Duration arrival_last_[2]{};
};

}  // namespace evlog::io::sim

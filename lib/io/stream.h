// Stream: one end of an ordered byte connection, by readiness: wait until something can be done, then do as much as goes
// without waiting. No buffer is ever lent out, so a cancelled wait leaves nothing behind and an idle connection holds no memory.
// Owned by one connection. Destroying it closes it. A Listener gives accepted Streams.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/wait.h"

namespace evlog::io {

class File;
class Loop;

struct Address {
  std::string host;   // a name or a literal address; "" and "0.0.0.0" / "::" mean every interface
  uint16_t port = 0;  // 0 when listening: any free one
  bool operator==(const Address&) const = default;
  std::string text() const;  // "127.0.0.1:9092", "[::1]:9092"
};

inline constexpr size_t would_block = SIZE_MAX;

struct ReadableRequest {};
struct WritableRequest {};
struct AcceptableRequest {};
struct ConnectRequest { Address to; };

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Loop& loop() = 0;

  using Readable = Verb<Stream, ReadableRequest, bool>;
  using Writable = Verb<Stream, WritableRequest, bool>;
  Readable readable() { return Readable(*this, {}); }  // also completes when the peer closed or reset
  Writable writable() { return Writable(*this, {}); }

  // Bytes moved, 0 = the peer closed its side, would_block = wait for readable() first.
  virtual Result<size_t> try_recv(MutableBytes into) = 0;
  // Bytes taken of all pieces together (may stop anywhere), or would_block.
  virtual Result<size_t> try_send(std::span<const Bytes> pieces) = 0;
  // The same from a file, without passing through user memory where the system can. Fewer bytes than asked is normal;
  // 0 means that the file ends before `offset`.
  virtual Result<size_t> try_send_file(File& file, uint64_t offset, size_t size) = 0;

  virtual Address local() const = 0;
  virtual Address peer() const = 0;

  virtual void start(Readable& verb) = 0;
  virtual void start(Writable& verb) = 0;
  virtual void cancel(Readable& verb) = 0;
  virtual void cancel(Writable& verb) = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual Loop& loop() = 0;
  virtual Address address() const = 0;  // with the port really taken

  using Acceptable = Verb<Listener, AcceptableRequest, bool>;
  Acceptable acceptable() { return Acceptable(*this, {}); }
  virtual Result<std::unique_ptr<Stream>> try_accept() = 0;  // null: nobody is waiting. EMFILE and the like are errors.

  virtual void start(Acceptable& verb) = 0;
  virtual void cancel(Acceptable& verb) = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual Loop& loop() = 0;

  // Errors carry errno in os_error (EADDRINUSE, EACCES, ...).
  virtual Result<std::unique_ptr<Listener>> listen(const Address& at) = 0;

  using Connect = Verb<Network, ConnectRequest, Result<std::unique_ptr<Stream>>>;
  Connect connect(Address to) { return Connect(*this, {std::move(to)}); }
  virtual void start(Connect& verb) = 0;
  virtual void cancel(Connect& verb) = 0;
};

}  // namespace evlog::io

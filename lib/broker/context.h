// Context: one request on its way. Owned by the connection that received it, it lives until its answer is queued; everything
// a handler says to the rest of the server goes through it. Handlers are `io::task<Response>(Context&, const Request&)`.
//
// After every co_await a handler checks again what it believed before: the Image may be a newer one, a partition may be gone.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/auth.h"
#include "base/bytes.h"
#include "base/time.h"
#include "broker/memory.h"
#include "cluster/image.h"
#include "io/disk.h"
#include "io/stream.h"
#include "io/wait.h"

namespace evlog::broker {

struct Broker;

// What is known of a connection; lives as long as the connection.
struct Peer {
  auth::Principal principal;
  std::string listener;          // the name of the listener it came in by, "PLAINTEXT"
  std::string host;              // "127.0.0.1"; groups record it as "/127.0.0.1"
  io::Address local;             // the address the client reached
  std::string software_name;     // from ApiVersions, else "unknown"
  std::string software_version;
  uint64_t connection_id = 0;
  bool controller_listener = false;
};

// A range of a file that goes into an answer without passing through memory. The file is shared because the segment may be
// deleted while the answer is still being sent.
struct FileRange {
  std::shared_ptr<io::File> file;
  uint64_t position = 0;
  uint32_t size = 0;
};

struct RequestInfo {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::string_view client_id;    // "" when null; a view into the frame
};

class Context {
 public:
  Context(Broker& broker, const Peer& peer, RequestInfo info, std::shared_ptr<Buffer> frame, MonoTime started);

  Broker& broker() { return broker_; }
  const Peer& peer() const { return peer_; }
  const RequestInfo& info() const { return info_; }
  int16_t version() const { return info_.api_version; }
  MonoTime started() const { return started_; }     // when the whole frame was here
  MonoTime deadline(int32_t timeout_ms) const { return started_ + milliseconds(timeout_ms); }

  // The newest image; the pointer keeps names in an answer alive, so answers may hold views into it (it is kept until the answer is encoded).
  const cluster::Image& image();

  // Asked exactly where and in the order Kafka asks.
  bool authorize(auth::Operation operation, auth::ResourceType type, std::string_view name);
  int32_t authorized_operations(auth::ResourceType type, std::string_view name);

  // Owns a text until the answer is encoded and gives the view for the answer.
  std::string_view keep(std::string text);

  // The received bytes may be rewritten in place (offsets of produced batches). `view` must lie inside the frame.
  MutableBytes in_frame(Bytes view);
  // Shared because batches are written from the frame: it lives until both the connection and the log are done with it.
  const std::shared_ptr<Buffer>& frame() const { return frame_; }

  int32_t attach(FileRange range);                  // for wire::Records::attachment
  std::vector<FileRange>& attachments() { return attachments_; }

  void no_answer() { answered_ = false; }           // acks=0
  bool answered() const { return answered_; }
  void close_after() { close_ = true; }             // acks=0 with an error: Kafka closes the connection
  bool closes() const { return close_; }

  // Produce only: everything has its place in its partitions' queues, the next request of this connection may begin.
  void placed();
  bool is_placed() const { return placed_; }
  io::Event* placed_event = nullptr;                // set by the connection

  // Quotas come later; the cost is recorded here and the answer's throttle_time_ms is what this returns.
  int32_t throttle(uint64_t cost_bytes);
  // One line for the audit log once there is one; today it counts.
  void audit(bool allowed, auth::Operation operation, auth::ResourceType type, std::string_view name);

  Reservation memory;                               // the frame's bytes

 private:
  Broker& broker_;
  const Peer& peer_;
  RequestInfo info_;
  std::shared_ptr<Buffer> frame_;
  MonoTime started_;
  std::vector<std::shared_ptr<const cluster::Image>> images_;
  std::deque<std::string> texts_;
  std::vector<FileRange> attachments_;
  bool answered_ = true;
  bool close_ = false;
  bool placed_ = false;
};

}  // namespace evlog::broker

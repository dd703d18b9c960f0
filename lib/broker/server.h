// Server: one broker process put together: directories, metadata log, partitions, coordinators, listeners. Owned by
// `evlog serve` or by a simulated node; destroying it without stop() is a crash: every coroutine dies where it stands.
//
// start(), in order: lock and read the log directories (formatting empty ones) - open the metadata log and lead it - register
// this broker - recover the partitions - a new leader epoch for each after an unclean stop - open the listeners - ready.
// stop(): no new connections, requests in work finish (bounded by evlog.shutdown.timeout.ms), flush, checkpoints, clean mark.
// Every error of start() says what was wrong and, in `hint`, how to mend it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/auth.h"
#include "base/result.h"
#include "broker/acceptor.h"
#include "broker/broker.h"
#include "config/config.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace evlog::broker {

// Why a server did not start; `serve` turns it into an exit code and two lines.
struct StartError {
  enum class Kind { busy_address, locked_directory, unusable_directory, foreign_cluster, bad_config, corrupt, other };
  Kind kind = Kind::other;
  std::string message;   // "127.0.0.1:9092 is already in use"
  std::string subject;   // the address or path it is about
  std::string hint;
};

struct ServerOptions {
  config::Config config;                  // loaded layers
  LogLine log;
  auth::Authorizer* authorizer = nullptr; // allows all when null
  bool insecure_listen = false;
};

class Server {
 public:
  static io::task<std::expected<std::unique_ptr<Server>, StartError>> start(io::Loop& loop, ServerOptions options);
  virtual ~Server() = default;

  virtual io::task<Result<void>> stop() = 0;
  // Completes when the server cannot go on (the metadata log's directory failed): the process exits 1 with this message.
  virtual io::task<std::string> failed() = 0;

  virtual std::vector<BoundListener> listeners() const = 0;  // with the ports really taken
  virtual Broker& broker() = 0;
};

}  // namespace evlog::broker

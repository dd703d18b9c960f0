// broker: one server put together from the modules below it.
//
//   server.h        Server: starts and stops everything in order; listeners and their accept loops
//   broker.h        Broker: what a request can reach (image, partitions, controller, coordinators, budget, metrics)
//   connection.h    Connection: frames in, answers out, in order
//   dispatch.h      the table of APIs: versions, listeners, handler; ApiVersions is derived from it
//   context.h       Context: one request on its way
//   handlers/       one file per API
//   partitions.h    Partitions: the partitions hosted here, kept equal to the image
//   controller.h    Controller: decides about topics, brokers and producer ids; records for the quorum
//
// Wiring lives in server.cc; handlers know only Context and Broker. Everything runs on one loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "auth/auth.h"
#include "base/metrics.h"
#include "base/strong.h"
#include "broker/loggers.h"
#include "broker/memory.h"
#include "cluster/image.h"
#include "config/broker_config.h"
#include "config/store.h"
#include "io/loop.h"

namespace evlog::quorum { class Quorum; }

namespace evlog::broker {

class Controller;
class FetchSessions;
class GroupCoordinator;
class Partitions;
class ProducerIds;

// One line for the server's log: level 'D', 'I', 'W' or 'E'. Rate limits and colours are the receiver's business.
using LogLine = std::function<void(char level, std::string_view module, std::string_view text)>;

// Owned by Server; references stay valid while any request runs.
struct Broker {
  io::Loop& loop;
  const config::Config& config;          // all layers with origins
  config::BrokerConfig settings;         // parsed; the dynamic ones among them follow the image
  Metrics& metrics;
  Budget& budget;
  auth::Authorizer& authorizer;
  LogLine log;                           // lets pass what `loggers` say
  Loggers loggers = {};

  BrokerId id{1};
  std::string cluster_id;
  int64_t epoch = -1;                    // of this registration

  quorum::Quorum* quorum = nullptr;
  Controller* controller = nullptr;
  Partitions* partitions = nullptr;
  GroupCoordinator* groups = nullptr;
  FetchSessions* fetch_sessions = nullptr;
  ProducerIds* producer_ids = nullptr;

  cluster::ImagePtr image() const;
};

}  // namespace evlog::broker

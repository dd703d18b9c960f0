// ProducerIds: gives out producer ids from blocks that the controller made durable first, so that no id is ever given twice,
// whatever crashes in between. Owned by the server, used on its loop.
#pragma once

#include "base/result.h"
#include "broker/broker.h"
#include "io/task.h"
#include "log/mutex.h"

namespace evlog::broker {

class ProducerIds {
 public:
  explicit ProducerIds(Broker& broker) : broker_(broker), taking_(broker.loop) {}
  io::task<Result<ProducerId>> next();

 private:
  Broker& broker_;
  log::Mutex taking_;
  int64_t next_ = 0;
  int64_t end_ = 0;   // of the block; what is left of it at a stop is never used
};

}  // namespace evlog::broker

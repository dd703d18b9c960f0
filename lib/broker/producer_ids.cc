#include "broker/producer_ids.h"

#include "broker/controller.h"

namespace evlog::broker {

io::task<Result<ProducerId>> ProducerIds::next() {
  const auto turn = co_await taking_.lock();
  if (next_ == end_) {
    const auto first = co_await broker_.controller->allocate_producer_ids();
    if (!first) co_return fail(first.error());
    next_ = *first;
    end_ = *first + producer_ids_block_size;
  }
  co_return ProducerId(next_++);
}

}  // namespace evlog::broker

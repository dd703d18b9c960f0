// Messages with random content, for round trips and differential tests. The same seed gives the same message.
#pragma once

#include "base/random.h"
#include "wire/message.h"
#include "wire/storage.h"

namespace evlog::wire {

void randomize(const Type& type, void* message, int16_t version, Random& random, Storage& storage);

template <Described X>
void randomize(X& message, int16_t version, Random& random, Storage& storage) {
  randomize(type_of(&message), &message, version, random, storage);
}

}  // namespace evlog::wire

#include "cluster/scene.h"

namespace evlog::cluster_test {

// Retriable, as the protocol says; but a batch that arrives damaged was damaged by us.
bool may_retry(ErrorCode code) { return error_retriable(code) && code != ErrorCode::CORRUPT_MESSAGE; }

}  // namespace evlog::cluster_test

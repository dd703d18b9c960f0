// errno as an Error. The words are the system's; the caller puts the path or the peer in front.
#pragma once

#include <cstring>
#include <string>

#include "base/result.h"

namespace evlog::io::uv {

inline Error os_error(ErrorCode code, int error) { return Error{code, ::strerror(error), error}; }
inline std::unexpected<Error> disk_failure(int error) { return std::unexpected(os_error(ErrorCode::KAFKA_STORAGE_ERROR, error)); }
inline std::unexpected<Error> network_failure(int error) { return std::unexpected(os_error(ErrorCode::NETWORK_EXCEPTION, error)); }

}  // namespace evlog::io::uv

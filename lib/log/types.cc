#include "log/types.h"

#include <cerrno>

namespace evlog::log {

bool is_disk_full(const Error& error) { return error.os_error == ENOSPC || error.os_error == EDQUOT; }

bool is_shortage(const Error& error) {
  return is_disk_full(error) || error.os_error == EMFILE || error.os_error == ENFILE || error.os_error == ENOMEM;
}

}  // namespace evlog::log

// Changes to files that a power cut leaves done or not done: what evlog repair works with. Nothing here deletes.
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "evlog/failure.h"

namespace evlog::cmd {

// All of these are on the disk when they return.
Expected<void> replace_file(const std::filesystem::path& path, const std::vector<Bytes>& pieces);      // by a rename
Expected<void> write_into_file(const std::filesystem::path& path, uint64_t position, Bytes bytes);
Expected<void> cut_file(const std::filesystem::path& path, uint64_t size_bytes);
Expected<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

// The same name, with a dot and a number behind it when something has that name already.
std::filesystem::path free_name(const std::filesystem::path& path);

// The lock of a data directory, as servers take it. A failure names the process that holds it.
class DirectoryLock {
 public:
  static Expected<DirectoryLock> take(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace evlog::cmd

#include "evlog/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evlog::cmd {

Expected<MappedFile> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status)) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return failure(exit_code::missing, "", "cannot read {}: {}", path, std::strerror(error));
  }
  MappedFile file;
  const auto size = static_cast<size_t>(status.st_size);
  void* const data = size ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
  const int error = errno;
  ::close(fd);
  if (data == MAP_FAILED) return failure(exit_code::failed, "", "cannot map {}: {}", path, std::strerror(error));
  if (data) file.bytes_ = {static_cast<const uint8_t*>(data), size};
  return file;
}

MappedFile::~MappedFile() {
  if (bytes_.data()) ::munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace evlog::cmd

// A file of the log mapped for reading.
#pragma once

#include <string>

#include "base/bytes.h"
#include "evlog/failure.h"

namespace evlog::cmd {

class MappedFile {
 public:
  static Expected<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& o) noexcept : bytes_(std::exchange(o.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& o) noexcept { return std::swap(bytes_, o.bytes_), *this; }
  ~MappedFile();
  Bytes bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  Bytes bytes_;
};

}  // namespace evlog::cmd

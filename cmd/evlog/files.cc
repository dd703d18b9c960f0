#include "evlog/files.h"

#include <fstream>

namespace evlog::cmd {

// By read(), which says of a directory that it cannot be read; the iterators of a stream throw there.
std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string out, block(64 << 10, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) out.append(block, 0, static_cast<size_t>(file.gcount()));
  if (!file.eof()) return std::nullopt;
  return out;
}

}  // namespace evlog::cmd

#include "io/disk_util.h"

#include <array>

#include "io/loop.h"

namespace evlog::io {

std::string parent_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

task<Result<Buffer>> read_file(Disk& disk, std::string path, uint64_t bytes_max) {
  auto file = co_await disk.open(path, OpenMode::read);
  if (!file) co_return fail(std::move(file.error()), "{}", path);
  const uint64_t size = (*file)->size();
  if (size > bytes_max) co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{}: {} bytes, more than the {} allowed", path, size, bytes_max);
  Buffer content(size);
  const auto got = co_await (*file)->read(0, content.mutable_bytes());
  if (!got) co_return fail(got.error(), "{}", path);
  content.resize(*got);
  co_return content;
}

task<Result<bool>> write_file_atomically(Disk& disk, std::string path, std::string content) {
  const std::string temporary = path + ".tmp";
  {
    auto file = co_await disk.open(temporary, OpenMode::replace);
    if (!file) co_return fail(std::move(file.error()), "{}", temporary);
    const std::array<Bytes, 1> pieces{as_bytes(content)};
    if (auto done = co_await (*file)->write(0, pieces); !done) co_return fail(done.error(), "{}", temporary);
    if (auto done = co_await (*file)->sync(); !done) co_return fail(done.error(), "{}", temporary);
  }
  if (auto done = co_await disk.rename(temporary, path); !done) co_return fail(done.error(), "{}", path);
  co_return co_await disk.sync_dir(parent_path(path));
}

task<Result<bool>> remove_tree(Disk& disk, std::string path) {
  auto entries = co_await disk.list(path);
  if (!entries) co_return fail(entries.error(), "{}", path);
  for (const auto& entry : *entries) {
    const std::string child = path + "/" + entry.name;
    auto done = entry.is_directory ? co_await remove_tree(disk, child) : co_await disk.remove(child);
    if (!done) co_return done;
  }
  co_return co_await disk.remove(path);
}

}  // namespace evlog::io

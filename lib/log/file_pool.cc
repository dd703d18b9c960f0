#include "log/file_pool.h"

namespace evlog::log {

SharedFile FilePool::find(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->file;
}

io::task<Result<SharedFile>> FilePool::open(std::string path, io::OpenMode mode) {
  if (mode == io::OpenMode::replace || mode == io::OpenMode::create_new) {
    forget(path);
  } else if (auto file = find(path)) {
    co_return file;
  }
  auto opened = co_await disk_.open(path, mode);
  if (!opened) co_return fail(std::move(opened.error()), "{}", path);
  // Somebody else may have opened it meanwhile: one file has one handle here.
  if (mode != io::OpenMode::replace) {
    if (auto file = find(path)) co_return file;
  }
  forget(path);
  SharedFile file = std::move(*opened);
  recent_.push_front({path, file});
  files_[path] = recent_.begin();
  evict();
  co_return file;
}

void FilePool::forget(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  recent_.erase(found->second);
  files_.erase(found);
}

// From the end, files that nobody else holds; those in use stay, so the bound can be passed for a moment.
void FilePool::evict() {
  auto it = recent_.end();
  while (files_.size() > open_max_ && it != recent_.begin()) {
    --it;
    if (it->file.use_count() > 1) continue;
    files_.erase(it->path);
    it = recent_.erase(it);
  }
}

}  // namespace evlog::log

#include "evlog/inspect/wal_file.h"

#include "evlog/mapped_file.h"
#include "io/uv/uv.h"
#include "log/meta_properties.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

Result<Uuid> directory_id(const fs::path& directory) {
  const auto file = MappedFile::open((directory / "meta.properties").string());
  if (!file) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{}", file.error().message);
  const auto meta = log::parse_meta_properties(as_text(file->bytes()));
  if (!meta) return fail(meta.error(), "meta.properties");
  return meta->directory_id;
}

io::task<Result<std::vector<log::WalReader::Frame>>> read_frames(io::Loop& loop, std::string path, Uuid id) {
  log::WalReader reader(path);
  std::vector<log::WalReader::Frame> out;
  const auto there = co_await reader.open(loop.disk(), id);
  if (!there) co_return fail(there.error());
  while (*there) {
    auto frame = co_await reader.next();
    if (!frame) co_return fail(frame.error());
    if (!*frame) break;
    out.push_back(std::move(**frame));
  }
  co_return out;
}

}  // namespace

Result<std::vector<log::WalReader::Frame>> read_wal(const fs::path& path) {
  const auto id = directory_id(path.parent_path());
  if (!id) return fail(id.error());
  io::uv::Loop loop;
  auto frames = loop.run(read_frames(loop, path.string(), *id));
  if (!frames) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{} could not be read", path.string());
  return std::move(*frames);
}

Result<std::optional<log::WalRedone>> redo_wal(const fs::path& directory) {
  std::error_code error;
  const bool there = fs::exists(directory / "evlog-wal-0", error) || fs::exists(directory / "evlog-wal-1", error);
  if (!there || fs::exists(directory / ".kafka_cleanshutdown", error)) return std::optional<log::WalRedone>();
  const auto id = directory_id(directory);
  if (!id) return fail(id.error());
  io::uv::Loop loop;
  auto redone = loop.run(log::redo_wal(loop, directory.string(), *id, true));
  if (!redone) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{} could not be read", directory.string());
  if (!*redone) return fail(redone->error());
  return std::optional(std::move(**redone));
}

}  // namespace evlog::cmd

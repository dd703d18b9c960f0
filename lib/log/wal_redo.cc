// Happy path: read the older file, then the newer one - for each partition with frames: check that they are its - write what its
// newest segment does not have, in order - sync - remove the write-ahead files.
// Ways to fail: a write-ahead file that is damaged, foreign or newer (nothing is touched); the device fails.
#include "log/wal_redo.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/file_names.h"
#include "log/offset_checkpoint.h"
#include "log/wal.h"
#include "record/record.h"

namespace evlog::log {
namespace {

// With more partitions than this, one sync of the whole file system is quicker than one for each file.
constexpr size_t files_synced_max = 64;

class Redo {
 public:
  Redo(io::Loop& loop, std::string directory) : loop_(loop), directory_(std::move(directory)) {}

  io::task<Result<void>> read(Uuid directory_id);
  io::task<Result<void>> apply();
  WalRedone take() { return std::move(redone_); }

 private:
  struct Piece { size_t reader; uint64_t segment_base, position, content_at; uint32_t bytes; uint64_t commit; };
  using Key = std::pair<std::string, Uuid>;

  io::task<Result<void>> apply_to(const std::string& partition, Uuid topic_id, const std::vector<Piece>& pieces);
  io::task<Result<bool>> is_topic(const std::string& path, Uuid topic_id);
  io::task<Result<std::optional<Offset>>> newest_segment(const std::string& path);
  io::task<Result<bool>> begins_with_another_batch(io::File& file, uint64_t position, Bytes ours);
  io::task<Result<bool>> restore(io::File& file, const std::string& path, const Piece& piece);

  io::Loop& loop_;
  std::string directory_;
  std::vector<std::unique_ptr<WalReader>> readers_;
  std::map<Key, std::vector<Piece>> pieces_;
  WalRedone redone_;
};

io::task<Result<void>> Redo::read(Uuid directory_id) {
  for (const auto name : wal_file_names) {
    auto reader = std::make_unique<WalReader>(directory_ + "/" + std::string(name));
    const auto there = co_await reader->open(loop_.disk(), directory_id);
    if (!there) co_return fail(there.error());
    if (*there) readers_.push_back(std::move(reader));
  }
  std::ranges::sort(readers_, {}, [](const auto& reader) { return reader->generation(); });
  for (size_t i = 0; i < readers_.size(); ++i) {
    for (;;) {
      auto frame = co_await readers_[i]->next();
      if (!frame) co_return fail(std::move(frame.error()));
      if (!*frame) break;
      const auto& place = (*frame)->place;
      ++redone_.frames;
      redone_.bytes += (*frame)->content_bytes;
      pieces_[{place.partition, place.topic_id}].push_back(
          {i, static_cast<uint64_t>(place.segment_base.value()), place.position, (*frame)->content_at, (*frame)->content_bytes, (*frame)->commit});
    }
  }
  // A file may have been made long before its first frame: which frame came first is told by the commits alone.
  for (auto& [key, pieces] : pieces_) std::ranges::sort(pieces, {}, [](const Piece& piece) { return std::pair(piece.commit, piece.content_at); });
  co_return Result<void>{};
}

io::task<Result<void>> Redo::apply() {
  for (const auto& [key, pieces] : pieces_) {
    if (auto done = co_await apply_to(key.first, key.second, pieces); !done) co_return done;
  }
  if (pieces_.size() <= files_synced_max) co_return Result<void>{};
  auto whole = loop_.disk().file_system(directory_);
  if (!whole) co_return fail(std::move(whole.error()), "{}", directory_);
  if (auto done = co_await (*whole)->sync_all(); !done) co_return fail(std::move(done.error()), "{}", directory_);
  co_return Result<void>{};
}

// A directory tells its topic before a record in it can be acknowledged.
io::task<Result<bool>> Redo::is_topic(const std::string& path, Uuid topic_id) {
  constexpr uint64_t bytes_max = 64_KiB;
  const auto text = co_await io::read_file(loop_.disk(), path + "/" + std::string(partition_metadata_file), bytes_max);
  if (!text && text.error().os_error != ENOENT) co_return fail(text.error());
  if (!text) co_return topic_id.is_zero();
  const auto metadata = parse_partition_metadata(as_text(*text));
  co_return metadata && (topic_id.is_zero() || metadata->topic_id == topic_id);
}

io::task<Result<std::optional<Offset>>> Redo::newest_segment(const std::string& path) {
  const auto entries = co_await loop_.disk().list(path);
  if (!entries && entries.error().os_error == ENOENT) co_return std::optional<Offset>{};
  if (!entries) co_return fail(entries.error(), "{}", path);
  std::optional<Offset> newest;
  for (const auto& entry : *entries) {
    const auto base = parse_segment_file_name(entry.name, suffix_log);
    if (base && (!newest || *base > *newest)) newest = base;
  }
  co_return newest;
}

io::task<Result<void>> Redo::apply_to(const std::string& partition, Uuid topic_id, const std::vector<Piece>& pieces) {
  const std::string path = directory_ + "/" + partition;
  const auto newest = co_await newest_segment(path);
  if (!newest) co_return fail(newest.error());
  if (!*newest) co_return Result<void>{};
  const auto same = co_await is_topic(path, topic_id);
  if (!same) co_return fail(same.error());
  if (!*same) co_return Result<void>{};
  const std::string log = path + "/" + segment_file_name(**newest, suffix_log);
  auto file = co_await loop_.disk().open(log, io::OpenMode::write);
  if (!file) co_return fail(std::move(file.error()), "{}", log);
  for (const Piece& piece : pieces) {
    if (piece.segment_base != static_cast<uint64_t>((*newest)->value())) continue;
    const auto go_on = co_await restore(**file, log, piece);
    if (!go_on) co_return fail(go_on.error(), "{}", log);
    if (!*go_on) break;
  }
  if (pieces_.size() > files_synced_max) co_return Result<void>{};
  if (auto done = co_await (*file)->sync(); !done) co_return fail(std::move(done.error()), "{}", log);
  co_return Result<void>{};
}

// A whole one, with the right checksum.
io::task<Result<bool>> Redo::begins_with_another_batch(io::File& file, uint64_t position, Bytes ours) {
  uint8_t head[record::header_size];
  const auto got = co_await file.read(position, head);
  if (!got) co_return fail(got.error());
  if (*got < sizeof head) co_return false;
  const auto length = load_be<int32_t>(head + record::at::batch_length);
  if (length < 0 || position + record::length_end + static_cast<uint64_t>(length) > file.size()) co_return false;
  Buffer whole(record::length_end + static_cast<size_t>(length));
  const auto read = co_await file.read(position, whole.mutable_bytes());
  if (!read) co_return fail(read.error());
  const auto batch = record::parse_batch(whole.bytes().first(*read));
  if (!batch || !batch->check_crc()) co_return false;
  // The first bytes of ours may have been lost with the sector before: no checksum covers them.
  const auto covered = [](Bytes bytes) { return bytes.subspan(std::min(bytes.size(), record::at::crc)); };
  co_return !std::ranges::equal(covered(batch->bytes()), covered(ours.first(std::min(batch->bytes().size(), ours.size()))));
}

// False when the file is not as this log left it.
io::task<Result<bool>> Redo::restore(io::File& file, const std::string& path, const Piece& piece) {
  const auto content = co_await readers_[piece.reader]->content(piece.content_at, piece.bytes);
  if (!content) co_return fail(content.error());
  Buffer present(piece.bytes);
  const auto got = co_await file.read(piece.position, present.mutable_bytes());
  if (!got) co_return fail(got.error());
  const Bytes there = present.bytes().first(*got);
  if (std::ranges::equal(there, content->bytes())) co_return true;
  if (file.size() < piece.position) {
    redone_.notes.push_back(fmt::format("{} ends at {}, and the write-ahead file continues it at {}: something else shortened it; left as it is", path, file.size(), piece.position));
    co_return false;
  }
  // The batch in which they begin to differ: what is before it is the same.
  const auto same = static_cast<size_t>(std::ranges::mismatch(there, content->bytes()).in1 - there.begin());
  size_t at = 0;
  for (auto batch = record::parse_batch(content->bytes()); batch && at + batch->size_bytes() <= same; batch = record::parse_batch(content->bytes().subspan(at))) at += batch->size_bytes();
  const auto foreign = co_await begins_with_another_batch(file, piece.position + at, content->bytes().subspan(at));
  if (!foreign) co_return fail(foreign.error());
  if (*foreign) {
    redone_.notes.push_back(fmt::format("{} has another batch at {} than the write-ahead file: something else wrote it since; left as it is", path, piece.position + at));
    co_return false;
  }
  const std::array<Bytes, 1> pieces{content->bytes()};
  if (auto done = co_await file.write(piece.position, pieces); !done) co_return fail(done.error());
  redone_.bytes_restored += piece.bytes;
  co_return true;
}

}  // namespace

io::task<Result<void>> remove_wal(io::Loop& loop, std::string directory) {
  bool removed_any = false;
  for (const auto name : wal_file_names) {
    const auto removed = co_await loop.disk().remove(directory + "/" + std::string(name));
    if (!removed && removed.error().os_error != ENOENT) co_return fail(removed.error(), "{}/{}", directory, name);
    removed_any |= removed.has_value();
  }
  if (!removed_any) co_return Result<void>{};
  if (auto done = co_await loop.disk().sync_dir(directory); !done) co_return fail(std::move(done.error()), "{}", directory);
  co_return Result<void>{};
}

io::task<Result<WalRedone>> redo_wal(io::Loop& loop, std::string directory, Uuid directory_id, bool apply) {
  Redo redo(loop, directory);
  if (auto done = co_await redo.read(directory_id); !done) co_return fail(std::move(done.error()));
  WalRedone redone;
  if (apply && !mutant(8)) {
    if (auto done = co_await redo.apply(); !done) co_return fail(std::move(done.error()));
  }
  redone = redo.take();
  if (!apply && redone.frames > 0) {
    redone.notes.push_back(fmt::format("{}: write-ahead files with {} bytes from before a stop that was clean; they do not count any more", directory, redone.bytes));
  }
  if (auto done = co_await remove_wal(loop, directory); !done) co_return fail(std::move(done.error()));
  co_return redone;
}

}  // namespace evlog::log

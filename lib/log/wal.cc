#include "log/wal.h"

#include <algorithm>
#include <cerrno>

#include "base/crc32c.h"
#include "io/disk_util.h"

namespace evlog::log {
namespace {

constexpr uint8_t zeros[8] = {};

uint64_t padded(uint64_t bytes) { return (bytes + 7) & ~uint64_t{7}; }

// The head of a file: 64 bytes.
constexpr std::string_view head_magic = "evlogWAL";
constexpr uint32_t version = 1;
namespace head { constexpr size_t version = 8, directory_id = 16, crc = 60; }

// Where a file says which generation counts: in turn, so that one of them is always whole.
constexpr uint64_t generation_at[2] = {512, 1024};
constexpr size_t generation_bytes = 12;

// The head of a frame; the partition's name and the content follow. The checksum covers all that comes after it.
constexpr uint32_t frame_magic = 0x65764657;  // "evFW"
constexpr size_t frame_head_bytes = 80, name_bytes_max = 512;
namespace frame {
constexpr size_t magic = 0, crc = 4, size = 8, name_size = 12, generation = 16, commit = 24, index = 32, count = 36, base = 40, position = 48,
                 topic_id = 56;
}

void store_generation(uint8_t* into, uint64_t generation) {
  store_be<uint64_t>(into, generation);
  store_be<uint32_t>(into + 8, crc32c({into, 8}));
}

}  // namespace

uint64_t WalCommit::frame_bytes(const WalPlace& place, uint64_t content_bytes) {
  return padded(frame_head_bytes + place.partition.size() + content_bytes);
}

void WalCommit::add(const WalPlace& place, std::span<const Bytes> content) {
  const size_t named = frame_head_bytes + place.partition.size();
  auto& made = heads_.emplace_back(std::make_unique<uint8_t[]>(named));
  uint8_t* to = made.get();
  uint64_t size = named;
  for (const Bytes piece : content) size += piece.size();
  EVLOG_ASSERT(size <= UINT32_MAX && place.partition.size() <= name_bytes_max);
  store_be<uint32_t>(to + frame::magic, frame_magic);
  store_be<uint32_t>(to + frame::size, static_cast<uint32_t>(size));
  store_be<uint16_t>(to + frame::name_size, static_cast<uint16_t>(place.partition.size()));
  store_be<uint64_t>(to + frame::generation, generation_);
  store_be<uint64_t>(to + frame::commit, number_);
  store_be<uint32_t>(to + frame::index, added_++);
  store_be<uint32_t>(to + frame::count, frames_);
  store_be<int64_t>(to + frame::base, place.segment_base.value());
  store_be<uint64_t>(to + frame::position, place.position);
  store_be<uint64_t>(to + frame::topic_id, place.topic_id.high);
  store_be<uint64_t>(to + frame::topic_id + 8, place.topic_id.low);
  std::ranges::copy(place.partition, to + frame_head_bytes);
  uint32_t crc = crc32c({to + frame::size, named - frame::size});
  for (const Bytes piece : content) crc = crc32c(piece, crc);
  store_be<uint32_t>(to + frame::crc, crc);
  pieces_.push_back({to, named});
  pieces_.insert(pieces_.end(), content.begin(), content.end());
  if (padded(size) > size) pieces_.push_back({zeros, padded(size) - size});
}

io::task<Result<void>> WalFile::put(uint64_t position, Bytes bytes) {
  const std::array<Bytes, 1> pieces{bytes};
  if (auto done = co_await file_->write(position, pieces); !done) co_return fail(std::move(done.error()), "{}", path_);
  co_return Result<void>{};
}

io::task<Result<void>> WalFile::create(uint64_t generation) {
  auto opened = co_await loop_.disk().open(path_, io::OpenMode::replace);
  if (!opened) co_return fail(std::move(opened.error()), "{}", path_);
  file_ = std::move(*opened);
  generation_ = generation;
  end_ = wal_frames_begin;
  std::array<uint8_t, wal_frames_begin> first{};
  std::ranges::copy(head_magic, first.data());
  store_be<uint32_t>(first.data() + head::version, version);
  store_be<uint64_t>(first.data() + head::directory_id, directory_id_.high);
  store_be<uint64_t>(first.data() + head::directory_id + 8, directory_id_.low);
  store_be<uint32_t>(first.data() + head::crc, crc32c({first.data(), head::crc}));
  generation_place_ = 0;
  store_generation(first.data() + generation_at[generation_place_], generation);
  auto done = co_await put(0, first);
  if (done) done = co_await sync();
  if (done) {
    if (auto named = co_await loop_.disk().sync_dir(io::parent_path(path_)); !named) done = fail(std::move(named.error()), "{}", path_);
  }
  if (!done) file_.reset();
  co_return done;
}

io::task<Result<void>> WalFile::write(const WalCommit& commit, uint64_t bytes) {
  if (auto done = co_await file_->write(end_, commit.pieces()); !done) co_return fail(std::move(done.error()), "{}", path_);
  end_ += bytes;
  co_return Result<void>{};
}

io::task<Result<void>> WalFile::sync() {
  if (auto done = co_await file_->sync(); !done) co_return fail(std::move(done.error()), "{}", path_);
  co_return Result<void>{};
}

io::task<Result<void>> WalFile::begin_generation(uint64_t number) {
  std::array<uint8_t, generation_bytes> next;
  store_generation(next.data(), number);
  const size_t place = 1 - generation_place_;
  if (auto done = co_await put(generation_at[place], next); !done) co_return done;
  if (auto done = co_await sync(); !done) co_return done;
  generation_ = number;
  generation_place_ = place;
  end_ = wal_frames_begin;
  co_return Result<void>{};
}

struct WalReader::Head {
  uint32_t size, index, count;
  uint64_t commit;
  WalPlace place;
};

io::task<Result<bool>> WalReader::fill(uint64_t at, size_t bytes) {
  constexpr size_t window_bytes_least = 1_MiB;
  if (at >= window_at_ && at + bytes <= window_at_ + window_bytes_) co_return true;
  if (at + bytes > file_->size()) co_return false;
  const size_t wanted = std::max(bytes, window_bytes_least);
  if (window_.size() < wanted) window_ = Buffer(wanted);
  const auto got = co_await file_->read(at, window_.mutable_bytes().first(wanted));
  if (!got) co_return fail(got.error(), "{}", path_);
  window_at_ = at;
  window_bytes_ = *got;
  co_return *got >= bytes;
}

io::task<Result<bool>> WalReader::open(io::Disk& disk, Uuid directory_id) {
  auto opened = co_await disk.open(path_, io::OpenMode::read);
  if (!opened && opened.error().os_error == ENOENT) co_return false;
  if (!opened) co_return fail(std::move(opened.error()), "{}", path_);
  file_ = std::move(*opened);
  // Frames come only behind a head that is durable.
  const bool has_frames = file_->size() > wal_frames_begin;
  const auto there = co_await fill(0, wal_frames_begin);
  if (!there) co_return fail(there.error());
  const Bytes first = *there ? window(0, wal_frames_begin) : Bytes{};
  const auto refused = [&](std::string_view why) {
    return fail(ErrorCode::CORRUPT_MESSAGE,
                "{} {}. It may hold records that were acknowledged before a crash and are not yet in their partitions' files. Mend it, or move it "
                "away to start with what those files have", path_, why);
  };
  if (first.empty() || crc32c(first.first(head::crc)) != load_be<uint32_t>(first.data() + head::crc)) {
    if (!has_frames) co_return false;
    co_return refused(as_text(first.first(head_magic.size())) == head_magic ? "has a damaged head (position 0)" : "is no write-ahead file (position 0)");
  }
  if (as_text(first.first(head_magic.size())) != head_magic) co_return refused("is no write-ahead file (position 0)");
  if (const auto found = load_be<uint32_t>(first.data() + head::version); found > version) {
    co_return fail(ErrorCode::UNSUPPORTED_VERSION, "{} was written by a newer evlog (version {}, this one knows {}): start that one and stop it", path_, found, version);
  }
  const Uuid owner{load_be<uint64_t>(first.data() + head::directory_id), load_be<uint64_t>(first.data() + head::directory_id + 8)};
  if (owner != directory_id) co_return refused(fmt::format("belongs to another log directory ({}; this one is {})", owner.text(), directory_id.text()));
  bool known = false;
  for (const uint64_t at : generation_at) {
    const Bytes place = first.subspan(at, generation_bytes);
    if (crc32c(place.first(8)) != load_be<uint32_t>(place.data() + 8)) continue;
    generation_ = std::max(generation_, load_be<uint64_t>(place.data()));
    known = true;
  }
  if (!known) {
    if (!has_frames) co_return false;
    co_return refused(fmt::format("does not tell its generation (positions {} and {})", generation_at[0], generation_at[1]));
  }
  co_return true;
}

// Whole, of this generation, with the right checksum; or nothing.
io::task<Result<std::optional<WalReader::Head>>> WalReader::head_at(uint64_t at) {
  using Nothing = std::optional<Head>;
  auto there = co_await fill(at, frame_head_bytes);
  if (!there) co_return fail(there.error());
  if (!*there || load_be<uint32_t>(window(at, 4).data()) != frame_magic) co_return Nothing{};
  const uint8_t* from = window(at, frame_head_bytes).data();
  const auto size = load_be<uint32_t>(from + frame::size);
  const size_t name_size = load_be<uint16_t>(from + frame::name_size);
  if (name_size > name_bytes_max || size < frame_head_bytes + name_size || size > frame_head_bytes + name_size + wal_frame_content_max) co_return Nothing{};
  if (load_be<uint64_t>(from + frame::generation) != generation_) co_return Nothing{};
  there = co_await fill(at, size);
  if (!there) co_return fail(there.error());
  if (!*there) co_return Nothing{};
  const Bytes whole = window(at, size);
  from = whole.data();
  if (crc32c(whole.subspan(frame::size)) != load_be<uint32_t>(from + frame::crc)) co_return Nothing{};
  Head found{size, load_be<uint32_t>(from + frame::index), load_be<uint32_t>(from + frame::count), load_be<uint64_t>(from + frame::commit), {}};
  found.place.partition = as_text(whole.subspan(frame_head_bytes, name_size));
  found.place.topic_id = {load_be<uint64_t>(from + frame::topic_id), load_be<uint64_t>(from + frame::topic_id + 8)};
  found.place.segment_base = Offset(load_be<int64_t>(from + frame::base));
  found.place.position = load_be<uint64_t>(from + frame::position);
  co_return found;
}

io::task<Result<std::optional<WalReader::Frame>>> WalReader::next() {
  auto found = co_await head_at(at_);
  if (!found) co_return fail(std::move(found.error()));
  // Numbers that go back are remains of a write that failed and whose place was used again.
  const bool follows = *found && (frames_left_ > 0 ? (*found)->commit == commit_ : (*found)->commit > commit_);
  if (!follows) {
    if (auto done = co_await look_behind(); !done) co_return fail(std::move(done.error()));
    co_return std::optional<Frame>{};
  }
  Head& head = **found;
  const uint64_t named = frame_head_bytes + head.place.partition.size();
  Frame frame{std::move(head.place), head.commit, at_ + named, static_cast<uint32_t>(head.size - named)};
  commit_ = head.commit;
  frames_left_ = head.count - std::min(head.count, head.index + 1);
  at_ += padded(head.size);
  co_return frame;
}

// The next place behind `at` where a frame of this generation may begin; nothing when there is none.
io::task<Result<std::optional<uint64_t>>> WalReader::find_head(uint64_t at) {
  while (at + frame_head_bytes <= file_->size()) {
    const size_t bytes = static_cast<size_t>(std::min<uint64_t>(file_->size() - at, 1_MiB));
    const auto there = co_await fill(at, bytes);
    if (!there) co_return fail(there.error());
    if (!*there) break;
    const uint8_t* from = window(at, bytes).data();
    size_t i = 0;
    for (; i + frame_head_bytes <= bytes; i += 8) {
      if (load_be<uint32_t>(from + i) == frame_magic && load_be<uint64_t>(from + i + frame::generation) == generation_) co_return at + i;
    }
    at += i;
  }
  co_return std::optional<uint64_t>{};
}

// A commit is written only when the one before it is durable, so at most the last may have holes.
io::task<Result<void>> WalReader::look_behind() {
  std::optional<uint64_t> later;
  for (uint64_t at = at_;; at += 8) {
    const auto place = co_await find_head(at);
    if (!place) co_return fail(place.error());
    if (!*place) co_return Result<void>{};
    at = **place;
    const auto found = co_await head_at(at);
    if (!found) co_return fail(found.error());
    if (!*found || (*found)->commit <= commit_) continue;
    if (frames_left_ > 0 || (later && *later != (*found)->commit)) {
      co_return fail(ErrorCode::CORRUPT_MESSAGE,
                     "{} is damaged at position {}: what was durable there cannot be read, and {} has what came later. Records that were acknowledged before "
                     "a crash may be missing in their partitions' files. Mend it, or move it away to start with what those files have", path_, at_, at);
    }
    later = (*found)->commit;
  }
}

io::task<Result<Buffer>> WalReader::content(uint64_t at, uint32_t bytes) {
  const auto there = co_await fill(at, bytes);
  if (!there) co_return fail(there.error());
  if (!*there) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{} ends before position {}", path_, at + bytes);
  co_return Buffer(window(at, bytes));
}

}  // namespace evlog::log

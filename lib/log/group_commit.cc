// Happy path of a commit: requests gather until the end of the turn - those that fit go into the write-ahead file, if they are enough;
// the others sync their own files meanwhile - everybody is told.
// Ways to fail: no room in the write-ahead files, or on the disk (own files instead); a write or sync fails (the directory is done for).
#include "log/group_commit.h"

#include <algorithm>

#include "base/mutant.h"
#include "log/wal_redo.h"

namespace evlog::log {
namespace {

// So long after its first frame a write-ahead file is settled at the latest: a crash then has little to redo, and an idle server nothing
// to do. Longer than a burst, so that a file is settled once for it.
constexpr auto settle_after = seconds(5);
// Files that are kept open for being settled. With more partitions in a write-ahead file it is settled by one sync of the file system,
// which is also the quicker way then, and needs no file to be open.
constexpr size_t files_held_max = 128;
// Two write-ahead files never take more than 1/16 of the file system.
constexpr uint64_t wal_share_of_disk = 32;

}  // namespace

GroupCommit::GroupCommit(io::Loop& loop, std::string directory, Uuid directory_id, GroupCommitOptions options, Metrics* metrics)
    : loop_(loop), directory_(std::move(directory)), options_(options), metrics_(metrics), finished_(loop), part_finished_(loop),
      sides_{Side{WalFile(loop, directory_ + "/" + std::string(wal_file_names[0]), directory_id), {}},
             Side{WalFile(loop, directory_ + "/" + std::string(wal_file_names[1]), directory_id), {}}},
      write_ahead_(loop), settling_(loop) {
  if (options_.wal_bytes == 0) return;
  if (const auto space = loop.disk().space(directory_)) options_.wal_bytes = std::min(options_.wal_bytes, space->total_bytes / wal_share_of_disk);
  // Without it no sync of the whole could tell what failed before.
  auto whole = loop.disk().file_system(directory_);
  if (whole) file_system_ = std::move(*whole);
  else options_.wal_bytes = 0;
}

void GroupCommit::give_up(const Error& error) {
  if (failed_) return;
  failed_ = error;
  failed_->code = ErrorCode::KAFKA_STORAGE_ERROR;
  if (on_failed_) on_failed_(*failed_);
}

io::task<Result<void>> GroupCommit::commit(CommitRequest request) {
  if (failed_) co_return fail(*failed_);
  auto ticket = std::make_shared<Ticket>(std::move(request));
  for (const auto& piece : ticket->request.pieces) ticket->bytes += piece.bytes.size();
  pending_.push_back(ticket);
  if (!std::exchange(running_, true)) nursery_.spawn(run());
  while (!ticket->result) co_await finished_.wait();
  co_return *ticket->result;
}

io::task<> GroupCommit::run() {
  while (!pending_.empty()) {
    co_await loop_.turn();  // all that is written in this turn goes together
    co_await carry_out(std::exchange(pending_, {}));
    finished_.notify_all();
  }
  running_ = false;
}

bool GroupCommit::fits_wal(const Ticket& ticket) const {
  return options_.wal_bytes > 0 && ticket.bytes > 0 && ticket.bytes <= wal_frame_content_max;
}

io::task<> GroupCommit::carry_out(Tickets tickets) {
  Tickets ahead, own;
  for (const auto& ticket : tickets) (fits_wal(*ticket) ? ahead : own).push_back(ticket);
  if (ahead.size() < options_.wal_files_min) own = tickets, ahead.clear();
  size_t left = own.size();
  for (const auto& ticket : own) nursery_.spawn(sync_own(ticket, left));
  if (!ahead.empty() && !failed_) {
    const auto went = co_await write_ahead(ahead);
    if (!went) give_up(went.error());
    const bool done = went && *went;
    if (!done) left += ahead.size();
    for (const auto& ticket : ahead)
      if (done) ticket->result.emplace(); else nursery_.spawn(sync_own(ticket, left));
  }
  while (left > 0) co_await part_finished_.wait();
  if (!failed_) co_return;
  for (const auto& ticket : tickets) ticket->result = fail(*failed_);
}

io::task<> GroupCommit::sync_own(TicketPtr ticket, size_t& left) {
  if (!failed_) {
    Result<bool> done = true;
    if (!mutant(1)) done = co_await ticket->request.file->sync();
    if (!done) {
      done.error().message = fmt::format("{}: {}", ticket->request.place.partition, done.error().message);
      give_up(done.error());
    } else {
      note_synced(ticket->request.place.partition);
      if (metrics_) ++metrics_->syncs;
    }
  }
  if (failed_) ticket->result = fail(*failed_);
  else ticket->result.emplace();
  --left;
  part_finished_.notify_all();
}

// A log asks for one sync at a time, so its own file's covers all frames of it: what is in them was in the file before.
void GroupCommit::note_synced(const std::string& partition) {
  for (Side& side : sides_) {
    const auto member = side.members.find(partition);
    if (member == side.members.end()) continue;
    member->second.synced = true;
    member->second.file.reset();
  }
}

// False when there is no room for it.
io::task<Result<bool>> GroupCommit::write_ahead(const Tickets& tickets) {
  const auto turn = co_await write_ahead_.lock();
  uint64_t bytes = 0;
  for (const auto& ticket : tickets) bytes += WalCommit::frame_bytes(ticket->request.place, ticket->bytes);
  const auto room = co_await make_room(bytes);
  if (!room || !*room) co_return room;
  Side& side = writing();
  join(side, tickets);
  WalCommit commit(side.file.generation(), ++commit_number_, static_cast<uint32_t>(tickets.size()));
  std::vector<Bytes> content;
  for (const auto& ticket : tickets) {
    content.clear();
    for (const auto& piece : ticket->request.pieces) content.push_back(piece.bytes);
    commit.add(ticket->request.place, content);
  }
  if (auto done = co_await side.file.write(commit, bytes); !done) {
    if (is_shortage(done.error())) co_return false;
    co_return fail(std::move(done.error()));
  }
  if (!mutant(7)) {
    if (auto done = co_await side.file.sync(); !done) co_return fail(std::move(done.error()));
  }
  if (metrics_) {
    ++metrics_->syncs, ++metrics_->wal_commits;
    metrics_->wal_bytes += bytes;
  }
  for (const auto& ticket : tickets) ticket->request.pieces.clear();
  co_return true;
}

// Frames count from the moment they may be in the file, also when their write fails later.
void GroupCommit::join(Side& side, const Tickets& tickets) {
  side.taken = true;
  for (const auto& ticket : tickets) {
    const auto& place = ticket->request.place;
    const bool held = files_held() < files_held_max;
    auto [member, is_new] = side.members.try_emplace(place.partition);
    // Another segment of it than before: the one before was synced when this began.
    if (is_new || member->second.synced || member->second.segment_base != place.segment_base) {
      member->second = {place.segment_base, held ? ticket->request.file : nullptr, false};
    }
  }
  if (!std::exchange(timer_armed_, true)) nursery_.spawn(settle_later());
}

size_t GroupCommit::files_held() const { return std::max(sides_[0].members.size(), sides_[1].members.size()); }

io::task<Result<bool>> GroupCommit::make_room(uint64_t bytes) {
  const auto fits = [&](const Side& side) { return side.file.end() + bytes <= options_.wal_bytes; };
  if (wal_frames_begin + bytes > options_.wal_bytes) co_return false;
  if (writing().file.created() && !fits(writing())) {
    if (other().taken) co_return false;  // it is being settled
    writing_ = 1 - writing_;
    nursery_.spawn(settle_old());
  }
  if (writing().file.created()) co_return true;
  // Numbers that nobody used before: nothing that once lay on this disk can be taken for a frame.
  const uint64_t generation = other().file.created() ? other().file.generation() + 1 : (loop_.random().next() >> 2) + 1;
  auto done = co_await writing().file.create(generation);
  if (!done && is_shortage(done.error())) co_return false;
  if (!done) co_return fail(std::move(done.error()));
  co_return true;
}

io::task<> GroupCommit::settle_old() {
  const auto turn = co_await settling_.lock();
  (void)co_await settle_side(other());
}

io::task<> GroupCommit::settle_later() {
  co_await loop_.sleep(settle_after);
  timer_armed_ = false;
  (void)co_await settle_all();
}

io::task<Result<void>> GroupCommit::settle_all() {
  const auto turn = co_await settling_.lock();
  if (auto done = co_await settle_side(other()); !done || !writing().taken) co_return done;
  {
    const auto alone = co_await write_ahead_.lock();
    if (!other().taken) writing_ = 1 - writing_;
  }
  co_return co_await settle_side(other());
}

// Of a side that takes no frames: nobody needs them afterwards, and then nobody finds them any more.
io::task<Result<void>> GroupCommit::settle_side(Side& side) {
  if (failed_) co_return fail(*failed_);
  if (!side.taken) co_return Result<void>{};
  Result<void> done;
  if (!mutant(9)) done = co_await sync_members(side);
  if (done && side.file.created()) done = co_await side.file.begin_generation(std::max(sides_[0].file.generation(), sides_[1].file.generation()) + 1);
  if (!done) {
    // Want of space passes: until then the frames stay, and this is tried again.
    if (!is_shortage(done.error())) give_up(done.error());
    else if (!std::exchange(timer_armed_, true)) nursery_.spawn(settle_later());
    co_return done;
  }
  side.members.clear();
  side.taken = false;
  if (metrics_) ++metrics_->wal_settled;
  co_return done;
}

io::task<Result<void>> GroupCommit::sync_members(Side& side) {
  const auto open = [](const auto& entry) { return !entry.second.synced && !entry.second.file; };
  if (std::ranges::any_of(side.members, open)) {
    if (auto done = co_await file_system_->sync_all(); !done) co_return fail(std::move(done.error()), "{}", directory_);
    co_return Result<void>{};
  }
  // One after the other, so that commits come in between. Nobody joins this side meanwhile, so the map stays as it is.
  for (auto& [partition, member] : side.members) {
    const SharedFile file = member.file;
    if (member.synced || !file) continue;
    if (auto done = co_await file->sync(); !done) co_return fail(std::move(done.error()), "{}", partition);
    // Of this side only: the other one may have frames of bytes that came after the sync began.
    member.synced = true;
    member.file.reset();
  }
  co_return Result<void>{};
}

io::task<Result<void>> GroupCommit::forget(std::string partition) {
  const auto has_frames = [&](const Side& side) { return side.members.contains(partition); };
  while (std::ranges::any_of(sides_, has_frames)) {
    if (auto done = co_await settle_all(); !done) co_return done;
  }
  co_return Result<void>{};
}

io::task<Result<void>> GroupCommit::settle() {
  while (running_) co_await finished_.wait();
  while (sides_[0].taken || sides_[1].taken) {
    if (auto done = co_await settle_all(); !done) co_return done;
  }
  if (failed_) co_return fail(*failed_);
  co_return Result<void>{};
}

io::task<Result<void>> GroupCommit::close() {
  if (auto done = co_await settle(); !done) co_return done;
  co_return co_await remove_wal(loop_, directory_);
}

}  // namespace evlog::log

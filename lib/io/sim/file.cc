#include <algorithm>
#include <cerrno>

#include "io/sim/disk.h"
#include "io/sim/disk_fault.h"

namespace evlog::io::sim {

File::File(Loop& loop, std::string path, std::shared_ptr<Inode> inode, bool writable)
    : loop_(loop), path_(std::move(path)), inode_(std::move(inode)), writable_(writable) {}

io::Loop& File::loop() { return loop_; }
Node& File::node() { return loop_.node(); }

template <class V, class Effect>
void File::perform(V& verb, Duration delay, Effect effect) {
  World& world = loop_.world();
  if (delay == Duration::zero() && free_at_ <= world.now()) return verb.complete(effect());
  free_at_ = std::max(free_at_, world.now() + delay + Duration(1));
  complete_at(world, free_at_, verb, std::move(effect));
}

Result<size_t> File::read(uint64_t offset, MutableBytes into) {
  World& world = loop_.world();
  const std::string& content = inode_->content();
  if (offset >= content.size()) return 0;
  if (world.chance(world.knobs().misdirected_read)) {
    // As many bytes as were asked for, from elsewhere.
    const size_t size = std::min<size_t>(into.size(), content.size() - offset);
    const uint64_t elsewhere = world.random().below(content.size() - size + 1);
    world.counters().misdirected_reads += elsewhere != offset;
    world.note(node().name, "reads {} at {} instead of {}", path_, elsewhere, offset);
    return content.copy(reinterpret_cast<char*>(into.data()), size, elsewhere);
  }
  return content.copy(reinterpret_cast<char*>(into.data()), into.size(), offset);
}

Result<size_t> File::try_read(uint64_t offset, MutableBytes into) {
  World& world = loop_.world();
  if (free_at_ > world.now() || world.chance(world.knobs().read_miss)) return would_block;
  if (disk_fails(node(), world.knobs().read_error, path_)) return read_failed(offset, into);
  return read(offset, into);
}

// Part of what was asked for may have come before the device gave up.
std::unexpected<Error> File::read_failed(uint64_t offset, MutableBytes into) {
  World& world = loop_.world();
  const size_t came = world.random().below(into.size() + 1);
  if (came > 0 && came < into.size()) ++world.counters().short_reads;
  const std::string& content = inode_->content();
  if (offset < content.size()) (void)content.copy(reinterpret_cast<char*>(into.data()), came, offset);
  return disk_failure(EIO);
}

void File::start(Read& verb) {
  const Knobs& knobs = loop_.world().knobs();
  if (disk_fails(node(), knobs.read_error, path_)) return verb.complete(read_failed(verb.request().offset, verb.request().into));
  perform(verb, disk_delay(node(), knobs.read_miss, knobs.read_miss_max),
          [this, &verb] { return read(verb.request().offset, verb.request().into); });
}

void File::put(uint64_t offset, Bytes data) {
  World& world = loop_.world();
  ++world.counters().writes;
  if (world.chance(world.knobs().misdirected_write) && size() > 0) {
    const uint64_t elsewhere = world.random().below(size());
    world.counters().misdirected_writes += elsewhere != offset;
    world.note(node().name, "writes {} at {} instead of {}", path_, elsewhere, offset);
    offset = elsewhere;
  }
  loop_.world().journal().mix(data);
  inode_->write(offset, data);
  inode_->modified_ms = to_ms(loop_.wall());
}

void File::put_part(uint64_t offset, Bytes part, size_t wanted) {
  if (!part.empty() && part.size() < wanted) ++loop_.world().counters().short_writes;
  put(offset, part);
}

Result<bool> File::write(const WriteRequest& request) {
  if (!writable_) return disk_failure(EBADF);
  World& world = loop_.world();
  std::string all;
  for (const Bytes piece : request.pieces) all += as_text(piece);
  world.note(node().name, "write {} at {}: {} bytes", path_, request.offset, all.size());
  if (disk_fails(node(), world.knobs().write_error, path_)) {
    put_part(request.offset, as_bytes(all).first(world.random().below(all.size() + 1)), all.size());
    return disk_failure(EIO);
  }
  const uint64_t end = request.offset + all.size(), growth = end - std::min(end, size());
  if (node().space_bytes != UINT64_MAX && growth > 0) {
    const uint64_t used = node().disk.used_bytes(), left = node().space_bytes - std::min(node().space_bytes, used);
    if (growth > left) {
      ++world.counters().disk_full;
      put_part(request.offset, as_bytes(all).first(all.size() - std::min<uint64_t>(all.size(), growth - left)), all.size());
      return disk_failure(ENOSPC);
    }
  }
  put(request.offset, as_bytes(all));
  return true;
}

void File::start(Write& verb) {
  const Knobs& knobs = loop_.world().knobs();
  perform(verb, disk_delay(node(), knobs.write_delayed, knobs.write_delay_max), [this, &verb] { return write(verb.request()); });
  perhaps_cut(node());
}

void File::start(Truncate& verb) {
  const Knobs& knobs = loop_.world().knobs();
  perform(verb, disk_delay(node(), knobs.write_delayed, knobs.write_delay_max), [this, &verb]() -> Result<bool> {
    if (!writable_) return disk_failure(EBADF);
    if (disk_fails(node(), loop_.world().knobs().write_error, path_)) return disk_failure(EIO);
    loop_.world().note(node().name, "truncate {} to {}", path_, verb.request().size);
    inode_->truncate(verb.request().size);
    return true;
  });
  perhaps_cut(node());
}

Result<bool> File::sync(uint64_t mark) {
  World& world = loop_.world();
  ++world.counters().syncs;
  if (!disk_fails(node(), world.knobs().sync_error, path_)) {
    inode_->sync(mark);
    world.note(node().name, "synced {}", path_);
    return true;
  }
  ++world.counters().sync_failures;
  world.note(node().name, "sync of {} failed", path_);
  inode_->fail_sync(mark, world.random());
  return disk_failure(EIO);
}

// Covers what had taken effect when its own turn came; then runs beside the verbs behind it.
void File::start(Sync& verb) {
  World& world = loop_.world();
  const Duration delay = sync_delay(node());
  if (free_at_ <= world.now()) {
    complete_at(world, world.now() + delay, verb, [this, mark = inode_->mark()] { return sync(mark); });
  } else {
    auto mark = std::make_shared<uint64_t>(0);  // shared by the two events of one sync
    world.schedule_at(free_at_, [inode = inode_, mark] { *mark = inode->mark(); });
    complete_at(world, free_at_ + delay, verb, [this, mark] { return sync(*mark); });
  }
  perhaps_cut(node());
}

void File::start(Warm& verb) {
  const Knobs& knobs = loop_.world().knobs();
  if (disk_fails(node(), knobs.read_error, path_)) return verb.complete(disk_failure(EIO));
  perform(verb, disk_delay(node(), knobs.read_miss, knobs.read_miss_max), []() -> Result<bool> { return true; });
}

// Nothing to see: what is written out is not synced.
void File::start(Cool& verb) {
  World& world = loop_.world();
  complete_at(world, world.now() + world.draw(microseconds(1), milliseconds(1)), verb, []() -> Result<bool> { return true; });
}

void File::cancel(Warm& verb) { forget(verb); }
void File::cancel(Cool& verb) { forget(verb); }
void File::cancel(Read& verb) { forget(verb); }
void File::cancel(Sync& verb) { forget(verb); }
void File::cancel(Truncate& verb) { forget(verb); }

// The system may have begun: nothing of it, or any first part, is in the file.
void File::cancel(Write& verb) {
  forget(verb);
  World& world = loop_.world();
  if (!writable_ || world.chance(0.3)) return;
  uint64_t offset = verb.request().offset;
  for (const Bytes piece : verb.request().pieces) {
    const size_t part = world.chance(0.5) ? piece.size() : world.random().below(piece.size() + 1);
    put(offset, piece.first(part));
    offset += part;
    if (part < piece.size()) return;
  }
}

}  // namespace evlog::io::sim

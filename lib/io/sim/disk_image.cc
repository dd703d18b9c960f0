#include "io/sim/disk_image.h"

#include <algorithm>
#include <cerrno>
#include <set>

namespace evlog::io::sim {
namespace {

void put(std::string& to, uint64_t offset, std::string_view data) {
  if (data.empty()) return;
  if (to.size() < offset + data.size()) to.resize(offset + data.size());
  data.copy(to.data() + offset, data.size());
}

}  // namespace

void Inode::apply(const Change& change, std::string& to) {
  if (change.is_truncate) to.resize(change.offset); else put(to, change.offset, change.data);
}

void Inode::write(uint64_t offset, Bytes data) {
  if (data.empty()) return;
  changes_.push_back({offset, std::string(as_text(data)), false});
  apply(changes_.back(), content_);
}

void Inode::truncate(uint64_t size) {
  changes_.push_back({size, {}, true});
  apply(changes_.back(), content_);
}

void Inode::sync(uint64_t mark) {
  while (changes_done_ < mark && !changes_.empty()) {
    apply(changes_.front(), durable_);
    changes_.pop_front();
    ++changes_done_;
  }
}

void Inode::fail_sync(uint64_t mark, Random& random) {
  while (changes_done_ < mark && !changes_.empty()) {
    if (random.chance(0.5)) apply(changes_.front(), durable_);
    changes_.pop_front();
    ++changes_done_;
  }
  failed_ = true;
}

void Inode::forget_failed() {
  if (!std::exchange(failed_, false)) return;
  content_ = durable_;
  for (const Change& change : changes_) apply(change, content_);
}

void Inode::keep_part(const Change& change, const Knobs& knobs, Random& random, double kept, std::string& to, Counters& counters) {
  size_t lost = 0;
  for (size_t done = 0; done < change.data.size();) {
    const uint64_t at = change.offset + done;
    const size_t part = std::min<uint64_t>(change.data.size() - done, knobs.sector_bytes - at % knobs.sector_bytes);
    size_t keep = random.chance(kept) ? part : 0;
    if (random.chance(knobs.sector_torn)) keep = random.below(part + 1);
    put(to, at, std::string_view(change.data).substr(done, keep));
    lost += part - keep;
    done += part;
  }
  counters.unsynced_bytes_lost += lost;
  if (lost > 0 && lost < change.data.size()) ++counters.torn_writes;
}

// Everything may be there or nothing, or a prefix with the last write torn, or any subset of the sectors; and the size may have
// reached the disk before the bytes did.
void Inode::power_cut(const Knobs& knobs, Random& random, Counters& counters) {
  const uint64_t way = random.below(8);
  const size_t prefix = random.below(changes_.size() + 1);
  const double kept = random.unit();
  uint64_t largest = durable_.size();
  for (size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    if (!change.is_truncate) largest = std::max(largest, change.offset + change.data.size());
    const double here = way == 0 ? 0 : way == 1 ? 1 : way <= 4 ? (i < prefix ? 1 : i == prefix ? kept : 0) : kept;
    if (!change.is_truncate) keep_part(change, knobs, random, here, durable_, counters);
    else if (random.chance(here)) apply(change, durable_);
  }
  if (largest > durable_.size() && random.chance(0.2)) {
    durable_.resize(static_cast<size_t>(random.between(static_cast<int64_t>(durable_.size()) + 1, static_cast<int64_t>(largest))));
    ++counters.zero_extensions;
  }
  changes_done_ += changes_.size();
  changes_.clear();
  content_ = durable_;
  failed_ = false;
  if (!durable_.empty() && random.chance(knobs.bit_rot)) {
    rot(random);
    ++counters.rotten_bits;
  }
}

void Inode::rot(Random& random) {
  if (durable_.empty()) return;
  durable_[random.below(durable_.size())] ^= static_cast<char>(1 << random.below(8));
  content_ = durable_;
  for (const Change& change : changes_) apply(change, content_);
}

std::shared_ptr<Inode> DiskImage::find(const std::string& path) const {
  std::shared_ptr<Inode> at = root_;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    begin = end + 1;
    if (name.empty() || name == ".") continue;
    const auto next = at->names.find(name);
    if (next == at->names.end()) return nullptr;
    at = next->second;
  }
  return at;
}

int DiskImage::locate(const std::string& path, Place& into) const {
  size_t end = path.size();
  while (end > 0 && path[end - 1] == '/') --end;
  const size_t slash = path.rfind('/', end == 0 ? 0 : end - 1);
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  into.name = path.substr(begin, end - begin);
  into.directory = find(path.substr(0, begin));
  if (!into.directory) return ENOENT;
  return into.directory->directory && !into.name.empty() ? 0 : ENOTDIR;
}

void DiskImage::apply(const NameChange& change) {
  if (change.from_directory) {
    auto& names = change.from_directory->durable_names;
    if (const auto was = names.find(change.from); was != names.end() && was->second == change.inode) names.erase(was);
  }
  if (change.to_directory) change.to_directory->durable_names[change.to] = change.inode;
}

void DiskImage::change(NameChange change) {
  if (change.from_directory) change.from_directory->names.erase(change.from);
  if (change.to_directory) change.to_directory->names[change.to] = change.inode;
  change.number = name_changes_made_++;
  name_changes_.push_back(std::move(change));
}

int DiskImage::open(const std::string& path, OpenMode mode, std::shared_ptr<Inode>& into) {
  Place place;
  if (const int error = locate(path, place)) return error;
  const auto found = place.directory->names.find(place.name);
  const bool exists = found != place.directory->names.end();
  if (!exists && (mode == OpenMode::read || mode == OpenMode::write)) return ENOENT;
  if (exists && mode == OpenMode::create_new) return EEXIST;
  if (exists && found->second->directory) return EISDIR;
  if (exists) {
    into = found->second;
    if (mode == OpenMode::replace && !into->content().empty()) into->truncate(0);
    return 0;
  }
  into = std::make_shared<Inode>(false);
  change({nullptr, place.directory, "", place.name, into});
  return 0;
}

int DiskImage::make_dir(const std::string& path) {
  Place place;
  if (const int error = locate(path, place)) return error;
  if (place.directory->names.contains(place.name)) return EEXIST;
  change({nullptr, place.directory, "", place.name, std::make_shared<Inode>(true)});
  return 0;
}

int DiskImage::rename(const std::string& from, const std::string& to) {
  Place old_place, new_place;
  if (const int error = locate(from, old_place)) return error;
  if (const int error = locate(to, new_place)) return error;
  const auto found = old_place.directory->names.find(old_place.name);
  if (found == old_place.directory->names.end()) return ENOENT;
  const std::shared_ptr<Inode> inode = found->second;
  if (const auto target = new_place.directory->names.find(new_place.name); target != new_place.directory->names.end()) {
    if (target->second == inode) return 0;
    if (target->second->directory != inode->directory) return inode->directory ? ENOTDIR : EISDIR;
    if (inode->directory && !target->second->names.empty()) return ENOTEMPTY;
  }
  change({old_place.directory, new_place.directory, old_place.name, new_place.name, inode});
  return 0;
}

int DiskImage::remove(const std::string& path) {
  Place place;
  if (const int error = locate(path, place)) return error;
  const auto found = place.directory->names.find(place.name);
  if (found == place.directory->names.end()) return ENOENT;
  if (!found->second->names.empty()) return ENOTEMPTY;
  change({place.directory, nullptr, place.name, "", found->second});
  return 0;
}

// Earlier changes of other directories come along where a rename ties them to this one.
void DiskImage::sync_names(const std::shared_ptr<Inode>& directory, uint64_t mark) {
  std::set<const Inode*> tied{directory.get()};
  std::vector<bool> chosen(name_changes_.size());
  for (size_t i = name_changes_.size(); i-- > 0;) {
    const NameChange& one = name_changes_[i];
    if (one.number >= mark) continue;
    chosen[i] = (one.from_directory && tied.contains(one.from_directory.get())) || (one.to_directory && tied.contains(one.to_directory.get()));
    if (!chosen[i]) continue;
    if (one.from_directory) tied.insert(one.from_directory.get());
    if (one.to_directory) tied.insert(one.to_directory.get());
  }
  std::deque<NameChange> left;
  for (size_t i = 0; i < name_changes_.size(); ++i)
    if (chosen[i]) apply(name_changes_[i]); else left.push_back(std::move(name_changes_[i]));
  name_changes_ = std::move(left);
}

void DiskImage::sync_all_names(uint64_t mark) {
  while (!name_changes_.empty() && name_changes_.front().number < mark) {
    apply(name_changes_.front());
    name_changes_.pop_front();
  }
}

void DiskImage::collect(const std::shared_ptr<Inode>& inode, Marks& into) {
  if (!inode->directory) into.emplace_back(inode, inode->mark());
  for (const auto& [name, child] : inode->names) collect(child, into);
}

DiskImage::Marks DiskImage::marks() const {
  Marks marks;
  collect(root_, marks);
  return marks;
}

// Any subset of the name changes that makes sense: what touches a name whose earlier change was lost is lost too.
void DiskImage::power_cut(const Knobs& knobs, Random& random, Counters& counters) {
  const double kept = random.chance(0.3) ? 0 : random.chance(0.3) ? 1 : random.unit();
  std::set<std::pair<const Inode*, std::string>> lost;
  for (const NameChange& one : name_changes_) {
    const std::pair from(one.from_directory.get(), one.from), to(one.to_directory.get(), one.to);
    const bool possible = !(one.from_directory && lost.contains(from)) && !(one.to_directory && lost.contains(to));
    if (possible && random.chance(kept)) {
      apply(one);
      continue;
    }
    ++counters.names_lost;
    if (one.from_directory) lost.insert(from);
    if (one.to_directory) lost.insert(to);
  }
  name_changes_.clear();
  const uint64_t lost_before = counters.unsynced_bytes_lost;
  settle(*root_, knobs, random, counters);
  if (counters.unsynced_bytes_lost > lost_before) ++counters.power_cuts_with_unsynced_bytes;
}

void DiskImage::settle(Inode& inode, const Knobs& knobs, Random& random, Counters& counters) {
  if (!inode.directory) return inode.power_cut(knobs, random, counters);
  inode.names = inode.durable_names;
  for (auto& [name, child] : inode.names) settle(*child, knobs, random, counters);
}

void DiskImage::forget_failed(Inode& inode) {
  inode.forget_failed();
  for (auto& [name, child] : inode.names) forget_failed(*child);
}

void DiskImage::process_end() { forget_failed(*root_); }

uint64_t DiskImage::used_bytes(const Inode& inode) {
  uint64_t total = inode.content().size();
  for (const auto& [name, child] : inode.names) total += used_bytes(*child);
  return total;
}

}  // namespace evlog::io::sim

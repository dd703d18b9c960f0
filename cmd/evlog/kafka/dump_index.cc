#include "evlog/kafka/dump_index.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/text.h"
#include "evlog/kafka/tool.h"
#include "evlog/mapped_file.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::cmd::kafka {
namespace {

namespace fs = std::filesystem;

Or<MappedFile> map(const std::string& path) {
  auto file = MappedFile::open(path);
  if (!file) return stop(as_stop(file.error()));
  return std::move(*file);
}

std::string sibling(const std::string& path, std::string_view extension) { return fs::path(path).replace_extension(extension).string(); }
int64_t base_of(const std::string& path) { return parse_int(fs::path(path).stem().string()).value_or(0); }

struct OffsetEntry { int64_t offset; int32_t position; };
struct TimeEntry { int64_t timestamp, offset; };

class OffsetEntries {
 public:
  OffsetEntries(Bytes bytes, int64_t base) : bytes_(bytes), base_(base) {}
  size_t size() const { return bytes_.size() / 8; }
  OffsetEntry at(size_t i) const { return {base_ + load_be<int32_t>(bytes_.data() + i * 8), load_be<int32_t>(bytes_.data() + i * 8 + 4)}; }
  // Behind the entries lies room that is not used yet.
  bool unused(size_t i) const { return i > 0 && at(i).offset == base_; }
  size_t position_of(int64_t offset) const {
    size_t out = 0;
    for (size_t i = 0; i < size() && !unused(i) && at(i).offset <= offset; ++i) out = static_cast<size_t>(std::max(at(i).position, 0));
    return out;
  }

 private:
  Bytes bytes_;
  int64_t base_;
};

Bytes from(Bytes log, size_t position) { return log.subspan(std::min(position, log.size())); }

int64_t max_timestamp(const record::BatchView& batch) {
  record::RecordIterator records(batch);
  int64_t out = record::timestamp_none;
  while (const auto r = records.next()) out = std::max(out, r->timestamp);
  return out;
}

struct TimeFaults {
  std::string mismatches, disorder, missing;
  void check(const TimeEntry& entry, int64_t previous, Bytes log_from) {
    record::BatchIterator batches(log_from);
    auto batch = batches.next();
    while (batch && batch->last_offset().value() < entry.offset) batch = batches.next();
    if (!batch || batch->last_offset().value() != entry.offset) {
      missing += fmt::format("Indexed offset: {}, found log offset: {}\n", entry.offset, batch ? batch->last_offset().value() : -1);
      return;
    }
    const int64_t found = max_timestamp(*batch);
    if (found != entry.timestamp) mismatches += fmt::format("  Index timestamp: {}, log timestamp: {}\n", entry.timestamp, found);
    if (previous >= entry.timestamp) disorder += fmt::format("  Index timestamp: {}, Previously indexed timestamp: {}\n", entry.timestamp, previous);
  }
  void print(const std::string& path) const {
    if (!mismatches.empty()) fmt::print(stderr, "Found timestamp mismatch in :{}\n{}", path, mismatches);
    if (!disorder.empty()) fmt::print(stderr, "Found out of order timestamp in :{}\n{}", path, disorder);
    if (!missing.empty()) fmt::print(stderr, "The following indexed offsets are not found in :{}\n{}", path, missing);
  }
};

}  // namespace

Or<void> dump_offset_index(const std::string& path, IndexOptions options) {
  const auto log = map(sibling(path, ".log")), index = map(path);
  if (!log) return stop(log.error());
  if (!index) return stop(index.error());
  const OffsetEntries entries(index->bytes(), base_of(path));
  if (entries.size() == 0) return say("{} is empty.", path), Or<void>();
  if (options.sanity_only) {
    if (index->bytes().size() % 8 != 0) return stop(fmt::format("Index file {} is corrupt, found {} bytes which is neither positive nor a multiple of 8.", path, index->bytes().size()));
    return say("{} passed sanity check.", path), Or<void>();
  }
  std::string mismatches;
  for (size_t i = 0; i < entries.size() && !entries.unused(i); ++i) {
    const OffsetEntry entry = entries.at(i);
    const auto batch = record::BatchIterator(from(log->bytes(), static_cast<size_t>(std::max(entry.position, 0)))).next();
    if (!batch) return stop(fmt::format("{}: no batch lies at position {} of the log", path, entry.position));
    if (batch->last_offset().value() != entry.offset) mismatches.insert(0, fmt::format("  Index offset: {}, log offset: {}\n", entry.offset, batch->last_offset().value()));
    if (!options.verify_only) say("offset: {} position: {}", entry.offset, entry.position);
  }
  if (!mismatches.empty()) fmt::print(stderr, "Mismatches in :{}\n{}", fs::absolute(path).string(), mismatches);
  return {};
}

Or<void> dump_time_index(const std::string& path, IndexOptions options) {
  const auto log = map(sibling(path, ".log")), index = map(sibling(path, ".index")), times = map(path);
  for (const auto* file : {&log, &index, &times})
    if (!*file) return stop(file->error());
  if (options.sanity_only) {
    if (times->bytes().size() % 12 != 0) return stop(fmt::format("Time index file {} is corrupt, found {} bytes which is neither positive nor a multiple of 12.", path, times->bytes().size()));
    return say("{} passed sanity check.", path), Or<void>();
  }
  const int64_t base = base_of(path);
  const OffsetEntries entries(index->bytes(), base);
  TimeFaults faults;
  int64_t previous = -1;
  for (size_t i = 0; i < times->bytes().size() / 12; ++i) {
    const uint8_t* const at = times->bytes().data() + i * 12;
    const TimeEntry entry{load_be<int64_t>(at), base + load_be<int32_t>(at + 8)};
    if (i > 0 && entry.offset == base) break;
    faults.check(entry, previous, from(log->bytes(), entries.position_of(entry.offset)));
    if (!options.verify_only) say("timestamp: {} offset: {}", entry.timestamp, entry.offset);
    previous = entry.timestamp;
  }
  faults.print(fs::absolute(path).string());
  return {};
}

}  // namespace evlog::cmd::kafka

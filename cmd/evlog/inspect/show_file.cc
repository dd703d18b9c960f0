#include "evlog/inspect/show_file.h"

#include <algorithm>

#include "base/text.h"
#include "client/time_spec.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/inspect/partition_check.h"
#include "evlog/inspect/txn_index.h"
#include "evlog/inspect/wal_file.h"
#include "evlog/mapped_file.h"
#include "evlog/table.h"
#include "log/offset_checkpoint.h"
#include "log/producer_snapshot.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

int64_t base_of(const fs::path& path) { return parse_int(path.stem().string()).value_or(0); }
bool zeros(Bytes bytes) { return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; }); }

void line(std::string& out, bool json, const JsonLine& object, std::string text) { out += (json ? object.object() : text) + "\n"; }

// Behind the entries lies room that is not used yet.
void show_offsets(const fs::path& path, Bytes bytes, bool json, std::string& out) {
  for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    if (at > 0 && zeros(bytes.subspan(at))) return;
    const int64_t offset = base_of(path) + load_be<int32_t>(bytes.data() + at), position = load_be<int32_t>(bytes.data() + at + 4);
    line(out, json, JsonLine().number("offset", offset).number("position", position), fmt::format("offset {} pos {}", offset, position));
  }
}

void show_times(const fs::path& path, Bytes bytes, bool json, std::string& out) {
  for (size_t at = 0; at + 12 <= bytes.size(); at += 12) {
    if (at > 0 && zeros(bytes.subspan(at))) return;
    const int64_t time = load_be<int64_t>(bytes.data() + at), offset = base_of(path) + load_be<int32_t>(bytes.data() + at + 8);
    line(out, json, JsonLine().number("timestamp", time).number("offset", offset), fmt::format("timestamp {} ({}) offset {}", time, client::iso_time(time), offset));
  }
}

void show_aborted(Bytes bytes, bool json, std::string& out) {
  for (const AbortedTransaction& t : read_txn_index(bytes))
    line(out, json, JsonLine().number("producer_id", t.producer.value()).number("first_offset", t.first.value()).number("last_offset", t.last.value()).number("last_stable_offset", t.last_stable.value()),
         fmt::format("pid {} aborted offset {}..{} last-stable {}", t.producer.value(), t.first.value(), t.last.value(), t.last_stable.value()));
}

void show_producers(const log::ProducerState& state, bool json, std::string& out) {
  for (const auto& [id, entry] : state.entries()) {
    const log::ProducerBatch none, & last = entry.last() ? *entry.last() : none;
    const int64_t open = entry.transaction_first_offset.value();
    line(out, json,
         JsonLine().number("producer_id", id.value()).number("producer_epoch", entry.epoch.value()).number("last_sequence", last.last_sequence).number("last_offset", last.last_offset.value()).number("offset_delta", last.offset_delta)
             .number("timestamp", entry.last_timestamp_ms).number("coordinator_epoch", entry.coordinator_epoch).number_or_null("transaction_first_offset", open < 0 ? std::nullopt : std::optional(open)),
         fmt::format("pid {} epoch {} last seq {} last offset {} ts {}{}", id.value(), entry.epoch.value(), last.last_sequence, last.last_offset.value(), entry.last_timestamp_ms < 0 ? "none" : client::iso_time(entry.last_timestamp_ms),
                     open < 0 ? "" : fmt::format(" transaction open since {}", open)));
  }
}

void show_epochs(const log::EpochCache& epochs, bool json, std::string& out) {
  for (const auto& [epoch, start] : epochs.entries())
    line(out, json, JsonLine().number("leader_epoch", epoch.value()).number("start_offset", start.value()), fmt::format("leader-epoch {} from offset {}", epoch.value(), start.value()));
}

void show_checkpoint(const log::OffsetCheckpoint& checkpoint, bool json, std::string& out) {
  for (const auto& [partition, offset] : checkpoint)
    line(out, json, JsonLine().text("topic", partition.topic).number("partition", partition.partition.value()).number("offset", offset.value()), fmt::format("{} offset {}", partition.text(), offset.value()));
}

void show_wal(const std::vector<log::WalReader::Frame>& frames, bool json, std::string& out) {
  for (const auto& f : frames)
    line(out, json,
         JsonLine().number("commit", static_cast<int64_t>(f.commit)).text("partition", f.place.partition).number("segment", f.place.segment_base.value()).number("position", static_cast<int64_t>(f.place.position)).number("bytes", f.content_bytes),
         fmt::format("commit {} {} segment {} pos {} size {}", f.commit, f.place.partition, f.place.segment_base.value(), f.place.position, f.content_bytes));
}

// The text as it is; --json wraps a line each.
void show_text(std::string_view text, bool json, std::string& out) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string one(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    line(out, json, JsonLine().text("line", one), one);
  }
}

}  // namespace

Expected<void> show_file(const fs::path& path, bool json, std::string& out) {
  const auto file = MappedFile::open(path.string());
  if (!file) return failure(file.error());
  if (auto sound = check_small_file(path); !sound)
    return failure(exit_code::failed, fmt::format("evlog repair {}", fs::absolute(path).parent_path().lexically_normal().string()), "{}: {}", path.string(), sound.error().message);
  const Bytes bytes = file->bytes();
  switch (kind_of(path)) {
    case FileKind::offset_index: show_offsets(path, bytes, json, out); break;
    case FileKind::time_index: show_times(path, bytes, json, out); break;
    case FileKind::txn_index: show_aborted(bytes, json, out); break;
    case FileKind::producer_snapshot: show_producers(*log::parse_producer_snapshot(bytes), json, out); break;
    case FileKind::leader_epochs: show_epochs(*log::EpochCache::parse(as_text(bytes)), json, out); break;
    case FileKind::offset_checkpoint: show_checkpoint(*log::parse_offset_checkpoint(as_text(bytes)), json, out); break;
    case FileKind::evlog_wal: show_wal(*read_wal(path), json, out); break;
    case FileKind::other: return failure(exit_code::usage, "a .log, .index, .timeindex, .txnindex, .snapshot or .checkpoint file, or another of a data directory", "{} is no file of a log", path.string());
    default: show_text(as_text(bytes), json, out);
  }
  return {};
}

}  // namespace evlog::cmd

#include "evlog/inspect/segment_stats.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

constexpr const char* codec_names[] = {"none", "gzip", "snappy", "lz4", "zstd"};

std::string percent(uint64_t part, uint64_t whole) { return whole ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole)) : "-"; }
int64_t number(uint64_t n) { return static_cast<int64_t>(n); }

}  // namespace

void SegmentStats::batch(const record::BatchView& b) {
  ++batches_;
  bytes_ += b.size_bytes();
  ++sizes_[std::min(sizes_.size() - 1, static_cast<size_t>(std::bit_width(b.size_bytes() - 1)))];
  control_batches_ += b.is_control();
  transactional_batches_ += b.is_transactional() && !b.is_control();
  const uint64_t before = records_, plain_before = key_bytes_ + value_bytes_;
  record::RecordIterator records(b);
  while (const auto r = records.next()) {
    ++records_;
    if (!b.is_control()) record(*r);
  }
  unreadable_batches_ += !records.status();
  if (!b.compression()) return;
  Codec& codec = codecs_[static_cast<size_t>(*b.compression())];
  ++codec.batches;
  codec.records += records_ - before;
  codec.stored_bytes += b.size_bytes();
  codec.plain_bytes += key_bytes_ + value_bytes_ - plain_before;
}

void SegmentStats::record(const record::Record& r) {
  const size_t key_bytes = r.key ? r.key->size() : 0, value_bytes = r.value ? r.value->size() : 0;
  key_bytes_ += key_bytes;
  value_bytes_ += value_bytes;
  headers_ += r.headers.size();
  tombstones_ += !r.value;
  if (!r.key) return void(++null_keys_);
  const auto bytes = static_cast<uint32_t>(std::min<size_t>(key_bytes + value_bytes, UINT32_MAX));
  const uint64_t hash = std::hash<std::string_view>()(as_text(*r.key));
  const auto found = keys_.find(hash);
  if (found != keys_.end()) {
    ++superseded_records_;
    superseded_bytes_ += found->second.bytes;
    found->second.bytes = bytes;
  } else if (keys_.size() < keys_max) {
    keys_[hash] = {bytes};
  } else {
    ++uncounted_keys_;
  }
}

void SegmentStats::print(bool json) const {
  std::vector<std::string> codecs, sizes;
  for (size_t i = 0; i < codecs_.size(); ++i)
    if (codecs_[i].batches) codecs.push_back(JsonLine().text("codec", codec_names[i]).number("batches", number(codecs_[i].batches)).number("records", number(codecs_[i].records)).number("stored_bytes", number(codecs_[i].stored_bytes)).number("payload_bytes", number(codecs_[i].plain_bytes)).object());
  for (size_t i = 0; i < sizes_.size(); ++i)
    if (sizes_[i]) sizes.push_back(JsonLine().number("up_to_bytes", int64_t{1} << i).number("batches", number(sizes_[i])).object());
  if (json) {
    JsonLine().number("batches", number(batches_)).number("records", number(records_)).number("bytes", number(bytes_)).number("control_batches", number(control_batches_)).number("transactional_batches", number(transactional_batches_))
        .number("unreadable_batches", number(unreadable_batches_)).raw("codecs", JsonLine::array(codecs)).raw("batch_sizes", JsonLine::array(sizes)).number("key_bytes", number(key_bytes_)).number("value_bytes", number(value_bytes_))
        .number("headers", number(headers_)).number("null_keys", number(null_keys_)).number("tombstones", number(tombstones_)).number("keys", number(keys_.size())).number("keys_not_counted", number(uncounted_keys_))
        .number("superseded_records", number(superseded_records_)).number("superseded_bytes", number(superseded_bytes_)).print();
    return;
  }
  fmt::print("{} batches ({} control, {} transactional), {} records, {} bytes\n\n", batches_, control_batches_, transactional_batches_, records_, bytes_);
  Table by_codec({"CODEC", "BATCHES", "RECORDS", "STORED", "PAYLOAD", "STORED/PAYLOAD"});
  for (size_t i = 0; i < codecs_.size(); ++i)
    if (const Codec& c = codecs_[i]; c.batches) by_codec.row({codec_names[i], fmt::format("{}", c.batches), fmt::format("{}", c.records), fmt::format("{}", c.stored_bytes), fmt::format("{}", c.plain_bytes), percent(c.stored_bytes, c.plain_bytes)});
  by_codec.print();
  fmt::print("\n");
  Table by_size({"BATCHES UP TO", "BATCHES", "SHARE"});
  for (size_t i = 0; i < sizes_.size(); ++i)
    if (sizes_[i]) by_size.row({human_bytes(uint64_t{1} << i), fmt::format("{}", sizes_[i]), percent(sizes_[i], batches_)});
  by_size.print();
  fmt::print("\nkeys: {} distinct, {} records without one, {} tombstones, {} headers\n", keys_.size(), null_keys_, tombstones_, headers_);
  if (uncounted_keys_) fmt::print("      {} records of further keys were not counted\n", uncounted_keys_);
  if (unreadable_batches_) fmt::print("unreadable batches: {}\n", unreadable_batches_);
  fmt::print("compaction would drop {} records ({}), {} bytes of keys and values ({}), and later the tombstones\n", superseded_records_, percent(superseded_records_, records_), superseded_bytes_,
             percent(superseded_bytes_, key_bytes_ + value_bytes_));
}

}  // namespace evlog::cmd

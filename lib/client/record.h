// A Record as people and scripts see it: views into memory that somebody else holds until the next record is asked for.
// What a source does not know stays at its default: -1 for numbers, unset for partition and timestamp on the way in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace evlog::client {

struct Header {
  std::string_view name;
  std::optional<std::string_view> value;
};

struct Record {
  std::string_view topic;
  int32_t partition = -1;     // -1 when producing: the partitioner chooses
  int64_t offset = -1;
  int64_t timestamp_ms = -1;  // -1 when producing: now
  std::string_view timestamp_type = "create";  // "create", "append" or "none"
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<Header> headers;
  int32_t leader_epoch = -1;

  // Known only to who reads the batch itself.
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  std::string_view compression;
  bool transactional = false;
  bool control = false;

  int64_t log_start = -1;       // of the partition, where known
  int64_t high_watermark = -1;

  void clear() {
    std::vector<Header> keep = std::move(headers);
    *this = Record{};
    keep.clear();
    headers = std::move(keep);
  }
};

}  // namespace evlog::client

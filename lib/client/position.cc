#include "client/position.h"

#include <algorithm>

namespace evlog::client {
namespace {

using Kind = Position::Kind;
using List = Rd<rd_kafka_topic_partition_list_t>;

List list_of(const PartitionPlace& place) {
  List list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition);
  return list;
}

ClientResult<int64_t> offset_at(rd_kafka_t& rk, const PartitionPlace& place, int64_t time_ms, int64_t end, int timeout_ms) {
  const List list = list_of(place);
  list->elems[0].offset = time_ms;
  if (const auto error = rd_kafka_offsets_for_times(&rk, list.get(), timeout_ms)) return std::unexpected(client_error(error));
  if (const auto error = list->elems[0].err) return std::unexpected(client_error(error));
  return list->elems[0].offset < 0 ? end : list->elems[0].offset;
}

ClientResult<int64_t> committed(rd_kafka_t& rk, const PartitionPlace& place, int64_t otherwise, int timeout_ms) {
  const List list = list_of(place);
  const auto error = rd_kafka_committed(&rk, list.get(), timeout_ms);
  if (error == RD_KAFKA_RESP_ERR__UNKNOWN_GROUP) return otherwise;
  if (error) return std::unexpected(client_error(error));
  return list->elems[0].offset < 0 ? otherwise : list->elems[0].offset;
}

}  // namespace

ClientResult<Watermarks> query_watermarks(rd_kafka_t& rk, const PartitionPlace& place, int timeout_ms) {
  Watermarks marks;
  const auto error = rd_kafka_query_watermark_offsets(&rk, place.topic.c_str(), place.partition, &marks.start, &marks.end, timeout_ms);
  if (error) return std::unexpected(client_error(error));
  return marks;
}

ClientResult<int64_t> resolve(rd_kafka_t& rk, const PartitionPlace& place, const Position& position, const Watermarks& marks, int timeout_ms) {
  ClientResult<int64_t> offset = marks.start;
  switch (position.kind) {
    case Kind::beginning: break;
    case Kind::end: offset = marks.end; break;
    case Kind::offset: offset = position.value; break;
    case Kind::before_end: offset = marks.end - std::min(position.value, marks.end); break;
    case Kind::after_start: offset = position.value > marks.end - marks.start ? marks.end : marks.start + position.value; break;
    case Kind::time: offset = offset_at(rk, place, position.value, marks.end, timeout_ms); break;
    case Kind::stored: offset = committed(rk, place, marks.start, timeout_ms); break;
  }
  if (!offset) return offset;
  return std::clamp(*offset, marks.start, std::max(marks.start, marks.end));
}

}  // namespace evlog::client

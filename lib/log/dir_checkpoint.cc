#include "log/dir_checkpoint.h"

#include <algorithm>

#include "base/crc32c.h"
#include "log/state_bytes.h"

namespace evlog::log {
namespace {

constexpr std::string_view magic = "evlogckp";
constexpr uint16_t version_known = 1;
constexpr size_t version_at = 8, flags_at = 10, crc_at = 12, length_at = 16, body_crc_at = 24, directory_at = 32, epoch_at = 48, claimed_at = 56;
constexpr uint16_t flag_complete = 1, flag_tidy = 2;

uint32_t head_checksum(Bytes head) {
  return crc32c(head.subspan(length_at, dir_checkpoint_head_size - length_at), crc32c(head.first(crc_at)));
}

}  // namespace

const DirCheckpoint::Entry* DirCheckpoint::find(const TopicPartition& partition) const {
  const auto found = std::ranges::lower_bound(entries, partition, {}, &Entry::partition);
  return found != entries.end() && found->partition == partition ? &*found : nullptr;
}

Buffer encode_dir_checkpoint_head(const DirCheckpoint& checkpoint) {
  Buffer head(dir_checkpoint_head_size);
  std::memset(head.data(), 0, head.size());
  std::memcpy(head.data(), magic.data(), magic.size());
  store_be<uint16_t>(head.data() + version_at, version_known);
  store_be<uint16_t>(head.data() + flags_at, static_cast<uint16_t>((checkpoint.complete ? flag_complete : 0) | (checkpoint.tidy ? flag_tidy : 0)));
  store_be<uint64_t>(head.data() + length_at, checkpoint.body_bytes);
  store_be<uint32_t>(head.data() + body_crc_at, checkpoint.body_crc);
  store_be<uint64_t>(head.data() + directory_at, checkpoint.directory_id.high);
  store_be<uint64_t>(head.data() + directory_at + 8, checkpoint.directory_id.low);
  store_be<int64_t>(head.data() + epoch_at, checkpoint.broker_epoch);
  store_be<int64_t>(head.data() + claimed_at, checkpoint.claimed_epoch);
  store_be<uint32_t>(head.data() + crc_at, head_checksum(head));
  return head;
}

Buffer encode_dir_checkpoint(const DirCheckpoint& checkpoint) {
  Buffer out;
  size_t bytes = dir_checkpoint_head_size + 16;
  for (const auto& entry : checkpoint.entries) bytes += entry.partition.topic.size() + entry.state.bytes.size() + 40;
  out.reserve(bytes);
  out.resize(dir_checkpoint_head_size);
  StateWriter to(out);
  to.number(checkpoint.entries.size());
  for (const auto& entry : checkpoint.entries) {
    to.text(entry.partition.topic);
    to.number(static_cast<uint64_t>(entry.partition.partition.value()));
    to.uuid(entry.topic_id);
    to.run(entry.state.bytes);
  }
  const Bytes body = out.bytes().subspan(dir_checkpoint_head_size);
  DirCheckpoint head{.directory_id = checkpoint.directory_id, .broker_epoch = checkpoint.broker_epoch, .claimed_epoch = checkpoint.claimed_epoch,
                     .complete = checkpoint.complete, .tidy = checkpoint.tidy, .entries = {}, .body_bytes = body.size(), .body_crc = crc32c(body)};
  const Buffer bytes_of_head = encode_dir_checkpoint_head(head);
  std::memcpy(out.data(), bytes_of_head.data(), bytes_of_head.size());
  return out;
}

Result<DirCheckpoint> decode_dir_checkpoint(std::shared_ptr<const Buffer> file) {
  const Bytes bytes = file->bytes();
  if (bytes.size() < dir_checkpoint_head_size) return fail(ErrorCode::CORRUPT_MESSAGE, "{} bytes are too few", bytes.size());
  if (as_text(bytes.first(magic.size())) != magic) return fail(ErrorCode::CORRUPT_MESSAGE, "it does not begin as a checkpoint of evlog does");
  if (load_be<uint32_t>(bytes.data() + crc_at) != head_checksum(bytes)) return fail(ErrorCode::CORRUPT_MESSAGE, "the checksum of its head does not match");
  const auto version = load_be<uint16_t>(bytes.data() + version_at);
  if (version != version_known) return fail(ErrorCode::UNSUPPORTED_VERSION, "version {}, this evlog knows {}", version, version_known);
  const Bytes body = bytes.subspan(dir_checkpoint_head_size);
  const auto flags = load_be<uint16_t>(bytes.data() + flags_at);
  DirCheckpoint checkpoint{.directory_id = {load_be<uint64_t>(bytes.data() + directory_at), load_be<uint64_t>(bytes.data() + directory_at + 8)},
                           .broker_epoch = load_be<int64_t>(bytes.data() + epoch_at),
                           .claimed_epoch = load_be<int64_t>(bytes.data() + claimed_at),
                           .complete = (flags & flag_complete) != 0,
                           .tidy = (flags & flag_tidy) != 0,
                           .entries = {},
                           .body_bytes = load_be<uint64_t>(bytes.data() + length_at),
                           .body_crc = load_be<uint32_t>(bytes.data() + body_crc_at)};
  if (checkpoint.body_bytes != body.size()) return fail(ErrorCode::CORRUPT_MESSAGE, "{} bytes where {} are announced", body.size(), checkpoint.body_bytes);
  if (checkpoint.body_crc != crc32c(body)) return fail(ErrorCode::CORRUPT_MESSAGE, "the checksum does not match");
  StateReader from(body);
  checkpoint.entries.resize(from.count(19));
  for (auto& entry : checkpoint.entries) {
    entry.partition.topic = as_text(from.run());
    entry.partition.partition = PartitionIndex(static_cast<int32_t>(from.number()));
    entry.topic_id = from.uuid();
    entry.state = {file, from.run()};
  }
  if (from.bad() || !from.at_end()) return fail(ErrorCode::CORRUPT_MESSAGE, "the entries do not end where they should");
  for (size_t i = 1; i < checkpoint.entries.size(); ++i)
    if (checkpoint.entries[i].partition <= checkpoint.entries[i - 1].partition) return fail(ErrorCode::CORRUPT_MESSAGE, "partitions do not rise");
  return checkpoint;
}

}  // namespace evlog::log

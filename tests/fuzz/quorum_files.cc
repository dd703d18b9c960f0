// quorum-state, checkpoints and metadata records: whatever lies in the metadata log's directory is read or refused, never trusted.
#include "quorum/election_state.h"
#include "quorum/metadata_batch.h"
#include "record/batch.h"
#include "wire/record/metadata.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes in(data, size);
  if (const auto state = quorum::parse_election_state(as_text(in))) {
    const auto again = quorum::parse_election_state(quorum::format_election_state(*state, 1, 1));
    EVLOG_ASSERT(again && again->leader_epoch == state->leader_epoch);
  }
  (void)quorum::checkpoint_records(in);
  // The checksum keeps a fuzzer out: it is made right, so that the records behind it are reached.
  if (const auto batch = record::parse_batch(in)) {
    Buffer whole(batch->bytes());
    record::set_crc(whole.mutable_bytes());
    quorum::Replay replay{cluster::Image{}};
    (void)replay.apply_checkpoint(whole, Offset{0});
  }
  if (auto record = wire::decode_metadata_record(in)) {
    cluster::ImageBuilder builder{cluster::Image{}};
    (void)builder.apply(*record, Offset{0});
    (void)wire::metadata_record_json(in);
  }
  return 0;
}

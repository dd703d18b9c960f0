// Any bytes as one of the text files: the first byte says which. What is read is written back and read the same.
#include <cstdlib>

#include "log/epoch_cache.h"
#include "log/meta_properties.h"
#include "log/offset_checkpoint.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  bool same = true;
  switch (data[0] % 4) {
    case 0:
      if (auto epochs = log::EpochCache::parse(text)) same = log::EpochCache::parse(epochs->format())->entries() == epochs->entries();
      break;
    case 1:
      if (auto offsets = log::parse_offset_checkpoint(text)) same = *log::parse_offset_checkpoint(log::format_offset_checkpoint(*offsets)) == *offsets;
      break;
    case 2:
      if (auto metadata = log::parse_partition_metadata(text)) same = log::parse_partition_metadata(log::format_partition_metadata(*metadata))->topic_id == metadata->topic_id;
      break;
    default: (void)log::parse_meta_properties(text);
  }
  if (!same) std::abort();
  return 0;
}

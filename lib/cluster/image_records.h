// ImageRecords: an image said again as metadata records, in the order of Kafka's snapshots. Applied to an empty image they give the
// same image. One at a time, so that whoever writes a large image can pause; the records are views into the image, which is kept.
#pragma once

#include <optional>

#include "cluster/image.h"

namespace evlog::cluster {

class ImageRecords {
 public:
  explicit ImageRecords(ImagePtr image);
  std::optional<wire::MetadataRecord> next();          // nothing at the end

 private:
  std::optional<wire::MetadataRecord> next_feature();
  std::optional<wire::MetadataRecord> next_broker();
  std::optional<wire::MetadataRecord> next_controller();
  std::optional<wire::MetadataRecord> next_of_topics();
  std::optional<wire::MetadataRecord> next_config();
  std::optional<wire::MetadataRecord> producer_ids();
  std::optional<wire::MetadataRecord> next_kept();

  ImagePtr image_;
  bool told_metadata_version_ = false, told_producer_ids_ = false;
  std::map<std::string, int16_t, std::less<>>::const_iterator feature_;
  std::map<BrokerId, BrokerView>::const_iterator broker_;
  std::map<int32_t, ControllerView>::const_iterator controller_;
  Topics::const_iterator topic_;
  std::optional<size_t> partition_;                    // of topic_; none: the topic itself is next
  std::map<ConfigResource, ConfigValues>::const_iterator resource_;
  std::optional<ConfigValues::const_iterator> value_;  // of resource_
  KeptRecords::const_iterator kept_;
};

}  // namespace evlog::cluster

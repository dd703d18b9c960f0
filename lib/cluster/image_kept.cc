// ImageBuilder: records about subjects that this build does not act on. The newest record of each subject is kept as it was.
#include "cluster/image.h"

namespace evlog::cluster {

template <class Record>
Result<void> ImageBuilder::keep(std::string subject, const Record& record) {
  Buffer bytes;
  wire::encode_metadata_record(bytes, wire::MetadataRecord(record));
  own(next_.kept_, kept_)[std::move(subject)] = as_text(bytes);
  return {};
}

Result<void> ImageBuilder::forget(const std::string& subject) {
  own(next_.kept_, kept_).erase(subject);
  return {};
}

// Names come from clients and may hold any byte: in front of each stands its length.
static std::string part(std::string_view text) { return fmt::format("{}:{}/", text.size(), text); }

Result<void> ImageBuilder::on(const wire::ClientQuotaRecord& r) {
  std::string subject = "quota/";
  for (const auto& entity : r.entity) subject += part(entity.entity_type) + (entity.entity_name ? part(*entity.entity_name) : "default/");
  subject += part(r.key);
  return r.remove ? forget(subject) : keep(std::move(subject), r);
}

Result<void> ImageBuilder::on(const wire::AccessControlEntryRecord& r) { return keep("acl/" + r.id.text(), r); }
Result<void> ImageBuilder::on(const wire::RemoveAccessControlEntryRecord& r) { return forget("acl/" + r.id.text()); }

Result<void> ImageBuilder::on(const wire::UserScramCredentialRecord& r) { return keep(fmt::format("scram/{}{}", part(r.name), r.mechanism), r); }
Result<void> ImageBuilder::on(const wire::RemoveUserScramCredentialRecord& r) { return forget(fmt::format("scram/{}{}", part(r.name), r.mechanism)); }

Result<void> ImageBuilder::on(const wire::DelegationTokenRecord& r) { return keep("token/" + part(r.token_id), r); }
Result<void> ImageBuilder::on(const wire::RemoveDelegationTokenRecord& r) { return forget("token/" + part(r.token_id)); }

Result<void> ImageBuilder::on(const wire::UnknownMetadataRecord&) {
  ++next_.unknown_records_;
  return {};
}

// Of one topic, or of all when none is named.
Result<void> ImageBuilder::on(const wire::ClearElrRecord& r) {
  std::vector<Uuid> ids;
  for (const auto& [name, topic] : *next_.topics_)
    if (r.topic_name.empty() || name == r.topic_name) ids.push_back(topic->id);
  for (const Uuid& id : ids) {
    auto topic = own_topic(id);
    if (!topic) return fail(topic.error());
    for (auto& partition : (*topic)->partitions) {
      if (!partition.elr.empty() || !partition.last_known_elr.empty()) ++partition.partition_epoch;
      partition.elr.clear();
      partition.last_known_elr.clear();
    }
  }
  return {};
}

}  // namespace evlog::cluster

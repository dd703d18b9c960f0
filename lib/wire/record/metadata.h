// Records of __cluster_metadata in Kafka's schemas and framing: frame version 1, type and version as variable-length integers, then
// the message. What is not known, by type or by version, is kept as the bytes it was, so that a directory written by a newer Kafka
// loses nothing. A decoded record is a view into its bytes; one that is proposed must keep its texts alive until it is encoded.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "wire/record/metadata_access.h"
#include "wire/record/metadata_cluster.h"
#include "wire/record/metadata_nodes.h"
#include "wire/record/metadata_topics.h"

namespace evlog::wire {

struct UnknownMetadataRecord {
  uint32_t type = 0;
  uint32_t version = 0;
  Bytes bytes;  // the whole record, framing included
};

#define EVLOG_WIRE_METADATA_RECORDS(X)                                                                                          \
  X(RegisterBrokerRecord) X(UnregisterBrokerRecord) X(TopicRecord) X(PartitionRecord) X(ConfigRecord) X(PartitionChangeRecord)   \
  X(FenceBrokerRecord) X(UnfenceBrokerRecord) X(RemoveTopicRecord) X(DelegationTokenRecord) X(UserScramCredentialRecord)        \
  X(FeatureLevelRecord) X(ClientQuotaRecord) X(ProducerIdsRecord) X(BrokerRegistrationChangeRecord)                             \
  X(AccessControlEntryRecord) X(RemoveAccessControlEntryRecord) X(NoOpRecord) X(ZkMigrationStateRecord)                         \
  X(RemoveUserScramCredentialRecord) X(BeginTransactionRecord) X(EndTransactionRecord) X(AbortTransactionRecord)                \
  X(RemoveDelegationTokenRecord) X(RegisterControllerRecord) X(ClearElrRecord)

using MetadataRecord = std::variant<UnknownMetadataRecord
#define EVLOG_X(name) , name
                                    EVLOG_WIRE_METADATA_RECORDS(EVLOG_X)
#undef EVLOG_X
                                    >;

// INVALID_REQUEST for another frame version, a known record that cannot be read, or bytes left over.
Result<MetadataRecord> decode_metadata_record(Bytes bytes);
// Appends the framed record: known ones in their highest version, unknown ones as they were.
void encode_metadata_record(Buffer& out, const MetadataRecord& record);
void begin_metadata_record(Encoder& out, int16_t type, int16_t version);
template <Described X>
void encode_metadata_record(Buffer& out, int16_t version, const X& record) {
  Encoder encoder(out);
  begin_metadata_record(encoder, X::info.api_key, version);
  encode(encoder, version, record);
}

// {"type":"TOPIC_RECORD","version":0,"data":{…}} as Kafka's dump tool prints it.
Result<std::string> metadata_record_json(Bytes bytes);

}  // namespace evlog::wire

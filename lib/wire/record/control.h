// Records that are not for applications: transaction markers in data logs, and what a quorum writes into the metadata log and its
// snapshots. The key is a version and a type; the value of a quorum's record begins with its own version as a field.
#pragma once

#include <algorithm>

#include "wire/message.h"
#include "wire/versioned.h"

namespace evlog::wire {

struct ControlRecordTypeSchema {
  static constexpr Message info{"ControlRecordTypeSchema", -1, {0, 0}};
  int16_t type = 0;
  static void visit(auto& io, auto& m) {
    io("Type", m.type);
  }
};
EVLOG_WIRE_MESSAGE(ControlRecordTypeSchema)

struct EndTxnMarker {
  static constexpr Message info{"EndTxnMarker", -1, {0, 0}};
  int32_t coordinator_epoch = 0;
  static void visit(auto& io, auto& m) {
    io("CoordinatorEpoch", m.coordinator_epoch);
  }
};
EVLOG_WIRE_MESSAGE(EndTxnMarker)

struct LeaderChangeMessage {
  static constexpr Message info{"LeaderChangeMessage", -1, {0, 1}, 0};
  struct Voter {
    int32_t voter_id = 0;
    Uuid voter_directory_id;
    static void visit(auto& io, auto& m) {
      io("VoterId", m.voter_id);
      io("VoterDirectoryId", m.voter_directory_id, since(1));
    }
  };
  int16_t version = 0;
  int32_t leader_id = 0;
  Array<Voter> voters, granting_voters;
  static void visit(auto& io, auto& m) {
    io("Version", m.version);
    io("LeaderId", m.leader_id);
    io("Voters", m.voters);
    io("GrantingVoters", m.granting_voters);
  }
};
EVLOG_WIRE_MESSAGE(LeaderChangeMessage)

struct SnapshotHeaderRecord {
  static constexpr Message info{"SnapshotHeaderRecord", -1, {0, 0}, 0};
  int16_t version = 0;
  int64_t last_contained_log_timestamp = 0;
  static void visit(auto& io, auto& m) {
    io("Version", m.version);
    io("LastContainedLogTimestamp", m.last_contained_log_timestamp);
  }
};
EVLOG_WIRE_MESSAGE(SnapshotHeaderRecord)

struct SnapshotFooterRecord {
  static constexpr Message info{"SnapshotFooterRecord", -1, {0, 0}, 0};
  int16_t version = 0;
  static void visit(auto& io, auto& m) {
    io("Version", m.version);
  }
};
EVLOG_WIRE_MESSAGE(SnapshotFooterRecord)

struct KRaftVersionRecord {
  static constexpr Message info{"KRaftVersionRecord", -1, {0, 0}, 0};
  int16_t version = 0;
  int16_t kraft_version = 0;
  static void visit(auto& io, auto& m) {
    io("Version", m.version);
    io("KRaftVersion", m.kraft_version);
  }
};
EVLOG_WIRE_MESSAGE(KRaftVersionRecord)

struct VotersRecord {
  static constexpr Message info{"VotersRecord", -1, {0, 0}, 0};
  struct Voter {
    struct Endpoint {
      std::string_view name, host;
      uint16_t port = 0;
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("Host", m.host);
        io("Port", m.port);
      }
    };
    struct KRaftVersionFeature {
      int16_t min_supported_version = 0;
      int16_t max_supported_version = 0;
      static void visit(auto& io, auto& m) {
        io("MinSupportedVersion", m.min_supported_version);
        io("MaxSupportedVersion", m.max_supported_version);
      }
    };
    int32_t voter_id = 0;
    Uuid voter_directory_id;
    Array<Endpoint> endpoints;
    KRaftVersionFeature kraft_version_feature;
    static void visit(auto& io, auto& m) {
      io("VoterId", m.voter_id);
      io("VoterDirectoryId", m.voter_directory_id);
      io("Endpoints", m.endpoints);
      io("KRaftVersionFeature", m.kraft_version_feature);
    }
  };
  int16_t version = 0;
  Array<Voter> voters;
  static void visit(auto& io, auto& m) {
    io("Version", m.version);
    io("Voters", m.voters);
  }
};
EVLOG_WIRE_MESSAGE(VotersRecord)

enum class ControlType : int16_t {
  abort = 0,
  commit = 1,
  leader_change = 2,
  snapshot_header = 3,
  snapshot_footer = 4,
  kraft_version = 5,
  kraft_voters = 6,
};

// The type of a control record by its key; -1 when the key is too short. Later types are given as they are.
ControlType control_type(Bytes key);
void encode_control_key(Buffer& out, ControlType type);

// Reads a quorum's record in the version it names; a later one as the highest known.
template <Described X>
Result<void> decode_control(Bytes value, X& out) {
  if (value.size() < 2) return fail(ErrorCode::INVALID_REQUEST, "{} of {} bytes has no version", X::info.name, value.size());
  return decode(value, std::clamp(load_be<int16_t>(value.data()), X::info.versions.min, X::info.versions.max), out);
}
template <Described X>
void encode_control(Buffer& out, X record, int16_t version = X::info.stable_max) {
  record.version = version;
  encode(out, version, record);
}

}  // namespace evlog::wire

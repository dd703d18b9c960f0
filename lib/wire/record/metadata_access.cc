#include "wire/record/metadata_access.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(AccessControlEntryRecord)
EVLOG_WIRE_DEFINE(RemoveAccessControlEntryRecord)
EVLOG_WIRE_DEFINE(UserScramCredentialRecord)
EVLOG_WIRE_DEFINE(RemoveUserScramCredentialRecord)
EVLOG_WIRE_DEFINE(DelegationTokenRecord)
EVLOG_WIRE_DEFINE(RemoveDelegationTokenRecord)
EVLOG_WIRE_DEFINE(ClientQuotaRecord)

}  // namespace evlog::wire

// One group out of DescribeGroups' answer, in plain values.
#pragma once

#include "client/admin.h"
#include "wire/api/describe_groups.h"

namespace evlog::client {

GroupDescription view_group(const wire::DescribeGroupsResponse::Group& group, int32_t coordinator);

}  // namespace evlog::client

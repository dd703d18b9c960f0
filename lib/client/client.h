// client: what a command line says to a cluster. Produce and consume go through librdkafka; administration is small typed
// calls over wire. Text formats are here too, pure, so that they can be tested without a broker.
//
//   record.h          Record: one record as people and scripts see it, a view
//   record_json.h     Record -> one line of JSON, and back without loss
//   record_format.h   format strings: "%t %p %o %k %s\n", for output and for input
//   offset_spec.h     the grammar of positions: beginning, -10, @2026-01-01, 5:9 …
//   time_spec.h       the grammar of times
//   settings.h        Settings: client properties, Java's names translated to librdkafka's
//   rd.h              librdkafka's handles as owners, and its log and errors as values
//   producer.h        Producer: idempotent by default; counts what was delivered
//   consumer.h        Consumer: partitions assigned by hand; GroupConsumer: by a group
//   transport.h       Transport: a frame to a broker and its answer (the caller brings the sockets)
//   admin.h           Admin: topics, groups and offsets through evlog's own requests
//
// Nothing here knows a clock or prints; everything is used on one thread.
#pragma once

#include "client/admin.h"
#include "client/consumer.h"
#include "client/offset_spec.h"
#include "client/producer.h"
#include "client/record_format.h"
#include "client/record_json.h"
#include "client/settings.h"

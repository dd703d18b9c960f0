// group: the group coordinator as a pure machine. An event and two times go in, actions come out; nothing here waits,
// sleeps, reads a clock or touches a file. One Shard serves all groups of one partition of __consumer_offsets; the broker
// owns it, carries out its actions, and tells it when an append became durable.
//
//   events.h        what comes in (requests with a Token, AppendDone, TopicDeleted) and what goes out (answers, Append)
//   member.h        one member of a group
//   classic_group.h Group: members, votes, waiting requests and the state machine's state; no timers, no records
//   timer_table.h   deadlines as data
//   records.h       the records of __consumer_offsets, byte for byte what Kafka 4.3 writes
//   offset_table.h  committed offsets
//   shard.h         Shard: step(event) -> actions, advance(now) -> actions, replay of records at load
//
// Promises. Every Token is answered exactly once. An answer that rests on a record (the assignment of SyncGroup, a commit)
// is sent only after that record is durable; an offset read is one whose record is durable. After a crash replay() of the
// partition's records gives the groups of the last durable generation, their members with a fresh session each.
// Errors, their order and the timers are those of Kafka 4.3's classic protocol (KIP-62, 134, 345, 389, 394, 559, 814).
#pragma once

#include "group/classic_group.h"
#include "group/events.h"
#include "group/offset_table.h"
#include "group/records.h"
#include "group/shard.h"

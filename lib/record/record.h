// record: Kafka's record batches, read, checked and built. Batches are bytes that somebody else owns; nothing here does io,
// keeps time or starts threads.
//
//   batch.h           BatchView: the header's fields over the bytes; parse_batch; rewriting offset, epoch and time in place
//   batch_iterator.h  batches one behind another, and how such a run of bytes ends
//   record_iterator.h the records in a batch, decompressed as a stream under a cap
//   control_record.h  the records that brokers write for themselves
//   verify.h          everything a broker checks before it appends a producer's batch
//   batch_builder.h   a batch from records
//   compression.h     the four codecs in Kafka's framings
//   murmur2.h         the hash by which Kafka's clients choose a partition
//
// Bytes from the network or the disk are never trusted: lengths are checked before they are used, decompression stops at a
// cap, and every fault is a value. The checksum of a batch covers all but its base offset, length, leader epoch and magic,
// so a broker gives a batch its offset without reading its records.
#pragma once

#include "record/batch.h"
#include "record/batch_builder.h"
#include "record/batch_iterator.h"
#include "record/compression.h"
#include "record/control_record.h"
#include "record/record_iterator.h"
#include "record/verify.h"

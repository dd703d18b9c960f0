// wire: every Kafka message described once (DESIGN: one `visit` per message) and turned into bytes, JSON, schema text, random samples
// and comparison.
//
// Reading order: message.h (how a message is described), api/heartbeat.h (an example), array.h, codec.h (bytes), header.h (what stands
// before a message), record/ (messages that lie in logs: metadata.h, group_log.h, control.h, producer_snapshot.h), then the slow
// visitors over the type-erased type.h: json.h, schema.h, random_message.h, compare.h.
//
//   HeartbeatRequest request;                                  // reading: texts, bytes and arrays are views into the frame,
//   if (auto r = decode(body, version, request); !r) …         // which must outlive the message; nothing is allocated
//
//   MetadataResponse response;                                 // writing: arrays own their elements, texts are still views
//   auto& broker = response.brokers.emplace_back();
//   broker.host = "localhost";
//   Buffer out;
//   Encoder encoder(out);
//   encode_response_header(encoder, api_key, version, correlation_id);
//   encode(encoder, version, response);                        // encoder.holes(): where file bytes are spliced in
//
// A version is known or refused (UNSUPPORTED_VERSION); lengths and counts are checked against the bytes left before anything is
// believed; null where a version has none, tags out of order, bytes left over are INVALID_REQUEST naming the field.
// scripts/check-protocol compares the descriptions with Kafka's own.
#pragma once

#include "wire/array.h"
#include "wire/codec.h"
#include "wire/header.h"
#include "wire/message.h"

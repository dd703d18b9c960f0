// config: every configuration key once, and the readers of the places where people set them. Pure: no files, no environment,
// no clock; whoever has those passes text in.
//
//   key.h            ConfigKey, a row of the tables (name, type, default, valid values, importance, update mode, doc)
//                    broker_keys.inc, topic_keys.inc, group_keys.inc and client_metrics_keys.inc are the tables
//   value.h          parsing and checking one value as Kafka's ConfigDef does, with its error texts
//   store.h          Config: one broker's settings in layers, each with its origin
//   synonyms.h       topic key <- broker keys, with units
//   topic_config.h   TopicConfig, what the log needs of a topic; validation for CreateTopics
//   dynamic.h        what may change while a broker runs; group_config.h: groups' and client metrics' rules
//   listener.h       listeners, advertised addresses, roles, voters
//   broker_config.h  BrokerConfig, what the broker asks for often
//   describe.h       DescribeConfigs' answer
//   man_page.h       evlog-config(5)
//   properties.h     Java's .properties format
//   load.h           files + environment + --set -> Config, with notices and refusals
//
// Four classes of keys: used; accepted without effect (a notice); refused with a way out (an error with a hint); unknown
// (a warning with the nearest name, an error when strict). Kafka's own server.properties is read without an error.
#pragma once

#include "config/broker_config.h"
#include "config/describe.h"
#include "config/dynamic.h"
#include "config/group_config.h"
#include "config/key.h"
#include "config/listener.h"
#include "config/load.h"
#include "config/man_page.h"
#include "config/properties.h"
#include "config/store.h"
#include "config/synonyms.h"
#include "config/topic_config.h"
#include "config/value.h"

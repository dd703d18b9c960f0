// The codec of the differential test: JSON lines in, JSON lines out, so that the runner (differential_test) can write requests and read
// answers as JSON while every byte on the wire is made and understood by lib/wire and lib/record.
//
//   {"op":"request","api":"Fetch","version":12,"correlation":7,"client":"x","request":{…},"prune":true}  ->  {"frame":"base64"}
//   {"op":"response","api":"Fetch","version":12,"frame":"base64"}  ->  {"correlation":7,"response":{…}}
//   {"op":"api","api":"Fetch"}  ->  {"key":1,"min":4,"max":18}
//
// `records` in a request may be a list of batches, described by their records and what is wrong with them; in an answer they are
// told the same way. With "prune", fields that the version does not have are left out instead of being refused.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/uuid.h"
#include "record/batch_builder.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"
#include "wire/json.h"
#include "wire/registry.h"
#include "wire/type.h"
#include "wire/value.h"
#include "wire/wire.h"

using namespace evlog;
using namespace evlog::wire;
using Json = nlohmann::ordered_json;

namespace {

std::string base64(Bytes bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : alphabet[group >> (18 - 6 * k) & 63];
  }
  return out;
}

Buffer unbase64(const std::string& text) {
  const auto bytes = base64_decode(text);
  if (!bytes) throw std::runtime_error("text that is not base64");
  return Buffer(as_bytes(*bytes));
}

// A batch from its description.

std::optional<Bytes> optional_bytes(const Json& record, const char* field, std::deque<std::string>& kept) {
  if (!record.contains(field) || record[field].is_null()) return std::nullopt;
  return as_bytes(kept.emplace_back(record[field].get<std::string>()));
}

void add_record(record::BatchBuilder& builder, const Json& json) {
  std::deque<std::string> kept;
  std::vector<record::Header> headers;
  for (const Json& header : json.value("headers", Json::array())) {
    const std::string_view key = kept.emplace_back(header[0].get<std::string>());
    const bool null = header[1].is_null();
    headers.push_back({key, null ? std::nullopt : std::optional(as_bytes(kept.emplace_back(header[1].get<std::string>())))});
  }
  if (json.contains("size")) kept.emplace_back(json["size"].get<size_t>(), 'v');
  auto value = json.contains("size") ? std::optional(as_bytes(kept.back())) : optional_bytes(json, "value", kept);
  const record::NewRecord made{json.value("timestamp", int64_t{1'700'000'000'000}), optional_bytes(json, "key", kept), value, headers};
  if (json.contains("offset")) builder.add_at(Offset(json["offset"].get<int64_t>()), made);
  else builder.add(made);
}

record::BatchOptions batch_options(const Json& json) {
  record::BatchOptions o;
  const auto codec = record::compression_by_name(json.value("codec", "none"));
  if (!codec) throw std::runtime_error("unknown codec");
  o.compression = *codec;
  o.base_offset = Offset(json.value("base_offset", int64_t{0}));
  o.transactional = json.value("transactional", false);
  o.control = json.value("control", false);
  if (json.contains("producer")) {
    o.producer_id = ProducerId(json["producer"][0].get<int64_t>());
    o.producer_epoch = ProducerEpoch(json["producer"][1].get<int16_t>());
    o.base_sequence = json["producer"][2].get<int32_t>();
  }
  if (json.contains("log_append_time")) o.log_append_time = json["log_append_time"].get<int64_t>();
  return o;
}

// What is written over the finished batch; the checksum is made right again unless it is the fault.
void spoil(Buffer& batch, const Json& faults) {
  uint8_t* const p = batch.data();
  for (const auto& [name, value] : faults.items()) {
    const auto number = value.is_number() ? value.get<int64_t>() : 0;
    if (name == "count") store_be(p + record::at::record_count, static_cast<int32_t>(number));
    else if (name == "last_offset_delta") store_be(p + record::at::last_offset_delta, static_cast<int32_t>(number));
    else if (name == "attributes") store_be(p + record::at::attributes, static_cast<int16_t>(number));
    else if (name == "max_timestamp") store_be(p + record::at::max_timestamp, number);
    else if (name == "base_timestamp") store_be(p + record::at::base_timestamp, number);
    else if (name == "base_offset") store_be(p + record::at::base_offset, number);
    else if (name == "epoch") store_be(p + record::at::partition_leader_epoch, static_cast<int32_t>(number));
    else if (name == "magic") p[record::at::magic] = static_cast<uint8_t>(number);
    else if (name == "length") store_be(p + record::at::batch_length, static_cast<int32_t>(number));
    else if (name == "byte") p[value[0].get<size_t>()] = value[1].get<uint8_t>();
    else if (name != "crc" && name != "truncate") throw std::runtime_error("unknown fault " + name);
  }
  record::set_crc(batch.mutable_bytes());
  if (faults.contains("crc")) p[record::at::crc] ^= 0x55;
  if (faults.contains("truncate")) batch.resize(batch.size() - faults["truncate"].get<size_t>());
}

// What is wrong with the records themselves, behind a codec that is all right.
void spoil_payload(Buffer& batch, const Json& faults, record::Compression codec) {
  Buffer payload(batch.bytes().subspan(record::header_size));
  for (const auto& [name, value] : faults.items()) {
    if (name == "cut") payload.resize(payload.size() - value.get<size_t>());
    else if (name == "more") payload.append(Buffer(value.get<size_t>()));
    else if (name == "byte") payload.data()[value[0].get<size_t>()] = value[1].get<uint8_t>();
    else throw std::runtime_error("unknown fault of a payload " + name);
  }
  batch.resize(record::header_size);
  record::compress(codec, payload, batch);
  store_be(batch.data() + record::at::batch_length, static_cast<int32_t>(batch.size() - record::length_end));
  store_be(batch.data() + record::at::attributes, static_cast<int16_t>(record::BatchView(batch).attributes() | static_cast<int>(codec)));
  record::set_crc(batch.mutable_bytes());
}

Buffer make_batch(const Json& json) {
  if (json.contains("bytes")) return unbase64(json["bytes"]);
  record::BatchOptions options = batch_options(json);
  const record::Compression codec = options.compression;
  if (json.contains("payload")) options.compression = record::Compression::none;
  record::BatchBuilder builder(options);
  for (const Json& record : json.value("records", Json::array({{{"value", "v"}}}))) {
    for (int i = record.value("times", 1); i > 0; --i) add_record(builder, record);
  }
  Buffer batch = builder.build();
  if (json.contains("payload")) spoil_payload(batch, json["payload"], codec);
  if (json.contains("faults")) spoil(batch, json["faults"]);
  return batch;
}

// The description of what came back.

Json text_or_null(const std::optional<Bytes>& bytes) {
  if (!bytes) return nullptr;
  return bytes->size() > 100 ? fmt::format("{} bytes", bytes->size()) : std::string(as_text(*bytes));
}

Json tell_record(const record::Record& record) {
  Json headers = Json::array();
  for (const auto& header : record.headers) headers.push_back({header.key, text_or_null(header.value)});
  Json out{{"offset", record.offset.value()}, {"timestamp", record.timestamp}, {"key", text_or_null(record.key)}, {"value", text_or_null(record.value)}};
  if (!headers.empty()) out["headers"] = headers;
  return out;
}

Json tell_batch(record::BatchView batch) {
  Json out{{"baseOffset", batch.base_offset().value()}, {"leaderEpoch", batch.partition_leader_epoch().value()}, {"attributes", batch.attributes()},
           {"lastOffsetDelta", batch.last_offset_delta()}, {"baseTimestamp", batch.base_timestamp()}, {"maxTimestamp", batch.max_timestamp()},
           {"producerId", batch.producer_id().value()}, {"producerEpoch", batch.producer_epoch().value()}, {"baseSequence", batch.base_sequence()},
           {"crc", batch.check_crc() ? "right" : "wrong"}, {"recordCount", batch.record_count()}};
  record::RecordIterator records(batch);
  Json told = Json::array();
  for (auto record = records.next(); record && told.size() < 10; record = records.next()) told.push_back(tell_record(*record));
  out["first"] = told;
  if (auto r = records.status(); !r) out["fault"] = "unreadable";
  return out;
}

Json tell_records(Bytes bytes) {
  Json out = Json::array();
  record::BatchIterator batches(bytes);
  while (auto batch = batches.next()) out.push_back(tell_batch(*batch));
  if (batches.stop() == record::BatchIterator::Stop::incomplete) out.push_back("the beginning of a batch");
  if (batches.stop() == record::BatchIterator::Stop::corrupt) out.push_back("no batch");
  return out;
}

template <class Change>
void change_records(Json& json, Change change) {
  for (auto& [name, value] : json.items()) {
    if (name == "records" && !value.is_null()) change(value);
    else if (value.is_structured()) change_records(value, change);
  }
}

void build_records(Json& value) {
  if (value.is_string()) return;
  Buffer bytes;
  for (const Json& batch : value) bytes.append(make_batch(batch));
  value = base64(bytes);
}

// Leaves out what a version does not have.
void prune(const Type& type, Json& json, int16_t version);

struct Pruned : FieldSink {
  Pruned(Json& from, int16_t to_version) : json(from), version(to_version) {}
  void field(const char* name, const Rule& rule, const Type& type, void*) override {
    const auto at = json.find(json_name(name));
    if (at == json.end()) return;
    if (!rule.versions.contains(version)) json.erase(at);
    else prune(type, *at, version);
  }
  Json& json;
  int16_t version;
};

void prune(const Type& type, Json& json, int16_t version) {
  if (type.kind == Kind::optional) return json.is_null() ? void() : prune(*type.inner, json, version);
  if (type.kind == Kind::array && json.is_array()) for (Json& item : json) prune(*type.inner, item, version);
  if (type.kind != Kind::structure || !json.is_object()) return;
  void* const object = type.create();
  Pruned sink(json, version);
  type.fields(object, sink);
  type.destroy(object);
}

// The three operations.

const Entry& entry(const std::string& name) {
  if (const Entry* found = find_message(name)) return *found;
  throw std::runtime_error("no message " + name);
}

Json encode_request(const Json& in) {
  const Entry& e = entry(in["api"].get<std::string>() + "Request");
  const auto version = in["version"].get<int16_t>();
  Json request = in.value("request", Json::object());
  if (in.value("prune", false)) prune(*e.type, request, version);
  change_records(request, build_records);
  Storage storage;
  const auto message = e.create();
  if (auto r = from_json(request.dump(), *e.type, message.get(), version, storage); !r) throw std::runtime_error(r.error().message);
  Buffer frame;
  Encoder encoder(frame);
  const std::string client = in.value("client", "");
  encode_request_header(encoder, {e.info->api_key, version, in["correlation"].get<int32_t>(), client});
  e.encode(encoder, version, message.get());
  return {{"frame", base64(frame)}};
}

Json decode_response(const Json& in) {
  const Entry& e = entry(in["api"].get<std::string>() + "Response");
  const auto version = in["version"].get<int16_t>();
  const Buffer frame = unbase64(in["frame"]);
  Decoder decoder(frame);
  ResponseHeader header;
  decode(decoder, response_header_version(e.info->api_key, version), header);
  const auto message = e.create();
  e.decode(decoder, version, message.get());
  if (auto r = decoder.finish(e.info->name); !r) throw std::runtime_error(r.error().message);
  Json response = Json::parse(to_json(*e.type, message.get(), version));
  change_records(response, [](Json& value) { value = tell_records(unbase64(value)); });
  return {{"correlation", header.correlation_id}, {"response", response}};
}

Json answer(const Json& in) {
  if (in["op"] == "request") return encode_request(in);
  if (in["op"] == "response") return decode_response(in);
  const Message& info = *entry(in["api"].get<std::string>() + "Request").info;
  return {{"key", info.api_key}, {"min", info.versions.min}, {"max", info.stable_max}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    Json out;
    try {
      out = answer(Json::parse(line));
    } catch (const std::exception& error) {
      out = {{"error", error.what()}};
    }
    std::puts(out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }
}

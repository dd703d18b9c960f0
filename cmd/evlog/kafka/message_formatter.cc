#include "evlog/kafka/message_formatter.h"

#include "base/bytes.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/record_decoder.h"

namespace evlog::cmd::kafka {
namespace {

bool is_true(std::string text) {
  std::erase(text, ' ');
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text == "true";
}

evlog::Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

}  // namespace

Or<MessageFormatter::Form> MessageFormatter::form_of(const std::string& class_name) {
  static constexpr std::pair<std::string_view, Form> known[] = {{"StringDeserializer", Form::text}, {"ShortDeserializer", Form::int16}, {"IntegerDeserializer", Form::int32}, {"LongDeserializer", Form::int64}};
  constexpr std::string_view package = "org.apache.kafka.common.serialization.";
  for (const auto& [name, form] : known)
    if (class_name == std::string(package) + std::string(name)) return form;
  return stop(fmt::format("there are no Java classes here to load the deserializer {} from", class_name), "String-, Short-, Integer- and LongDeserializer of org.apache.kafka.common.serialization are built in");
}

Or<MessageFormatter> MessageFormatter::of(const std::string& class_name, const std::map<std::string, std::string>& properties) {
  static constexpr std::pair<std::string_view, Kind> known[] = {{"DefaultMessageFormatter", Kind::standard}, {"LoggingMessageFormatter", Kind::standard}, {"NoOpMessageFormatter", Kind::nothing},
                                                                {"OffsetsMessageFormatter", Kind::offsets}, {"GroupMetadataMessageFormatter", Kind::groups}};
  constexpr std::string_view package = "org.apache.kafka.tools.consumer.";
  MessageFormatter out;
  bool found = false;
  for (const auto& [name, kind] : known)
    if (class_name == std::string(package) + std::string(name)) out.kind_ = kind, found = true;
  if (!found) return stop(fmt::format("there are no Java classes here to load the formatter {} from", class_name), "Default-, Logging-, NoOp-, Offsets- and GroupMetadataMessageFormatter of org.apache.kafka.tools.consumer are built in");
  const std::pair<std::string_view, bool*> switches[] = {{"print.timestamp", &out.timestamp_}, {"print.key", &out.key_}, {"print.value", &out.value_}, {"print.partition", &out.partition_},
                                                         {"print.offset", &out.offset_}, {"print.delivery", &out.delivery_}, {"print.epoch", &out.epoch_}, {"print.headers", &out.headers_}};
  const std::pair<std::string_view, std::string*> texts[] = {{"key.separator", &out.key_separator_}, {"line.separator", &out.line_separator_}, {"headers.separator", &out.headers_separator_}, {"null.literal", &out.null_literal_}};
  const std::pair<std::string_view, Form*> forms[] = {{"key.deserializer", &out.key_form_}, {"value.deserializer", &out.value_form_}, {"headers.deserializer", &out.header_form_}};
  for (const auto& [name, value] : properties) {
    bool taken = false;
    for (const auto& [known_name, to] : switches)
      if (name == known_name) *to = is_true(value), taken = true;
    for (const auto& [known_name, to] : texts)
      if (name == known_name) *to = value, taken = true;
    for (const auto& [known_name, to] : forms) {
      if (name != known_name) continue;
      const auto form = form_of(value);
      if (!form) return stop(form.error());
      *to = *form, taken = true;
    }
    if (!taken) fmt::print(stderr, "warning: the formatter's property {} has no meaning and is passed over\n", name);
  }
  return out;
}

// A null is its literal, and the literal goes through the deserializer too.
Or<void> MessageFormatter::append_field(std::string& out, const Bytes& bytes, Form form) const {
  const std::string_view text = bytes ? *bytes : std::string_view(null_literal_);
  if (form == Form::bytes) return out += text, Or<void>();
  if (form == Form::text) return out += java_text(text), Or<void>();
  const size_t size = form == Form::int16 ? 2 : form == Form::int32 ? 4 : 8;
  if (text.size() != size) return stop(fmt::format("Size of data received by the deserializer is not {}", size));
  const uint8_t* const p = as_bytes(text).data();
  out += fmt::format("{}", size == 2 ? load_be<int16_t>(p) : size == 4 ? load_be<int32_t>(p) : load_be<int64_t>(p));
  return {};
}

Or<void> MessageFormatter::append_headers(std::string& out, const client::Record& r) const {
  if (r.headers.empty()) out += "NO_HEADERS";
  bool first = true;
  for (const auto& header : r.headers) {
    if (!first) out += headers_separator_;
    first = false;
    out += fmt::format("{}:", header.name);
    if (auto ok = append_field(out, header.value, header_form_); !ok) return ok;
  }
  return {};
}

// Each column ends with the separator of columns, or of lines where it is the last; a value always ends its line.
Or<void> MessageFormatter::append_standard(std::string& out, const client::Record& r) const {
  const bool after[] = {partition_ || offset_ || delivery_ || epoch_ || headers_ || key_ || value_, offset_ || delivery_ || epoch_ || headers_ || key_ || value_, delivery_ || epoch_ || headers_ || key_ || value_,
                        epoch_ || headers_ || key_ || value_, headers_ || key_ || value_, key_ || value_, value_};
  const auto end = [&](bool more) { out += more ? key_separator_ : line_separator_; };
  if (timestamp_) out += r.timestamp_ms < 0 || r.timestamp_type == "none" ? "NO_TIMESTAMP" : fmt::format("{}:{}", r.timestamp_type == "append" ? "LogAppendTime" : "CreateTime", r.timestamp_ms), end(after[0]);
  if (partition_) out += fmt::format("Partition:{}", r.partition), end(after[1]);
  if (offset_) out += fmt::format("Offset:{}", r.offset), end(after[2]);
  if (delivery_) out += "Delivery:NOT_PRESENT", end(after[3]);
  if (epoch_) out += "Epoch:NOT_PRESENT", end(after[4]);
  if (headers_) {
    if (auto ok = append_headers(out, r); !ok) return ok;
    end(after[5]);
  }
  if (key_) {
    if (auto ok = append_field(out, r.key, key_form_); !ok) return ok;
    end(after[6]);
  }
  if (!value_) return {};
  if (auto ok = append_field(out, r.value, value_form_); !ok) return ok;
  out += line_separator_;
  return {};
}

Or<void> MessageFormatter::append(std::string& out, const client::Record& r) const {
  if (kind_ == Kind::nothing) return {};
  if (kind_ == Kind::standard) return append_standard(out, r);
  if (!r.key) return {};
  const auto json = group_log_json(as_bytes(*r.key), r.value ? std::optional(as_bytes(*r.value)) : std::nullopt, kind_ == Kind::groups);
  if (!json) return stop(fmt::format("Could not read record at offset {} due to: {}", r.offset, json.error().message));
  out += *json;
  return {};
}

}  // namespace evlog::cmd::kafka

// How kafka-console-consumer shows a record: the formatters of Kafka that people use, by the names of their classes.
#pragma once

#include <map>
#include <string>

#include "client/record.h"
#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {

class MessageFormatter {
 public:
  // Classes of org.apache.kafka.tools.consumer: DefaultMessageFormatter, LoggingMessageFormatter, NoOpMessageFormatter,
  // OffsetsMessageFormatter, GroupMetadataMessageFormatter. Properties: print.key=true, key.separator, null.literal, ….
  static Or<MessageFormatter> of(const std::string& class_name, const std::map<std::string, std::string>& properties);

  // A fault: a deserializer does not like the bytes.
  Or<void> append(std::string& out, const client::Record& record) const;

 private:
  enum class Kind { standard, nothing, offsets, groups };
  enum class Form { bytes, text, int16, int32, int64 };
  using Bytes = std::optional<std::string_view>;

  static Or<Form> form_of(const std::string& class_name);
  Or<void> append_field(std::string& out, const Bytes& bytes, Form form) const;
  Or<void> append_headers(std::string& out, const client::Record& record) const;
  Or<void> append_standard(std::string& out, const client::Record& record) const;

  Kind kind_ = Kind::standard;
  bool timestamp_ = false, key_ = false, value_ = true, partition_ = false, offset_ = false, delivery_ = false, epoch_ = false, headers_ = false;
  std::string key_separator_ = "\t", line_separator_ = "\n", headers_separator_ = ",", null_literal_ = "null";
  Form key_form_ = Form::bytes, value_form_ = Form::bytes, header_form_ = Form::bytes;
};

}  // namespace evlog::cmd::kafka

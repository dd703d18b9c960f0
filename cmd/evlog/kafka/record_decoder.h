// What kafka-dump-log shows of a record's key and value: text, numbers, or the records that servers write for themselves as JSON.
#pragma once

#include <optional>
#include <string>

#include "evlog/kafka/options.h"
#include "record/record.h"

namespace evlog::cmd::kafka {

struct Decoded { std::optional<std::string> key, value; };

class RecordDecoder {
 public:
  enum class Kind { plain, offsets, transactions, metadata };
  enum class Form { text, int32, int64 };

  // By the options of the tool. Classes that are not Kafka's own decoders are refused.
  static Or<RecordDecoder> of(const Options& options);
  Or<Decoded> decode(const record::Record& record) const;

 private:
  Or<Decoded> decode_offsets(const record::Record& record) const;
  Or<Decoded> decode_transactions(const record::Record& record) const;
  Kind kind_ = Kind::plain;
  Form key_ = Form::text, value_ = Form::text;
};

// " LeaderChange: {…}" and its like; what the news of a control record is.
std::string control_record_text(const record::Record& record);

// A record of __consumer_offsets as one JSON object, {"key":{"type":1,"data":{…}},"value":{"version":4,"data":{…}}}: of groups or of
// their offsets. Empty: it is of another kind.
Result<std::string> group_log_json(Bytes key, const std::optional<Bytes>& value, bool groups);

}  // namespace evlog::cmd::kafka

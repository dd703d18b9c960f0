// Which records `consume` prints: all that pass every condition. Decided here, by the client; the broker sends them all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/record.h"
#include "evlog/failure.h"
#include "evlog/jq_filter.h"

namespace re2 { class RE2; }

namespace evlog::cmd {

struct RecordFilterOptions {
  std::string key, key_prefix;       // empty: any
  std::string grep;                  // RE2
  std::string in = "value";          // what grep looks into: value, key, headers or all
  std::vector<std::string> headers;  // "name" or "name=value", all of them
  std::string where;                 // jq
};

class RecordFilter {
 public:
  static Expected<RecordFilter> make(const RecordFilterOptions& options);
  RecordFilter();
  RecordFilter(RecordFilter&&) noexcept;
  RecordFilter& operator=(RecordFilter&&) noexcept;
  ~RecordFilter();

  bool matches(const client::Record& record);
  bool passes_all() const;
  // What --where could not judge: said once, at the end.
  std::string complaint() const;

 private:
  bool greps(const client::Record& record) const;

  RecordFilterOptions options_;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers_;
  std::unique_ptr<re2::RE2> grep_;
  std::optional<JqFilter> where_;
};

}  // namespace evlog::cmd

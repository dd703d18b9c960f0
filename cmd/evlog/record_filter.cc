#include "evlog/record_filter.h"

#include <re2/re2.h>

#include <algorithm>

namespace evlog::cmd {

using client::Header;
using client::Record;

RecordFilter::RecordFilter() = default;
RecordFilter::RecordFilter(RecordFilter&&) noexcept = default;
RecordFilter& RecordFilter::operator=(RecordFilter&&) noexcept = default;
RecordFilter::~RecordFilter() = default;

Expected<RecordFilter> RecordFilter::make(const RecordFilterOptions& options) {
  RecordFilter out;
  out.options_ = options;
  for (const std::string& text : options.headers) {
    const size_t equals = text.find('=');
    out.headers_.emplace_back(text.substr(0, equals), equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
  }
  if (!options.grep.empty()) {
    re2::RE2::Options re(re2::RE2::Quiet);
    re.set_encoding(re2::RE2::Options::EncodingLatin1);  // payloads are bytes; ASCII and literal UTF-8 match all the same
    out.grep_ = std::make_unique<re2::RE2>(options.grep, re);
    if (!out.grep_->ok()) return failure(exit_code::usage, "an RE2 expression, as --grep 'error|(?i)fatal'", "--grep: {}", out.grep_->error());
  }
  if (!options.where.empty()) {
    auto where = JqFilter::compile(options.where);
    if (!where) return failure(where.error());
    out.where_.emplace(std::move(*where));
  }
  return out;
}

bool RecordFilter::passes_all() const { return options_.key.empty() && options_.key_prefix.empty() && headers_.empty() && !grep_ && !where_; }

bool RecordFilter::greps(const Record& record) const {
  const auto found = [&](const std::optional<std::string_view>& bytes) { return bytes && re2::RE2::PartialMatch(re2::StringPiece(bytes->data(), bytes->size()), *grep_); };
  const bool all = options_.in == "all";
  if ((all || options_.in == "value") && found(record.value)) return true;
  if ((all || options_.in == "key") && found(record.key)) return true;
  if (!all && options_.in != "headers") return false;
  return std::ranges::any_of(record.headers, [&](const Header& h) { return found(h.name) || found(h.value); });
}

bool RecordFilter::matches(const Record& record) {
  if (!options_.key.empty() && record.key != options_.key) return false;
  if (!options_.key_prefix.empty() && !record.key.value_or("").starts_with(options_.key_prefix)) return false;
  for (const auto& [name, value] : headers_)
    if (std::ranges::none_of(record.headers, [&](const Header& h) { return h.name == name && (!value || h.value == *value); })) return false;
  if (grep_ && !greps(record)) return false;
  return !where_ || where_->matches(record);
}

std::string RecordFilter::complaint() const {
  return where_ && !where_->error().empty() ? "--where: " + where_->error() + " (records it cannot judge do not match)" : "";
}

}  // namespace evlog::cmd

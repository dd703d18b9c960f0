#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "evlog/kafka/group_reset.h"

namespace evlog::cmd::kafka {
namespace {

// Takes digits from the front.
std::optional<int64_t> digits(std::string_view& text, size_t most) {
  size_t size = 0;
  while (size < text.size() && size < most && text[size] >= '0' && text[size] <= '9') ++size;
  const auto number = size > 0 ? parse_int(text.substr(0, size)) : std::nullopt;
  text.remove_prefix(size);
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970 of the proleptic calendar.
int64_t days_from(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int64_t days_of_month(int64_t year, int64_t month) {
  static constexpr int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

// Minutes east of Greenwich; nothing is UTC.
std::optional<int64_t> zone(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  const int64_t sign = text[0] == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = digits(text, 2);
  take(text, ':');
  const auto minutes = text.empty() ? std::optional<int64_t>(0) : digits(text, 2);
  if (!hours || !minutes || !text.empty()) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

// Fields of one line; quotes around a field, doubled inside.
std::vector<std::string> fields(std::string_view line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') out.back() += line[++i];
    else if (line[i] == '"') quoted = !quoted;
    else if (line[i] == ',' && !quoted) out.emplace_back();
    else if (line[i] != '\r') out.back() += line[i];
  }
  return out;
}

// Quotes stand where Kafka's writer has them: around what it would rather not look through, and around what may need them.
std::string field(std::string_view text) {
  const bool plain = text.size() <= 24 && std::ranges::none_of(text, [](char c) { return c >= 0 && c < '-'; });
  if (plain) return std::string(text);
  std::string out = "\"";
  for (char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

}  // namespace

std::optional<int64_t> parse_datetime(std::string_view text) {
  const auto year = digits(text, 9);
  const bool dash = take(text, '-');
  const auto month = digits(text, 2);
  const bool dash2 = take(text, '-');
  const auto day = digits(text, 2);
  const bool t = take(text, 'T');
  const auto hour = digits(text, 2);
  const bool colon = take(text, ':');
  const auto minute = digits(text, 2);
  const bool colon2 = take(text, ':');
  const auto second = digits(text, 2);
  const bool dot = take(text, '.');
  const auto ms = digits(text, 3);
  if (!dash || !dash2 || !t || !colon || !colon2 || !dot || !year || !month || !day || !hour || !minute || !second || !ms) return std::nullopt;
  if (*month < 1 || *month > 12 || *day < 1 || *day > days_of_month(*year, *month) || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto east = zone(text);
  if (!east) return std::nullopt;
  return (((days_from(*year, *month, *day) * 24 + *hour) * 60 + *minute - *east) * 60 + *second) * 1000 + *ms;
}

std::optional<int64_t> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!take(text, 'P') && !take(text, 'p')) return std::nullopt;
  double ms = 0;
  bool time = false, any = false;
  while (!text.empty()) {
    if (!time && (take(text, 'T') || take(text, 't'))) { time = true; any = false; continue; }
    const bool minus = take(text, '-');
    if (!minus) take(text, '+');
    const auto whole = digits(text, 18);
    if (!whole) return std::nullopt;
    double number = static_cast<double>(*whole);
    const bool fraction = take(text, '.');
    for (double place = 0.1; fraction && !text.empty() && text[0] >= '0' && text[0] <= '9'; place /= 10) number += place * (text[0] - '0'), text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    const char unit = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    text.remove_prefix(1);
    const double factor = !time && unit == 'D' ? 86'400'000 : time && unit == 'H' ? 3'600'000 : time && unit == 'M' ? 60'000 : time && unit == 'S' ? 1000 : 0;
    if (factor == 0 || (fraction && unit != 'S')) return std::nullopt;
    ms += (minus ? -number : number) * factor, any = true;
  }
  if (!any) return std::nullopt;
  return static_cast<int64_t>(std::llround(negative ? -ms : ms));
}

std::optional<ResetPlan> parse_plan(std::string_view csv, const std::vector<std::string>& groups) {
  ResetPlan out;
  bool short_form = groups.size() == 1, first = true;
  while (!csv.empty()) {
    const size_t end = std::min(csv.find('\n'), csv.size());
    auto row = fields(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    if (row.size() == 1 && row[0].empty()) continue;
    if (first && row.size() != 3) short_form = false;
    first = false;
    if (short_form) row.insert(row.begin(), groups.front());
    if (row.size() != 4) return std::nullopt;
    const auto partition = parse_int(row[2]), offset = parse_int(row[3]);
    if (!partition || !offset || *partition < 0 || *partition > INT32_MAX) return std::nullopt;
    out[row[0]][{row[1], static_cast<int32_t>(*partition)}] = *offset;
  }
  return out;
}

std::string format_plan(const ResetPlan& plan, bool with_group) {
  std::string out;
  for (const auto& [group, offsets] : plan)
    for (const auto& [key, offset] : offsets) out += fmt::format("{}{},{},{}\n", with_group ? field(group) + "," : "", field(key.topic), key.partition, offset);
  return out;
}

}  // namespace evlog::cmd::kafka

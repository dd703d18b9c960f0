#include <algorithm>

#include "base/text.h"
#include "evlog/bench.h"
#include "evlog/files.h"

namespace evlog::cmd {
namespace {

constexpr size_t pool_bytes = 1u << 20;
constexpr int64_t size_limit = 100'000'000;

// Bytes that a codec can neither squeeze to nothing nor leave as they are: half of them random.
std::string text_pool(size_t size, Random& random) {
  std::string out(size, 'x');
  for (size_t i = 0; i < size; i += 2) out[i] = static_cast<char>('a' + random.below(26));
  return out;
}

std::string random_pool(size_t size, Random& random) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random.next());
  return out;
}

Expected<std::string> file_pool(const std::string& path, size_t size) {
  const auto once = read_file(path);
  if (!once) return failure(exit_code::missing, "--payload random, text or the path of a file", "cannot read {}", path);
  if (once->empty()) return failure(exit_code::failed, "", "{} is empty", path);
  std::string bytes = *once;
  while (bytes.size() < size) bytes += *once;
  return bytes;
}

std::unexpected<Failure> bad_size(const std::string& text) { return failure(exit_code::usage, "as -s 100, -s 1KiB or -s uniform:100-1000", "-s: '{}' is no size", text); }

}  // namespace

Result<int64_t> parse_size(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_int(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  constexpr std::pair<std::string_view, int64_t> units[] = {{"", 1}, {"B", 1}, {"k", 1000}, {"kB", 1000}, {"KB", 1000}, {"M", 1'000'000}, {"MB", 1'000'000}, {"K", 1024}, {"Ki", 1024}, {"KiB", 1024}, {"MiB", 1 << 20}};
  for (const auto& [name, factor] : units)
    if (number && name == unit && *number >= 0 && *number <= INT64_MAX / factor) return *number * factor;
  return fail(ErrorCode::INVALID_REQUEST, "'{}' is no size", text);
}

Expected<Payload> Payload::make(const std::string& size, const std::string& what) {
  std::string_view range = size;
  const bool uniform = range.starts_with("uniform:");
  if (uniform) range.remove_prefix(8);
  const size_t dash = uniform ? range.find('-') : std::string_view::npos;
  if (uniform && dash == std::string_view::npos) return bad_size(size);
  const auto low = parse_size(range.substr(0, dash)), high = uniform ? parse_size(range.substr(dash + 1)) : low;
  if (!low || !high || *high < *low || *high > size_limit) return bad_size(size);
  Payload out;
  out.size_min_ = static_cast<size_t>(*low), out.size_max_ = static_cast<size_t>(*high);
  const size_t pool = std::max(pool_bytes, 2 * out.size_max_);
  Random random(1);
  if (what == "text") {
    out.pool_ = text_pool(pool, random);
  } else if (what == "random") {
    out.pool_ = random_pool(pool, random);
  } else {
    auto file = file_pool(what, pool);
    if (!file) return failure(file.error());
    out.pool_ = std::move(*file);
  }
  return out;
}

std::string_view Payload::next(Random& random) const {
  const size_t size = size_min_ + (size_max_ > size_min_ ? random.below(size_max_ - size_min_ + 1) : 0);
  return std::string_view(pool_).substr(random.below(pool_.size() - size + 1), size);
}

}  // namespace evlog::cmd

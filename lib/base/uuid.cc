#include "base/uuid.h"

#include "base/bytes.h"

namespace evlog {
namespace {

constexpr char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char standard_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode(const uint8_t* data, size_t size, const char* alphabet, bool pad) {
  std::string text;
  text.reserve((size + 2) / 3 * 4);
  for (size_t i = 0; i < size; i += 3) {
    const size_t left = size - i;
    const uint32_t group = static_cast<uint32_t>(data[i]) << 16 | (left > 1 ? static_cast<uint32_t>(data[i + 1]) << 8 : 0u) |
                           (left > 2 ? data[i + 2] : 0u);
    text += alphabet[group >> 18];
    text += alphabet[group >> 12 & 63];
    if (left > 1) text += alphabet[group >> 6 & 63]; else if (pad) text += '=';
    if (left > 2) text += alphabet[group & 63]; else if (pad) text += '=';
  }
  return text;
}

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  return -1;
}

}  // namespace

std::string base64_url(const uint8_t* data, size_t size) { return encode(data, size, url_alphabet, false); }
std::string base64(const uint8_t* data, size_t size) { return encode(data, size, standard_alphabet, true); }

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    const int d = digit(c);
    if (d < 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(d);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  return out;
}

std::string Uuid::text() const {
  uint8_t raw[16];
  store_be(raw, high);
  store_be(raw + 8, low);
  return base64_url(raw, sizeof raw);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  const auto raw = base64_decode(text);
  if (!raw || raw->size() != 16) return std::nullopt;
  const auto* p = reinterpret_cast<const uint8_t*>(raw->data());
  return Uuid{load_be<uint64_t>(p), load_be<uint64_t>(p + 8)};
}

Uuid Uuid::random(Random& random) {
  for (;;) {
    Uuid u{random.next(), random.next()};
    u.high = (u.high & ~0xf000ull) | 0x4000ull;
    u.low = (u.low & ~(3ull << 62)) | (2ull << 62);
    // Kafka avoids a leading '-' so that an id can be an argument of a command.
    if (u.text().front() != '-') return u;
  }
}

}  // namespace evlog

// First bytes tell what a port speaks: Kafka answers ApiVersions, TLS answers with a record of its own, HTTP with "HTTP".
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "evlog/doctor.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

void put16(Buffer& out, int16_t value) {
  uint8_t bytes[2];
  store_be(bytes, value);
  out.append(Bytes(bytes));
}
void put_text(Buffer& out, std::string_view text) {
  put16(out, static_cast<int16_t>(text.size()));
  out.append(as_bytes(text));
}

// A request frame in a version without tags: length, key, version, correlation id, client id, body.
Buffer request(int16_t key, int16_t version, const Buffer& body) {
  Buffer head;
  put16(head, key), put16(head, version), put16(head, 0), put16(head, 1);
  put_text(head, "evlog");
  head.append(Bytes(body));
  Buffer out(4);
  store_be(out.data(), static_cast<int32_t>(head.size()));
  out.append(Bytes(head));
  return out;
}

// Enough of TLS 1.2 for any server to answer something: a random, one cipher suite of each kind, no session.
Buffer client_hello() {
  Buffer body;
  put16(body, 0x0303);
  for (int16_t i = 0; i < 16; ++i) put16(body, static_cast<int16_t>(i * 257 + 11));
  body.push_back(0);
  const int16_t suites[] = {static_cast<int16_t>(0xC02F), static_cast<int16_t>(0xC02B), static_cast<int16_t>(0xC030), 0x009C, 0x002F, 0x1301};
  put16(body, static_cast<int16_t>(sizeof suites));
  for (const int16_t suite : suites) put16(body, suite);
  const uint8_t no_compression[] = {1, 0};
  body.append(Bytes(no_compression));
  const uint8_t groups[] = {0x00, 0x0A, 0x00, 0x06, 0x00, 0x04, 0x00, 0x17, 0x00, 0x1D, 0x00, 0x0D, 0x00, 0x08, 0x00, 0x06, 0x04, 0x03, 0x04, 0x01, 0x08, 0x04};
  put16(body, static_cast<int16_t>(sizeof groups));
  body.append(Bytes(groups));
  Buffer out;
  const auto size = static_cast<uint8_t>(body.size());
  const uint8_t head[] = {0x16, 0x03, 0x01, 0x00, static_cast<uint8_t>(size + 4), 0x01, 0x00, 0x00, size};
  out.append(Bytes(head));
  out.append(Bytes(body));
  return out;
}

// The first bytes of the answer; an error as Socket gives it.
Result<Buffer> ask(const HostPort& to, const Buffer& bytes, size_t wanted, int timeout_ms) {
  auto socket = Socket::connect(to, timeout_ms);
  if (!socket) return fail(socket.error());
  const int64_t deadline = mono_ms() + timeout_ms;
  if (auto sent = socket->send(Bytes(bytes), deadline); !sent) return fail(sent.error());
  Buffer answer(wanted);
  if (auto got = socket->receive(answer.mutable_bytes(), deadline); !got) return fail(got.error());
  return answer;
}

}  // namespace

Speech probe_plaintext(const HostPort& to, int timeout_ms) {
  const auto answer = ask(to, request(18, 0, Buffer()), 5, timeout_ms);
  if (!answer) return answer.error().os_error == ETIMEDOUT ? Speech::silent : Speech::closes;
  const uint8_t* const b = answer->data();
  if (b[0] == 0x15 && b[1] == 0x03) return Speech::tls;
  if (as_text(Bytes(*answer)) == "HTTP/") return Speech::http;
  return b[0] == 0 && b[1] < 0x10 ? Speech::kafka : Speech::other;
}

bool probe_tls(const HostPort& to, int timeout_ms) {
  const auto answer = ask(to, client_hello(), 3, timeout_ms);
  return answer && (answer->data()[0] == 0x16 || answer->data()[0] == 0x15) && answer->data()[1] == 0x03;
}

// SaslHandshake with a mechanism nobody has: the refusal lists those there are. A listener without SASL closes instead.
std::vector<std::string> probe_sasl(const HostPort& to, int timeout_ms) {
  constexpr int32_t answer_max = 4096;
  auto socket = Socket::connect(to, timeout_ms);
  if (!socket) return {};
  Buffer body;
  put_text(body, "?");
  const int64_t deadline = mono_ms() + timeout_ms;
  if (!socket->send(Bytes(request(17, 1, body)), deadline)) return {};
  uint8_t head[4];
  if (!socket->receive(head, deadline)) return {};
  const int32_t size = load_be<int32_t>(head);
  if (size < 10 || size > answer_max) return {};
  Buffer answer(static_cast<size_t>(size));
  if (!socket->receive(answer.mutable_bytes(), deadline)) return {};
  Bytes rest = Bytes(answer).subspan(6);  // correlation id and error code
  const int32_t count = load_be<int32_t>(rest.data());
  rest = rest.subspan(4);
  std::vector<std::string> out;
  for (int32_t i = 0; i < count && rest.size() >= 2; ++i) {
    const int16_t length = load_be<int16_t>(rest.data());
    if (length < 0 || rest.size() < 2 + static_cast<size_t>(length)) break;
    out.emplace_back(as_text(rest.subspan(2, static_cast<size_t>(length))));
    rest = rest.subspan(2 + static_cast<size_t>(length));
  }
  return out;
}

std::vector<std::string> addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &raw) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(raw, ::freeaddrinfo);
  std::vector<std::string> out;
  for (const addrinfo* a = raw; a; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    if (std::ranges::find(out, text) == out.end()) out.emplace_back(text);
  }
  return out;
}

bool is_own_address(const std::string& numeric) {
  if (numeric.starts_with("127.") || numeric == "::1") return true;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return false;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(raw, ::freeifaddrs);
  for (const ifaddrs* i = raw; i; i = i->ifa_next) {
    if (!i->ifa_addr || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6)) continue;
    const socklen_t size = i->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char text[NI_MAXHOST];
    if (::getnameinfo(i->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 && numeric == text) return true;
  }
  return false;
}

}  // namespace evlog::cmd

// The connection of a tool: evlog's Admin over the address and the properties file that it was given, and nothing else: neither a
// profile nor the environment has a say. Properties that ask for TLS or SASL are refused, for these calls speak plaintext.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "evlog/admin_session.h"
#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {

class Session {
 public:
  static constexpr int timeout_ms_usual = 60'000;  // default.api.timeout.ms
  // By --bootstrap-server and --command-config.
  static Or<Session> open(const Options& options, int timeout_ms = timeout_ms_usual);

  client::Admin& admin() { return *admin_; }
  int timeout_ms() const { return timeout_ms_; }

  // Tries again while the cluster is not ready; the answer's error is left to the caller.
  template <class T>
  Result<T> ask_raw(const std::function<Result<T>()>& question) {
    Result<T> answer = question();
    for (int64_t tries = 0; !answer && AdminSession::not_yet(answer.error()) && tries < timeout_ms() / 50 && pause(); ++tries) answer = question();
    return answer;
  }
  template <class T>
  Or<T> ask(const std::function<Result<T>()>& question) {
    Result<T> answer = ask_raw<T>(question);
    if (!answer) return stop(explain(answer.error()));
    return std::move(*answer);
  }
  Or<client::ClusterInfo> cluster();
  // A request that Admin has no call for, to one broker.
  template <class Response, class Request>
  Result<client::Answer<Response>> call(const client::BrokerAddress& to, const Request& request) { return requests_->call<Response>(to, request); }
  Stop explain(const Error& error) const;

 private:
  static bool pause();
  std::string brokers_;
  int timeout_ms_ = timeout_ms_usual;
  std::unique_ptr<SocketTransport> transport_;
  std::unique_ptr<client::Admin> admin_;
  std::unique_ptr<client::Requests> requests_;
};

// What a broker says is wrong, in Kafka's words: its message, or the sentence that clients have for the error.
std::string error_message(ErrorCode code, const std::string& message = {});

}  // namespace evlog::cmd::kafka

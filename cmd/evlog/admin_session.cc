#include "evlog/admin_session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

using client::BrokerAddress;

Result<Buffer> SocketTransport::exchange(Socket& socket, Bytes request) {
  const int64_t deadline = mono_ms() + timeout_ms_;
  Buffer framed(4);
  store_be(framed.data(), static_cast<int32_t>(request.size()));
  framed.append(request);
  if (auto sent = socket.send(framed, deadline); !sent) return fail(sent.error());
  uint8_t head[4];
  if (auto got = socket.receive(head, deadline); !got) {
    if (got.error().os_error == ECONNRESET) return fail(ErrorCode::ILLEGAL_SASL_STATE, "the connection was closed");
    if (got.error().os_error == ETIMEDOUT) return fail(ErrorCode::REQUEST_TIMED_OUT, "no answer");
    return fail(got.error());
  }
  if (head[0] == 0x15 && head[1] == 0x03) return fail(ErrorCode::SECURITY_DISABLED, "this listener speaks TLS");
  if (as_text(Bytes(head)) == "HTTP") return fail(ErrorCode::NETWORK_EXCEPTION, "this port speaks HTTP, not Kafka's protocol");
  const int32_t size = load_be<int32_t>(head);
  if (size < 4 || static_cast<size_t>(size) > answer_bytes_max) return fail(ErrorCode::NETWORK_EXCEPTION, "this port does not speak Kafka's protocol");
  Buffer frame(static_cast<size_t>(size));
  if (auto got = socket.receive(frame.mutable_bytes(), deadline); !got) return fail(got.error());
  return frame;
}

Result<Buffer> SocketTransport::call(const BrokerAddress& to, Bytes request) {
  auto found = sockets_.find(to);
  if (found == sockets_.end()) {
    auto socket = Socket::connect({to.host, to.port}, timeout_ms_);
    if (!socket) return failed_ = to, fail(socket.error());
    found = sockets_.emplace(to, std::move(*socket)).first;
  }
  auto answer = exchange(found->second, request);
  if (!answer) sockets_.erase(found), failed_ = to;
  return answer;
}

Expected<std::unique_ptr<AdminSession>> AdminSession::open(const ClientOptions& options) {
  const auto settings = make_settings(options);
  if (!settings) return failure(settings.error());
  const std::string* protocol = settings->find("security.protocol");
  if (protocol && *protocol != "PLAINTEXT" && *protocol != "plaintext") {
    return failure(exit_code::bad_config, "produce and consume take it; the other commands speak plaintext only", "security.protocol={} is not there yet for this command", *protocol);
  }
  auto session = std::make_unique<AdminSession>();
  session->brokers_ = settings->brokers;
  session->timeout_ms_ = static_cast<int>(options.timeout_s * 1000);
  session->transport_ = std::make_unique<SocketTransport>(session->timeout_ms_);
  std::vector<BrokerAddress> bootstrap;
  for (const HostPort& broker : *parse_brokers(settings->brokers)) bootstrap.push_back({broker.host, broker.port});
  session->admin_ = std::make_unique<client::Admin>(*session->transport_, std::move(bootstrap));
  return session;
}

int64_t AdminSession::deadline_ms() const { return mono_ms() + timeout_ms_; }

bool AdminSession::wait_until(int64_t deadline_ms) {
  if (interrupted() || mono_ms() >= deadline_ms) return false;
  ::usleep(50'000);
  return true;
}

bool AdminSession::not_yet(const Error& error) {
  switch (error.code) {
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::NOT_CONTROLLER:
    case ErrorCode::LEADER_NOT_AVAILABLE: return true;
    default: return false;
  }
}

// Whoever was not named on the command line was named by a broker: clients go where brokers say they are.
Failure AdminSession::explain_no_contact(const Error& error) const {
  const HostPort failed{transport_->failed().host, transport_->failed().port};
  const auto named = parse_brokers(brokers_);
  const bool ours = !named || std::ranges::any_of(*named, [&](const HostPort& broker) { return broker.text() == failed.text(); });
  if (ours || failed.host.empty()) return explain_contact(error, brokers_);
  return {exit_code::unreachable, fmt::format("a broker advertises {}, which this machine cannot reach ({})", failed.text(), error.message),
          "set advertised.listeners on the server (evlog serve --advertise), or add the name to /etc/hosts; see: evlog doctor", {}};
}

Failure AdminSession::explain_admin(const Error& error) const {
  Failure f{exit_code::failed, error.message.empty() ? std::string(error_name(error.code)) : error.message, {}, std::string(error_name(error.code))};
  switch (error.code) {
    case ErrorCode::NETWORK_EXCEPTION:
    case ErrorCode::SECURITY_DISABLED:
    case ErrorCode::ILLEGAL_SASL_STATE: return explain_no_contact(error);
    case ErrorCode::REQUEST_TIMED_OUT: f.exit = exit_code::unreachable, f.hint = "wait longer: --timeout SECONDS"; break;
    case ErrorCode::GROUP_ID_NOT_FOUND:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: f.exit = exit_code::missing; break;
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: f.exit = exit_code::refused; break;
    case ErrorCode::UNSUPPORTED_VERSION: f.hint = "the server is too old or too new for this command"; break;
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS: f.hint = "the server is still starting; try again"; break;
    default: break;
  }
  return f;
}

Expected<client::ClusterInfo> describe_cluster(AdminSession& session) {
  return session.ask<client::ClusterInfo>([&] { return session.admin().cluster(); });
}

Expected<const client::TopicDescription*> find_topic(const client::ClusterInfo& cluster, const std::string& name) {
  const client::TopicDescription* const topic = cluster.find(name);
  if (!topic) return failure(no_such_topic(name, cluster.topic_names()));
  return topic;
}

}  // namespace evlog::cmd

// An Admin over blocking sockets, with the options of the command line; and its errors as failures with a way out.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "client/admin.h"
#include "evlog/client_options.h"
#include "evlog/socket.h"

namespace evlog::cmd {

class SocketTransport final : public client::Transport {
 public:
  explicit SocketTransport(int timeout_ms) : timeout_ms_(timeout_ms) {}
  Result<Buffer> call(const client::BrokerAddress& to, Bytes request) override;
  const client::BrokerAddress& failed() const { return failed_; }  // who did not answer last

 private:
  Result<Buffer> exchange(Socket& socket, Bytes request);
  int timeout_ms_;
  std::map<client::BrokerAddress, Socket> sockets_;
  client::BrokerAddress failed_;
};

class AdminSession {
 public:
  static Expected<std::unique_ptr<AdminSession>> open(const ClientOptions& options);

  client::Admin& admin() { return *admin_; }
  int timeout_ms() const { return timeout_ms_; }

  // Tries again while the cluster says that it is not ready yet, until the timeout.
  template <class T>
  Expected<T> ask(const std::function<Result<T>()>& question) {
    for (const int64_t deadline = deadline_ms();;) {
      Result<T> answer = question();
      if (answer) return std::move(*answer);
      if (!not_yet(answer.error()) || !wait_until(deadline)) return failure(explain_admin(answer.error()));
    }
  }
  Failure explain_admin(const Error& error) const;
  Failure explain_no_contact(const Error& error) const;
  static bool not_yet(const Error& error);

 private:
  int64_t deadline_ms() const;
  static bool wait_until(int64_t deadline_ms);  // a moment; false when there is none left

  std::string brokers_;
  int timeout_ms_ = 10'000;
  std::unique_ptr<SocketTransport> transport_;
  std::unique_ptr<client::Admin> admin_;
};

// A description of the cluster, or of one topic with "did you mean".
Expected<client::ClusterInfo> describe_cluster(AdminSession& session);
Expected<const client::TopicDescription*> find_topic(const client::ClusterInfo& cluster, const std::string& name);

}  // namespace evlog::cmd

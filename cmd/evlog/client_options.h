// The options of every command that talks to a cluster, and the settings and first contact they lead to.
#pragma once

#include <string>
#include <vector>

#include "client/rd.h"
#include "client/settings.h"
#include "evlog/args.h"

namespace evlog::cmd {

struct ClientOptions {
  std::string brokers;               // empty: EVLOG_BROKERS, the file, or the default
  std::vector<std::string> properties;
  std::string config_file;
  std::string profile;               // --profile; empty: chosen as profile_store.h says
  std::string debug;
  std::string color = "auto";
  int64_t timeout_s = 10;
  bool quiet = false;
  bool verbose = false;
  bool json = false;                 // --json; output.h knows --format too
  std::string format;                // --format; empty: a table
};

void add_client_options(Args& args, ClientOptions& options);

Expected<client::Settings> make_settings(const ClientOptions& options);

// Tries the addresses in turn until one takes a connection, so that a server that is not there is said at once and exactly.
Expected<void> check_reachable(const client::Settings& settings, int timeout_ms);

// Why the first contact failed: nobody there, TLS, a connection closed at once, silence.
Failure explain_contact(const Error& error, const std::string& brokers);

// Lines of librdkafka go to stderr only where -d or -vv asks for them.
void show_log(const ClientOptions& options, client::Events& events);

// What went wrong in librdkafka, with its way out.
Failure explain(const client::ClientError& error, const client::Events& events, const client::Settings& settings);
Failure explain(const Error& error);  // a property that librdkafka does not take, and other refusals with a Kafka error

// "topic 'ordres' does not exist", with the nearest of those that do.
Failure no_such_topic(std::string_view name, const std::vector<std::string>& existing);

}  // namespace evlog::cmd

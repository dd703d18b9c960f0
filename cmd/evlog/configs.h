// evlog configs: what its verbs share.
#pragma once

#include "evlog/admin_session.h"
#include "evlog/output.h"

namespace evlog::cmd {

struct ConfigOptions {
  ClientOptions client;
  std::string type, name;
  std::vector<std::string> words, append, subtract;
  bool all = false, dry_run = false;
};

void add_configs_read(Args& configs, ConfigOptions& options);    // list, get, describe
void add_configs_change(Args& configs, ConfigOptions& options);  // set, unset

// TYPE and NAME of the command line. A broker's name is its id; "default" stands for all brokers.
Expected<client::ConfigResource> parse_resource(const ConfigOptions& options);
std::string resource_text(const client::ConfigResource& resource);  // "topic orders", "broker 1", "all brokers"

// Everything there is to know of one resource. Failures name the topic, broker or key nearest to what was asked for.
Expected<std::vector<client::ConfigEntry>> configs_of(AdminSession& session, const client::ConfigResource& resource, bool documentation);
Failure explain_resource(AdminSession& session, const client::ConfigResource& resource, ErrorCode error, const std::string& message);
Failure no_such_key(const client::ConfigResource& resource, const std::string& key, const std::vector<client::ConfigEntry>& entries, int exit);

}  // namespace evlog::cmd

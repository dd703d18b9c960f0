#include "client/rd.h"

namespace evlog::client {
namespace {

Events& events_of(const rd_kafka_t* rk) { return *static_cast<Events*>(rd_kafka_opaque(rk)); }

void on_log(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
  Events& events = events_of(rk);
  events.lines.push_back(fmt::format("{}: {}", facility, text));
  if (events.lines.size() > Events::lines_max) events.lines.pop_front();
  if (events.log) events.log(level, events.lines.back());
}

void on_error(rd_kafka_t* rk, int code, const char* reason, void* opaque) {
  Events& events = *static_cast<Events*>(opaque);
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  events.last = {error, reason};
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) events.all_brokers_down = true;
  if (error != RD_KAFKA_RESP_ERR__FATAL) return;
  char text[512];
  const auto fatal = rd_kafka_fatal_error(rk, text, sizeof text);
  events.fatal = {fatal, text};
}

}  // namespace

ClientError client_error(rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::string_view text = rd_kafka_err2str(code);
  for (const std::string_view side : {"Broker: ", "Local: "})
    if (text.starts_with(side)) text.remove_prefix(side.size());
  return {code, std::string(text)};
}

Result<void> set_property(rd_kafka_conf_t& conf, std::string_view name, std::string_view value) {
  char text[512];
  const auto status = rd_kafka_conf_set(&conf, std::string(name).c_str(), std::string(value).c_str(), text, sizeof text);
  if (status != RD_KAFKA_CONF_OK) return fail(ErrorCode::INVALID_CONFIG, "{}", text);
  return {};
}

Result<Rd<rd_kafka_conf_t>> make_conf(const Settings& settings, Events& events) {
  Rd<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_opaque(conf.get(), &events);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  const std::pair<std::string_view, std::string_view> own[] = {
      {"bootstrap.servers", settings.brokers}, {"client.id", "evlog"}, {"log.queue", "true"},
      {"reconnect.backoff.ms", "50"}, {"reconnect.backoff.max.ms", "1000"}, {"topic.metadata.refresh.sparse", "true"}};
  for (const auto& [name, value] : own)
    if (auto set = set_property(*conf, name, value); !set) return fail(set.error());
  for (const auto& [name, value] : settings.properties)
    if (auto set = set_property(*conf, name, value); !set) return fail(set.error());
  return conf;
}

Result<Rd<rd_kafka_t>> make_client(rd_kafka_type_t type, Rd<rd_kafka_conf_t> conf) {
  char text[512];
  Rd<rd_kafka_t> rk(rd_kafka_new(type, conf.get(), text, sizeof text));
  if (!rk) return fail(ErrorCode::INVALID_CONFIG, "{}", text);
  (void)conf.release();  // the client owns it now
  rd_kafka_set_log_queue(rk.get(), nullptr);
  return rk;
}

}  // namespace evlog::client

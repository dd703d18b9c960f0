#include "log/lazy_log.h"

#include "log/log_dir.h"

namespace evlog::log {

OpenOptions LogHome::options(const TopicPartition& name, const Uuid& topic_id) const {
  OpenOptions options;
  options.name = name.text();
  options.producer_id_expiration_ms = producer_id_expiration_ms;
  options.files = &files;
  options.directory = &dir;
  options.topic_id = topic_id;
  options.meter = &meter;
  options.group = &dir.group();
  options.space = &dir.space();
  options.backlog = &backlog;
  options.on_offline = on_offline;
  options.on_damage = on_damage;
  return options;
}

Result<LazyLog> LazyLog::asleep(const LogHome& home, StateBytes bytes) {
  const auto state = decode_log_state(bytes.bytes);
  if (!state) return fail(state.error());
  LazyLog log(home);
  log.state_ = std::move(bytes);
  log.start_ = state->log_start;
  log.end_ = state->end;
  log.closed_ = state->closed;
  return log;
}

void LazyLog::belongs_to(const TopicPartition& name, const Uuid& topic_id, const std::shared_ptr<const config::TopicConfig>& config) {
  name_ = &name;
  topic_id_ = &topic_id;
  config_ = &config;
}

Log& LazyLog::awakened() const {
  if (log_) return *log_;
  EVLOG_ASSERT(home_ && name_);
  OpenOptions options = home_->options(*name_, *topic_id_);
  options.log_start_offset = start_;
  std::string path = home_->dir.partition_path(*name_);
  if (state_.empty()) {
    log_ = Log::begin(home_->loop, std::move(path), **config_, std::move(options));
  } else {
    const auto state = decode_log_state(state_.bytes);  // it was decoded once before
    EVLOG_ASSERT(state);
    log_ = Log::resume(home_->loop, std::move(path), **config_, std::move(options), *state);
    state_ = {};
  }
  if (epoch_ != epoch_none) log_->begin_epoch(epoch_);
  return *log_;
}

uint64_t LazyLog::size_bytes() const {
  if (log_) return log_->size_bytes();
  if (state_.empty()) return 0;
  uint64_t size = 0;
  if (const auto state = decode_log_state(state_.bytes))
    for (const auto& segment : state->segments) size += segment.size_bytes;
  return size;
}

void LazyLog::begin_epoch(LeaderEpoch epoch) {
  if (log_) log_->begin_epoch(epoch);
  else epoch_ = std::max(epoch_, epoch);
}

void LazyLog::set_config() {
  if (log_) log_->set_config(**config_);
}

bool LazyLog::may_retain(const config::TopicConfig& config, WallTime now) const {
  if (log_) return true;
  if (state_.empty()) return false;
  const auto state = decode_log_state(state_.bytes);
  if (!state || !state->closed) return true;
  const SegmentState& oldest = state->segments.front();
  if (state->segments.size() > 1 && state->segments[1].base_offset <= state->log_start) return true;
  if (!config.cleanup_delete) return false;
  const int64_t timestamp_ms = oldest.largest_timestamp_ms >= 0 ? oldest.largest_timestamp_ms : oldest.modified_ms;
  if (oldest.size_bytes > 0 && config.retention_ms >= 0 && to_ms(now) - timestamp_ms > config.retention_ms) return true;
  return config.retention_bytes >= 0 && size_bytes() > static_cast<uint64_t>(config.retention_bytes);
}

}  // namespace evlog::log

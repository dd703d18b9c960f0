#include "broker/context.h"

#include "broker/broker.h"
#include "quorum/quorum.h"

namespace evlog::broker {

cluster::ImagePtr Broker::image() const { return quorum->image(); }

Context::Context(Broker& broker, const Peer& peer, RequestInfo info, std::shared_ptr<Buffer> frame, MonoTime started)
    : broker_(broker), peer_(peer), info_(info), frame_(std::move(frame)), started_(started) {}

const cluster::Image& Context::image() {
  auto newest = broker_.image();
  if (images_.empty() || images_.back() != newest) images_.push_back(std::move(newest));
  return *images_.back();
}

bool Context::authorize(auth::Operation operation, auth::ResourceType type, std::string_view name) {
  const bool allowed = broker_.authorizer.allows({peer_.principal, peer_.host, operation, type, name});
  audit(allowed, operation, type, name);
  return allowed;
}

int32_t Context::authorized_operations(auth::ResourceType type, std::string_view name) {
  return auth::authorized_operations(broker_.authorizer, peer_.principal, peer_.host, type, name);
}

std::string_view Context::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

MutableBytes Context::in_frame(Bytes view) {
  EVLOG_ASSERT(view.data() >= frame_->data() && view.data() + view.size() <= frame_->data() + frame_->size());
  return {frame_->data() + (view.data() - frame_->data()), view.size()};
}

int32_t Context::attach(FileRange range) {
  attachments_.push_back(std::move(range));
  return static_cast<int32_t>(attachments_.size()) - 1;
}

void Context::placed() {
  if (placed_) return;
  placed_ = true;
  if (placed_event) placed_event->notify_all();
}

int32_t Context::throttle(uint64_t) { return 0; }

void Context::audit(bool allowed, auth::Operation, auth::ResourceType, std::string_view) {
  if (!allowed) ++broker_.metrics.request_errors;
}

}  // namespace evlog::broker

#include "broker/fetch_sessions.h"

#include <algorithm>

namespace evlog::broker {

void FetchSession::update(const FetchPartition& partition) {
  const auto [known, added] = places_.try_emplace(key(partition));
  if (added) {
    known->second = partitions_.insert(partitions_.end(), partition);
    return;
  }
  FetchPartition& old = *known->second;
  const auto [high_watermark, log_start] = std::pair(old.answered_high_watermark, old.answered_log_start);
  old = partition;
  old.answered_high_watermark = high_watermark;
  old.answered_log_start = log_start;
}

void FetchSession::forget(const FetchPartition& partition) {
  const auto known = places_.find(key(partition));
  if (known == places_.end()) return;
  partitions_.erase(known->second);
  places_.erase(known);
}

FetchPartition* FetchSession::find(const FetchPartition& partition) {
  const auto known = places_.find(key(partition));
  return known == places_.end() ? nullptr : &*known->second;
}

void FetchSession::serve_last(const FetchPartition& partition) {
  const auto known = places_.find(key(partition));
  if (known != places_.end()) partitions_.splice(partitions_.end(), partitions_, known->second);
}

FetchSession* FetchSessions::find(int32_t id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void FetchSessions::touch(FetchSession& session, MonoTime now) {
  by_use_.erase({session.last_used, session.id});
  session.last_used = now;
  by_use_.insert({now, session.id});
}

void FetchSessions::close(int32_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  by_use_.erase({found->second->last_used, id});
  sessions_.erase(found);
  metrics_.fetch_sessions = static_cast<int64_t>(sessions_.size());
}

// A slot becomes free when the least recently used session is stale, or when a session older than the eviction age is smaller
// than the newcomer (the bigger one saves more). A follower's session is never evicted for a consumer's.
bool FetchSessions::make_room(MonoTime now, bool privileged, size_t size) {
  if (slots_ == 0) return false;
  if (sessions_.size() < slots_) return true;
  const auto [used, stalest] = *by_use_.begin();
  if (now - used > eviction_age) {
    close(stalest);
    return true;
  }
  const FetchSession* smallest = nullptr;
  for (const auto& [id, session] : sessions_) {
    if (session->privileged && !privileged) continue;
    if (now - session->created <= eviction_age && !(privileged && !session->privileged)) continue;
    if (!smallest || session->size() < smallest->size()) smallest = session.get();
  }
  const bool worth = smallest && (smallest->size() < size || (privileged && !smallest->privileged));
  if (worth) close(smallest->id);
  return worth;
}

int32_t FetchSessions::new_id() {
  for (;;) {
    const auto id = static_cast<int32_t>(random_.between(1, INT32_MAX));
    if (!sessions_.contains(id)) return id;
  }
}

FetchSession* FetchSessions::open(MonoTime now, bool privileged, bool uses_topic_ids, std::list<FetchPartition> partitions) {
  if (!make_room(now, privileged, partitions.size())) return nullptr;
  auto session = std::make_unique<FetchSession>();
  session->id = new_id();
  session->privileged = privileged;
  session->uses_topic_ids = uses_topic_ids;
  session->created = session->last_used = now;
  for (const auto& partition : partitions) session->update(partition);
  FetchSession& made = *session;
  by_use_.insert({now, made.id});
  sessions_[made.id] = std::move(session);
  metrics_.fetch_sessions = static_cast<int64_t>(sessions_.size());
  return &made;
}

}  // namespace evlog::broker

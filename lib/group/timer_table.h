// Deadlines as data: one per (kind, group, member), the earliest first; equal ones fire in key order. Setting one again moves it.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/time.h"

namespace evlog::group {

enum class TimerKind : uint8_t { join, sync, session };

struct TimerKey {
  TimerKind kind = TimerKind::join;
  std::string group;
  std::string member;  // only of a session
  auto operator<=>(const TimerKey&) const = default;
};

class TimerTable {
 public:
  void set(TimerKey key, MonoTime deadline) {
    cancel(key);
    order_.emplace(deadline, key);
    deadlines_.emplace(std::move(key), deadline);
  }
  void cancel(const TimerKey& key) {
    const auto it = deadlines_.find(key);
    if (it == deadlines_.end()) return;
    order_.erase({it->second, key});
    deadlines_.erase(it);
  }
  std::optional<MonoTime> next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
  }
  std::optional<TimerKey> take_expired(MonoTime now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    auto key = order_.begin()->second;
    cancel(key);
    return key;
  }
  void clear() { order_.clear(), deadlines_.clear(); }
  size_t size() const { return deadlines_.size(); }

 private:
  std::map<TimerKey, MonoTime> deadlines_;
  std::set<std::pair<MonoTime, TimerKey>> order_;
};

}  // namespace evlog::group

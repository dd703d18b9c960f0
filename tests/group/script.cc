#include "script.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "group/group.h"
#include "base/text.h"
#include "wire/api/consumer_protocol.h"

namespace evlog::group {
namespace {

std::string show(const OptionalText& t) { return t ? (t->empty() ? "''" : *t) : "null"; }

class Runner {
 public:
  std::string run(const std::string& script) {
    std::istringstream in(script);
    std::string line;
    while (std::getline(in, line)) {
      if (line.starts_with("  ")) continue;  // the log of before
      out_ += line + "\n";
      if (line.empty() || line[0] == '#') continue;
      command(line);
    }
    return out_;
  }

 private:
  void command(const std::string& line) {
    std::istringstream in(line);
    words_.clear();
    options_.clear();
    for (std::string w; in >> w;) {
      const auto eq = w.find('=');
      if (eq != std::string::npos) options_[w.substr(0, eq)] = w.substr(eq + 1);
      else words_.push_back(w);
    }
    const auto& name = words_[0];
    if (name == "settings") return settings();
    if (name == "join") return step(join());
    if (name == "sync") return step(sync());
    if (name == "heartbeat") return step(HeartbeatRequest{token(), words_[2], member(3), instance(), number(4)});
    if (name == "leave") return step(leave());
    if (name == "commit") return step(commit());
    if (name == "fetch") return step(fetch());
    if (name == "delete-group") return step(DeleteGroupRequest{token(), words_.size() > 2 ? words_[2] : ""});
    if (name == "delete-offsets") return step(delete_offsets());
    if (name == "wall") return void(wall_ms_ += number(1));
    if (name == "delete-topic") return step(TopicDeleted{words_[1]});
    if (name == "durable") return step(AppendDone{static_cast<uint64_t>(number(1)), ErrorCode::NONE});
    if (name == "late") return step(AppendLate{static_cast<uint64_t>(number(1))});
    if (name == "fail") return step(AppendDone{static_cast<uint64_t>(number(1)), error_named(words_[2])});
    if (name == "auto") return void(auto_ = words_[1] == "on");
    if (name == "time") return advance(number(1));
    if (name == "restart") return restart();
    if (name == "unload") return log(shard().unload());
    if (name == "list") return list();
    if (name == "describe") return describe();
    if (name == "timers") return say("next {}", shard().next_deadline() ? fmt::format("{}", (*shard().next_deadline() - MonoTime()) / milliseconds(1)) : "none");
    say("unknown command");
  }

  template <class... A>
  void say(fmt::format_string<A...> f, A&&... a) { out_ += "  " + fmt::format(f, std::forward<A>(a)...) + "\n"; }

  Shard& shard() {
    if (!shard_) shard_ = std::make_unique<Shard>(settings_, limits_);
    return *shard_;
  }
  Now now() const { return {MonoTime(milliseconds(ms_)), wall_from_ms(1'000'000 + ms_ + wall_ms_)}; }
  void step(Event e) { log(shard().step(std::move(e), now())); }

  Token token() { return static_cast<Token>(number(1)); }
  int32_t number(size_t i) { return i < words_.size() ? std::atoi(words_[i].c_str()) : -1; }
  int32_t option(const char* name, int32_t otherwise) {
    return options_.contains(name) ? std::atoi(options_[name].c_str()) : otherwise;
  }
  std::string text(const char* name, const char* otherwise) { return options_.contains(name) ? options_[name] : otherwise; }
  OptionalText instance() { return options_.contains("instance") ? OptionalText(options_["instance"]) : std::nullopt; }
  std::string id(const std::string& word) {
    if (word == "-") return "";
    return word[0] == '@' ? ids_[static_cast<Token>(std::atoi(word.c_str() + 1))] : word;
  }
  std::string member(size_t i) { return i < words_.size() ? id(words_[i]) : ""; }
  bool flag(std::string_view f) {
    for (const auto& w : words_) if (w == f) return true;
    return false;
  }

  void settings() {
    settings_.initial_rebalance_delay_ms = option("delay", settings_.initial_rebalance_delay_ms);
    settings_.session_timeout_ms_min = option("min", settings_.session_timeout_ms_min);
    settings_.session_timeout_ms_max = option("max", settings_.session_timeout_ms_max);
    settings_.group_size_max = option("size", settings_.group_size_max);
    settings_.offset_metadata_max = option("metadata", settings_.offset_metadata_max);
    settings_.offsets_retention_ms = option("retention", 1'000'000'000);
    settings_.offsets_retention_check_interval_ms = option("check", 600'000);
    limits_.groups_max = static_cast<size_t>(option("groups", 1000));
    limits_.pending_members_max = static_cast<size_t>(option("pending", 1000));
    limits_.memory_bytes_max = static_cast<size_t>(option("bytes", 1 << 20));
  }

  // subscribed=TOPIC,TOPIC: the metadata as consumers send it.
  std::string subscription() {
    wire::ConsumerProtocolSubscription s;
    std::istringstream in(text("subscribed", ""));
    std::vector<std::string> topics;
    for (std::string t; std::getline(in, t, ',');) topics.push_back(t);
    for (const auto& t : topics) s.topics.push_back(t);
    Buffer out;
    wire::encode_versioned(out, 1, s);
    return std::string(as_text(out.bytes()));
  }
  // protocols=range:metadata,other:metadata
  JoinRequest join() {
    JoinRequest r{.token = token(), .group = words_[2], .member_id = member(3), .instance_id = instance(),
                  .client_id = text("client", "c"), .client_host = "/127.0.0.1",
                  .session_timeout_ms = option("session", 10000), .rebalance_timeout_ms = option("rebalance", 60000),
                  .protocol_type = text("type", "consumer"),
                  .member_id_required = option("v", 9) >= 4, .can_skip_assignment = option("v", 9) >= 9,
                  .fresh_id = {0, r_++}};
    std::istringstream in(text("protocols", "range:m"));
    for (std::string p; std::getline(in, p, ',');) r.protocols.push_back({p.substr(0, p.find(':')), p.substr(p.find(':') + 1)});
    if (options_.contains("subscribed")) r.protocols = {{"range", subscription()}};
    return r;
  }
  SyncRequest sync() {
    SyncRequest r{.token = token(), .group = words_[2], .member_id = member(3), .instance_id = instance(), .generation = number(4)};
    if (options_.contains("type")) r.protocol_type = options_["type"];
    if (options_.contains("protocol")) r.protocol_name = options_["protocol"];
    std::istringstream in(text("assign", ""));
    for (std::string p; std::getline(in, p, ',');) r.assignments.push_back({id(p.substr(0, p.find(':'))), p.substr(p.find(':') + 1)});
    return r;
  }
  LeaveRequest leave() {
    LeaveRequest r{.token = token(), .group = words_[2]};
    for (size_t i = 3; i < words_.size(); ++i) {
      const auto slash = words_[i].find('/');
      LeavingMember m{id(words_[i].substr(0, slash)), std::nullopt};
      if (slash != std::string::npos) m.instance_id = words_[i].substr(slash + 1);
      r.members.push_back(std::move(m));
    }
    return r;
  }
  CommitRequest commit() {
    CommitRequest r{.token = token(), .group = words_[2], .member_id = member(3), .instance_id = instance(),
                    .generation = number(4), .retention_ms = option("retention", -1), .group_not_found_known = flag("v9")};
    CommitPartition p{option("part", 0), option("offset", 0), option("epoch", -1), std::nullopt};
    if (options_.contains("meta")) p.metadata = options_["meta"];
    r.topics.push_back({text("topic", "t"), {}, {p}});
    return r;
  }
  OffsetFetchRequest fetch() {
    OffsetFetchRequest r{.token = token(), .group = words_[2], .all_topics = !options_.contains("topic"), .require_stable = flag("stable")};
    if (!r.all_topics) r.topics.push_back({options_["topic"], {}, {option("part", 0)}});
    return r;
  }
  OffsetDeleteRequest delete_offsets() {
    OffsetDeleteRequest r{.token = token(), .group = words_[2]};
    for (size_t i = 3; i < words_.size(); ++i) {
      const auto dash = words_[i].rfind('-');
      r.topics.push_back({words_[i].substr(0, dash), {{std::atoi(words_[i].c_str() + dash + 1)}}});
    }
    return r;
  }
  static ErrorCode error_named(const std::string& name) {
    for (int code = -1; code < 134; ++code) {
      if (error_name(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
    }
    return ErrorCode::UNKNOWN_SERVER_ERROR;
  }

  void advance(int32_t by) {
    const auto end = ms_ + by;
    for (;;) {
      const auto next = shard().next_deadline();
      const auto due = next ? (*next - MonoTime()) / milliseconds(1) : end + 1;
      if (due > end) break;
      ms_ = std::max(ms_, static_cast<int64_t>(due));
      const auto actions = shard().advance(now());
      if (!actions.empty()) say("at {}:", ms_);
      log(actions);
    }
    ms_ = end;
  }
  void restart() {
    shard_ = std::make_unique<Shard>(settings_, limits_);
    appended_.clear();
    for (const auto& r : durable_) {
      auto replayed = shard_->replay(as_bytes(r.key), r.value ? std::optional(as_bytes(*r.value)) : std::nullopt, now());
      if (!replayed) say("replay: {}", replayed.error().message);
      else if (*replayed) say("replay: {}", **replayed);
    }
    log(shard_->loaded(now()));
  }
  void list() {
    for (const auto& g : shard().list()) say("{} {} type={}", g.id, state_name(g.state), g.protocol_type.empty() ? "''" : g.protocol_type);
  }
  void describe() {
    const auto d = shard().describe(words_[1]);
    if (!d) return say("not found");
    say("{} type={} protocol={}", state_name(d->state), show(d->protocol_type), show(d->protocol));
    for (const auto& m : d->members) {
      say("member {} instance={} client={} {} metadata={} assignment={}", name_of(m.id), show(m.instance_id), m.client_id,
          m.client_host, show(m.metadata), show(m.assignment));
    }
  }

  // Ids are long: the log calls a member by the token of the first answer that named it.
  std::string name_of(const std::string& member_id) {
    if (member_id.empty()) return "-";
    for (const auto& [t, known] : ids_) {
      if (known == member_id) return fmt::format("@{}", t);
    }
    return member_id;
  }
  std::string name_of(const OptionalText& id) { return id ? name_of(*id) : "null"; }

  void log(const Actions& actions) {
    for (const auto& a : actions) std::visit([&](const auto& x) { print(x); }, a);
    while (auto_ && !appended_.empty()) {
      const auto done = appended_.begin()->first;
      finish(done, ErrorCode::NONE);
      log(shard().step(AppendDone{done, ErrorCode::NONE}, now()));
    }
  }
  void finish(uint64_t id, ErrorCode e) {
    const auto it = appended_.find(id);
    if (it == appended_.end()) return;
    if (e == ErrorCode::NONE) durable_.insert(durable_.end(), it->second.begin(), it->second.end());
    appended_.erase(it);
  }

  static std::string printable(const std::string& metadata) {
    const bool text = std::ranges::all_of(metadata, [](char c) { return c >= ' '; });
    return text ? metadata : fmt::format("({} bytes)", metadata.size());
  }
  void print(const JoinAnswer& a) {
    if (!a.member_id.empty() && name_of(a.member_id) == a.member_id) ids_[a.token] = a.member_id;
    std::string members;
    for (const auto& m : a.members) members += fmt::format(" {}{}={}", name_of(m.member_id), m.instance_id ? "/" + *m.instance_id : "", printable(m.metadata));
    say("join {} {} gen={} type={} protocol={} leader={} member={}{}{}", a.token, error_name(a.error), a.generation, show(a.protocol_type),
        show(a.protocol_name), name_of(a.leader), name_of(a.member_id), a.skip_assignment ? " skip" : "", members.empty() ? "" : " members:" + members);
  }
  void print(const SyncAnswer& a) {
    say("sync {} {} type={} protocol={} assignment={}", a.token, error_name(a.error), show(a.protocol_type), show(a.protocol_name), show(a.assignment));
  }
  void print(const HeartbeatAnswer& a) { say("heartbeat {} {}", a.token, error_name(a.error)); }
  void print(const LeaveAnswer& a) {
    std::string members;
    for (const auto& m : a.members) members += fmt::format(" {}/{}={}", name_of(m.member_id), show(m.instance_id), error_name(m.error));
    say("leave {} {}{}", a.token, error_name(a.error), members);
  }
  void print(const CommitAnswer& a) {
    std::string text;
    for (const auto& t : a.topics) for (const auto& p : t.partitions) text += fmt::format(" {}-{}={}", t.name, p.index, error_name(p.error));
    say("commit {}{}", a.token, text);
  }
  void print(const OffsetFetchAnswer& a) {
    std::string text;
    for (const auto& t : a.topics) {
      for (const auto& p : t.partitions) text += fmt::format(" {}-{}={} epoch={} meta={}", t.name, p.index, p.offset, p.leader_epoch, show(p.metadata));
    }
    say("fetch {} {}{}", a.token, error_name(a.error), text);
  }
  void print(const DeleteGroupAnswer& a) { say("delete-group {} {}", a.token, error_name(a.error)); }
  void print(const OffsetDeleteAnswer& a) {
    std::string text;
    for (const auto& t : a.topics) for (const auto& p : t.partitions) text += fmt::format(" {}-{}={}", t.name, p.index, error_name(p.error));
    say("delete-offsets {} {}{}", a.token, error_name(a.error), text);
  }
  void print(const Append& a) {
    appended_[a.id] = a.records;
    for (const auto& r : a.records) say("append {}: {}", a.id, describe_record(r));
  }
  std::string describe_record(const LogRecord& r) {
    const auto key = decode_key(as_bytes(r.key));
    if (const auto* o = std::get_if<OffsetKey>(&*key)) {
      if (!r.value) return fmt::format("offset {} {}-{} deleted", o->group, o->topic, o->partition);
      const auto v = *decode_offset_value(as_bytes(*r.value));
      return fmt::format("offset {} {}-{} = {} epoch={} expires={}", o->group, o->topic, o->partition, v.offset, v.leader_epoch, v.expire_timestamp_ms);
    }
    const auto& g = std::get<GroupKey>(*key).group;
    if (!r.value) return fmt::format("group {} deleted", g);
    const auto v = *decode_group_value(as_bytes(*r.value));
    std::string members;
    for (const auto& m : v.members) members += fmt::format(" {}={}", name_of(m.id), show(m.assignment));
    return fmt::format("group {} gen={} type={} protocol={} leader={}{}", g, v.generation, show(v.protocol_type), show(v.protocol), name_of(v.leader), members);
  }

  std::string out_;
  std::vector<std::string> words_;
  std::map<std::string, std::string> options_;
  Settings settings_;
  Limits limits_;
  std::unique_ptr<Shard> shard_;
  int64_t ms_ = 0, wall_ms_ = 0;
  uint64_t r_ = 1;
  bool auto_ = true;
  std::map<Token, std::string> ids_;
  std::map<uint64_t, std::vector<LogRecord>> appended_;
  std::vector<LogRecord> durable_;
};

}  // namespace

std::string run_script(const std::string& script) { return Runner().run(script); }

}  // namespace evlog::group

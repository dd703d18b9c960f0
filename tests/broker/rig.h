// A whole server in the simulator, asked without a network: requests as JSON through the dispatch table, with an authorizer that
// writes down each question.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "broker/dispatch.h"
#include "broker/server.h"
#include "log/rig.h"
#include "wire/header.h"
#include "wire/json.h"
#include "wire/registry.h"

namespace evlog::broker::test {

struct Recorder final : auth::Authorizer {
  std::vector<std::string> asked;
  std::string denied;  // a question that begins with this is answered no
  std::vector<std::string> deny;  // or with one of these
  bool allows(const auth::Question& q) override {
    std::string line = fmt::format("{} {} {}", auth::operation_name(q.operation), auth::resource_name(q.type), q.name);
    const bool no = (!denied.empty() && line.starts_with(denied)) || std::ranges::any_of(deny, [&](const auto& start) { return line.starts_with(start); });
    asked.push_back(std::move(line));
    return !no;
  }
};

class ServerRig {
 public:
  explicit ServerRig(std::vector<std::string> sets = {}) {
    sets.insert(sets.begin(), {"log.dirs=/data", "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
                               "group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1"});
    sets_ = std::move(sets);
    peer.listener = "PLAINTEXT";
    peer.host = "127.0.0.1";
    peer.local = {"127.0.0.1", 9092};
    start();
  }

  // The same server on the same disk after a crash.
  void crash(io::sim::Death death) {
    server.reset();
    rig.crash(death);
    start();
  }

  void start() {
    const auto refused = try_start();
    REQUIRE_MESSAGE(!refused, refused->message);
  }

  std::optional<StartError> try_start() {
    auto started = rig.run(Server::start(rig.loop(), options()));
    if (!started) return started.error();
    server = std::move(*started);
    return std::nullopt;
  }

  // A start that dies `after` so long. False when it was faster; then the server dies too.
  bool die_in_start(Duration after, io::sim::Death death) {
    std::optional<Started> started;
    {
      io::Nursery nursery;
      nursery.spawn(keep(Server::start(rig.loop(), options()), started));
      rig.node().loop->wake();
      rig.world().run_for(after);
    }
    const bool died = !started;
    started.reset();
    rig.crash(death);
    return died;
  }

  // A request during which, or after which, the server dies.
  void ask_and_die(std::string_view name, int16_t version, std::string_view json, Duration after, io::sim::Death death) {
    {
      auto frame = frame_of(name, version, json);
      const Api* api = find_api(frame.second);
      Context context(server->broker(), peer, {frame.second, version, 7, "test"}, frame.first, rig.loop().mono());
      std::optional<Result<Answer>> answer;
      io::Nursery nursery;
      nursery.spawn(keep(api->run(context, frame.first->bytes()), answer));
      rig.node().loop->wake();
      rig.world().run_for(after);
    }
    server.reset();
    rig.crash(death);
  }

  // The answer as JSON, "no answer", or "refused: why" for a frame that closes the connection.
  std::string ask(std::string_view name, int16_t version, std::string_view json) {
    auto [frame, key] = frame_of(name, version, json);
    return ask_raw(key, version, std::move(frame));
  }

  std::pair<std::shared_ptr<Buffer>, int16_t> frame_of(std::string_view name, int16_t version, std::string_view json) {
    const auto* request = wire::find_message(fmt::format("{}Request", name));
    REQUIRE_MESSAGE(request, name);
    auto message = request->create();
    wire::Storage storage;
    const auto read = wire::from_json(json, *request->type, message.get(), version, storage);
    REQUIRE_MESSAGE(read.has_value(), read.error().message);
    auto frame = std::make_shared<Buffer>();
    wire::Encoder encoder(*frame);
    request->encode(encoder, version, message.get());
    return {frame, request->info->api_key};
  }

  std::string ask_raw(int16_t key, int16_t version, std::shared_ptr<Buffer> body) {
    const Api* api = find_api(key);
    if (!api) return "refused: not served";
    Context context(server->broker(), peer, {key, version, 7, "test"}, body, rig.loop().mono());
    auto answer = rig.run(api->run(context, body->bytes()));
    if (!answer) return "refused: " + answer.error().message;
    if (!context.answered()) return "no answer";
    return show(key, version, *answer);
  }

  static std::string show(int16_t key, int16_t version, const Answer& answer) {
    const auto* response = wire::find_response(key);
    auto out = response->create();
    Bytes bytes = answer.head.bytes().subspan(4);
    const int16_t shown = key == 18 && version > 4 ? int16_t{0} : version;
    bytes = bytes.subspan(wire::response_header_version(key, shown) == 0 ? 4 : 5);
    wire::Decoder decoder(bytes);
    response->decode(decoder, shown, out.get());
    if (!answer.splices.empty()) return "records from a file";
    return wire::to_json(*response->type, out.get(), shown);
  }

  log::test::Rig rig;
  Recorder recorder;
  Peer peer;
  std::vector<std::string> log;
  std::unique_ptr<Server> server;

 private:
  using Started = std::expected<std::unique_ptr<Server>, StartError>;
  template <class T>
  static io::task<> keep(io::task<T> work, std::optional<T>& result) { result.emplace(co_await std::move(work)); }

  ServerOptions options() {
    config::LoadInput input;
    input.sets = sets_;
    auto loaded = config::load_config(input);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
    return {.config = loaded->config, .log = [this](char level, std::string_view, std::string_view text) { log.push_back(fmt::format("{} {}", level, text)); }, .authorizer = &recorder};
  }

  std::vector<std::string> sets_;
};

}  // namespace evlog::broker::test

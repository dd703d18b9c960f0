// evlog demo: a server of its own - a topic - records - the same records again, each compared - what to do next.
#include "evlog/demo.h"

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "evlog/admin_session.h"
#include "evlog/own_server.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

constexpr int timeout_ms = 30'000;
constexpr std::string_view topic = "demo";

struct Options {
  int64_t records = 100'000;
};

std::string value_of(int64_t number) { return fmt::format("record {} of a log that keeps what it acknowledged", number); }

void say(std::string_view what, std::string_view text) {
  fmt::print("{} {}\n", paint(Colour::bold, fmt::format("{:<10}", what), stdout), text);
  std::fflush(stdout);
}

std::string seconds_since(int64_t start_ns) { return fmt::format("{:.2f} s", static_cast<double>(mono_ns() - start_ns) / 1e9); }

class Demo {
 public:
  explicit Demo(const Options& options) : records_(options.records) {}

  Expected<void> run() {
    const int64_t start_ns = mono_ns();
    if (auto started = server_.start(); !started) return started;
    settings_.brokers = fmt::format("{}:{}", server_.address().host, server_.address().port);
    say("listening", fmt::format("{}, a server of its own, ready in {:.0f} ms", settings_.brokers, static_cast<double>(mono_ns() - start_ns) / 1e6));
    for (const auto step : {&Demo::create, &Demo::produce, &Demo::consume})
      if (auto done = (this->*step)(); !done) return done;
    say("next", "evlog serve");
    return {};
  }

 private:
  Expected<void> create() {
    SocketTransport transport(timeout_ms);
    client::Admin admin(transport, {server_.address()});
    const auto created = admin.create_topics({{.name = std::string(topic), .partitions = 1, .replicas = 1, .configs = {}, .assignments = {}}}, false, timeout_ms);
    if (!created) return failure(exit_code::failed, "", "creating topic {}: {}", topic, created.error().message);
    for (const client::TopicResult& one : *created)
      if (one.error != ErrorCode::NONE) return failure(exit_code::failed, "", "creating topic {}: {}", topic, one.message);
    say("created", fmt::format("topic {} with 1 partition", topic));
    return {};
  }

  Expected<void> produce() {
    const int64_t start_ns = mono_ns();
    auto producer = client::Producer::open(settings_);
    if (!producer) return failure(explain(producer.error()));
    client::ClientError error;
    int64_t delivered = 0;
    uint64_t bytes = 0;
    (*producer)->on_delivery = [&](const client::Delivery& d) {
      if (d.error) error = d.error;
      else ++delivered, bytes += d.size_bytes;
    };
    client::Record record{.topic = topic, .partition = 0};
    for (int64_t i = 0; i < records_ && !error && !interrupted(); ++i) {
      const std::string value = value_of(i);
      record.value = value;
      if (const auto refused = (*producer)->produce(record, nullptr, [] { return interrupted() != 0; })) error = refused;
    }
    if (!error && !interrupted()) error = (*producer)->flush(timeout_ms);
    if (interrupted()) return {};
    if (error) return failure(explain(error, (*producer)->events(), settings_));
    if (delivered != records_) return failure(exit_code::failed, "", "{} of {} records were acknowledged", delivered, records_);
    say("produced", fmt::format("{} records ({}) in {}, every one acknowledged", human_count(static_cast<uint64_t>(records_)), human_bytes(bytes), seconds_since(start_ns)));
    return {};
  }

  Expected<void> consume() {
    if (interrupted()) return {};
    const int64_t start_ns = mono_ns();
    auto consumer = client::Consumer::open(settings_);
    if (!consumer) return failure(explain(consumer.error()));
    const client::PartitionRange range{.topic = std::string(topic), .partition = 0};
    if (const auto error = (*consumer)->start({&range, 1})) return failure(explain(error, (*consumer)->events(), settings_));
    int64_t seen = 0, deadline_ms = mono_ms() + timeout_ms;
    while (seen < records_ && !interrupted()) {
      for (const rd_kafka_message_t* message : (*consumer)->poll(100)) {
        if (message->err) continue;  // the end for now, or a connection that librdkafka makes again
        const std::string_view value(static_cast<const char*>(message->payload), message->len);
        if (message->offset != seen || value != value_of(seen)) return failure(exit_code::failed, "", "offset {} holds '{}' where '{}' was expected at {}", message->offset, value, value_of(seen), seen);
        ++seen;
        deadline_ms = mono_ms() + timeout_ms;
      }
      if (mono_ms() > deadline_ms) return failure(exit_code::failed, "", "only {} of {} records came back, then none for {} s", seen, records_, timeout_ms / 1000);
    }
    if (interrupted()) return {};
    say("consumed", fmt::format("{} records in {}", human_count(static_cast<uint64_t>(seen)), seconds_since(start_ns)));
    say("verified", "none missing, none twice, all in order");
    return {};
  }

  int64_t records_;
  OwnServer server_;
  client::Settings settings_;
};

Outcome demo(const Options& o) {
  watch_signals();
  const auto done = Demo(o).run();
  if (interrupted()) return interrupted();
  if (!done) return failure(done.error());
  return exit_code::ok;
}

}  // namespace

void add_demo(Args& root) {
  Args& args = root.command("demo", "Show that it works: a server, a topic, records there and back");
  Options& o = args.keep<Options>();
  args.examples({"evlog demo", "evlog demo -n 1000000"})
      .about("Starts a server of its own on a free port of loopback, creates a topic, produces records, consumes them again and compares each.\n"
             "Nothing of it stays behind. Exit code 0: this binary works on this machine.")
      .number("-n,--count", o.records, "N", "How many records", 1, 100'000'000);
  args.run([&o] { return demo(o); });
}

}  // namespace evlog::cmd

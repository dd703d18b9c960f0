#include "suite.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <vector>

namespace evlog::io {
namespace {

task<bool> send_all(Stream& stream, Bytes data) {
  while (!data.empty()) {
    const std::array<Bytes, 2> pieces{data.first(data.size() / 2), data.subspan(data.size() / 2)};
    const auto sent = stream.try_send(pieces);
    if (!sent) co_return false;
    if (*sent == would_block) co_await stream.writable();
    else data = data.subspan(*sent);
  }
  co_return true;
}

// Bytes until the peer closes, or `bytes_max`.
task<std::string> receive(Stream& stream, size_t bytes_max) {
  std::string all;
  std::array<uint8_t, 1000> part;
  while (all.size() < bytes_max) {
    const auto got = stream.try_recv({part.data(), std::min(part.size(), bytes_max - all.size())});
    if (!got || *got == 0) break;
    if (*got == would_block) co_await stream.readable();
    else all.append(reinterpret_cast<const char*>(part.data()), *got);
  }
  co_return all;
}

task<std::unique_ptr<Stream>> accept(Listener& listener) {
  for (;;) {
    auto stream = listener.try_accept();
    if (stream && *stream) co_return std::move(*stream);
    co_await listener.acceptable();
  }
}

std::unique_ptr<Listener> open_port(Rig& rig) {
  auto listener = rig.loop().network().listen({rig.host(), 0});
  REQUIRE(listener);
  REQUIRE((*listener)->address().port != 0);
  return std::move(*listener);
}

std::string text_of(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ",";
  text.resize(size);
  return text;
}

struct Pair { std::unique_ptr<Stream> client, server; };

task<void> make_pair(Rig& rig, Pair& into) {
  auto listener = open_port(rig);
  auto client = co_await rig.loop().network().connect({rig.host(), listener->address().port});
  REQUIRE(client);
  into.client = std::move(*client);
  into.server = co_await accept(*listener);
}

task<void> echo_server(std::unique_ptr<Stream> stream) {
  const std::string all = co_await receive(*stream, 50000);
  co_await send_all(*stream, as_bytes(all));
}

task<void> append(Event& event, std::vector<int>& log, int number) {
  co_await event.wait();
  log.push_back(number);
}

}  // namespace

void suite_echo(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Pair pair;
    co_await make_pair(r, pair);
    CHECK(pair.client->peer().port == pair.server->local().port);
    Nursery nursery;
    nursery.spawn(echo_server(std::move(pair.server)));
    const std::string sent = text_of(50000);
    CHECK(co_await send_all(*pair.client, as_bytes(sent)));
    CHECK(co_await receive(*pair.client, 60000) == sent);  // and then the end, since the server has closed
  }(rig));
}

void suite_backpressure(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Pair pair;
    co_await make_pair(r, pair);
    const std::string chunk = text_of(65536);
    const std::array<Bytes, 1> pieces{as_bytes(chunk)};
    size_t sent = 0;
    for (;;) {
      const auto count = pair.client->try_send(pieces);
      REQUIRE(count);
      if (*count == would_block) break;
      sent += *count;
      REQUIRE(sent < 256_MiB);
    }
    bool writable = false;
    Nursery nursery;
    nursery.spawn([](Stream& stream, bool& flag) -> task<void> {
      co_await stream.writable();
      flag = true;
    }(*pair.client, writable));
    CHECK_FALSE(writable);
    const std::string got = co_await receive(*pair.server, sent);
    CHECK(got.size() == sent);
    while (!writable) co_await r.loop().sleep(milliseconds(1));
  }(rig));
}

void suite_cancel(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Pair pair;
    co_await make_pair(r, pair);
    auto file = co_await r.loop().disk().open(r.directory() + "/cancel", OpenMode::create_new);
    REQUIRE(file);
    Event event(r.loop());
    int finished = 0;
    {
      Nursery nursery;
      nursery.spawn([](Stream& s, int& n) -> task<void> { co_await s.readable(); ++n; }(*pair.client, finished));
      nursery.spawn([](File& f, int& n) -> task<void> { co_await f.sync(); ++n; }(**file, finished));
      nursery.spawn([](Loop& l, int& n) -> task<void> { co_await l.sleep(seconds(100)); ++n; }(r.loop(), finished));
      nursery.spawn([](Loop& l, int& n) -> task<void> { co_await l.turn(); ++n; }(r.loop(), finished));
      nursery.spawn([](Loop& l, int& n) -> task<void> { co_await l.offload([] {}); ++n; }(r.loop(), finished));
      nursery.spawn([](Loop& l, int& n) -> task<void> { co_await l.network().connect({"localhost", 9}); ++n; }(r.loop(), finished));
      nursery.spawn([](Event& e, int& n) -> task<void> { co_await e.wait(); ++n; }(event, finished));
    }
    file->reset();
    co_await r.loop().sleep(milliseconds(20));
    event.notify_all();
    CHECK(co_await send_all(*pair.server, as_bytes("late")));
    co_await r.loop().sleep(milliseconds(5));
    CHECK(finished == 0);
    CHECK(co_await receive(*pair.client, 4) == "late");
  }(rig));
}

void suite_refused(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    auto listener = open_port(r);
    const Address at{r.host(), listener->address().port};
    const auto second = r.loop().network().listen(at);
    REQUIRE_FALSE(second);
    CHECK(second.error().os_error == EADDRINUSE);
    listener.reset();
    const auto nobody = co_await r.loop().network().connect(at);
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().os_error == ECONNREFUSED);
  }(rig));
}

void suite_timers(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    const MonoTime before = r.loop().mono();
    co_await r.loop().sleep(milliseconds(3));
    CHECK(r.loop().mono() >= before + milliseconds(3));
    Event event(r.loop());
    CHECK_FALSE(co_await event.wait_until(r.loop().mono() + milliseconds(1)));
    std::vector<int> log;
    Nursery nursery;
    for (int i = 0; i < 3; ++i) nursery.spawn(append(event, log, i));
    event.notify_one();
    co_await r.loop().turn();
    CHECK(log == std::vector<int>{0});
    event.notify_all();
    co_await r.loop().turn();
    CHECK(log == std::vector<int>{0, 1, 2});
  }(rig));
}

void suite_turns(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    // Many writers make something ready in one turn; the flusher that parked for the turn's end sees all of it, once.
    Event event(r.loop());
    int pending = 0;
    std::vector<int> flushes;
    Nursery nursery;
    nursery.spawn([](Loop& l, int& p, std::vector<int>& f) -> task<void> {
      co_await l.turn();
      f.push_back(p);
      p = 0;
    }(r.loop(), pending, flushes));
    for (int i = 0; i < 5; ++i)
      nursery.spawn([](Event& e, int& p) -> task<void> { co_await e.wait(); ++p; }(event, pending));
    event.notify_all();
    while (flushes.empty()) co_await r.loop().sleep(milliseconds(1));
    CHECK(flushes == std::vector<int>{5});
  }(rig));
}

void suite_disk(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Disk& disk = r.loop().disk();
    const std::string folder = r.directory() + "/a/b";
    REQUIRE(co_await disk.make_dirs(folder));
    REQUIRE(co_await disk.make_dirs(folder));
    const auto missing = co_await disk.open(folder + "/x", OpenMode::write);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().os_error == ENOENT);
    {
      auto file = co_await disk.open(folder + "/x", OpenMode::create_new);
      REQUIRE(file);
      std::vector<std::string> parts;
      std::vector<Bytes> pieces;
      for (int i = 0; i < 3000; ++i) parts.push_back(std::to_string(i));  // more than one system call takes
      std::string whole;
      for (const auto& part : parts) { pieces.push_back(as_bytes(part)); whole += part; }
      REQUIRE(co_await (*file)->write(10, pieces));
      REQUIRE(co_await (*file)->sync());
      CHECK((*file)->size() == 10 + whole.size());
      std::string back(whole.size() + 100, '-');
      const auto got = co_await (*file)->read(10, {reinterpret_cast<uint8_t*>(back.data()), back.size()});
      REQUIRE(got);
      CHECK(back.substr(0, *got) == whole);
      CHECK(*(co_await (*file)->read(1 << 20, {reinterpret_cast<uint8_t*>(back.data()), 10})) == 0);
      REQUIRE(co_await (*file)->truncate(12));
      CHECK((*file)->size() == 12);
      const auto tail = co_await (*file)->read(8, {reinterpret_cast<uint8_t*>(back.data()), 100});
      REQUIRE(tail);
      CHECK(back.substr(0, *tail) == std::string("\0\0" "01", 4));
    }
    const auto again = co_await disk.open(folder + "/x", OpenMode::create_new);
    REQUIRE_FALSE(again);
    CHECK(again.error().os_error == EEXIST);
    CHECK((co_await disk.open(folder, OpenMode::read)).error().os_error == EISDIR);
    CHECK((co_await disk.remove(r.directory() + "/a")).error().os_error == ENOTEMPTY);
    auto emptied = co_await disk.open(folder + "/x", OpenMode::replace);
    REQUIRE(emptied);
    CHECK((*emptied)->size() == 0);
    REQUIRE(co_await remove_tree(disk, r.directory() + "/a"));
    CHECK((co_await disk.list(r.directory() + "/a")).error().os_error == ENOENT);
    const auto space = disk.space(r.directory());
    REQUIRE(space);
    CHECK(space->total_bytes >= space->free_bytes);
  }(rig));
}

void suite_rename(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Disk& disk = r.loop().disk();
    const std::string path = r.directory() + "/checkpoint";
    REQUIRE(co_await write_file_atomically(disk, path, "one"));
    REQUIRE(co_await write_file_atomically(disk, path, "two"));
    const auto content = co_await read_file(disk, path, 100);
    REQUIRE(content);
    CHECK(as_text(*content) == "two");
    CHECK_FALSE(co_await read_file(disk, path, 2));
    const auto names = co_await disk.list(r.directory());
    REQUIRE(names);
    REQUIRE(names->size() == 1);
    CHECK((*names)[0].name == "checkpoint");
    CHECK((*names)[0].size_bytes == 3);
    REQUIRE(co_await disk.make_dirs(r.directory() + "/topic-0"));
    REQUIRE(co_await write_file_atomically(disk, r.directory() + "/topic-0/log", "x"));
    REQUIRE(co_await disk.rename(r.directory() + "/topic-0", r.directory() + "/topic-0.delete"));
    CHECK(co_await read_file(disk, r.directory() + "/topic-0.delete/log", 100));
    CHECK((co_await disk.rename(r.directory() + "/nothing", path)).error().os_error == ENOENT);
    CHECK(co_await disk.sync_dir(r.directory()));
  }(rig));
}

void suite_send_file(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    Pair pair;
    co_await make_pair(r, pair);
    const std::string content = text_of(30000);
    auto file = co_await r.loop().disk().open(r.directory() + "/segment", OpenMode::create);
    REQUIRE(file);
    const std::array<Bytes, 1> pieces{as_bytes(content)};
    REQUIRE(co_await (*file)->write(0, pieces));
    Nursery nursery;
    std::string got;
    nursery.spawn([](Stream& stream, std::string& into) -> task<void> { into = co_await receive(stream, 29000); }(*pair.client, got));
    uint64_t offset = 1000;
    while (offset < content.size()) {
      const auto sent = pair.server->try_send_file(**file, offset, content.size() - offset);
      REQUIRE(sent);
      REQUIRE(*sent != 0);
      if (*sent == would_block) co_await pair.server->writable(); else offset += *sent;
    }
    CHECK(*pair.server->try_send_file(**file, content.size(), 10) == 0);
    while (got.empty()) co_await r.loop().sleep(milliseconds(1));
    CHECK(got == content.substr(1000));
  }(rig));
}

void suite_warm_and_cool(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    const std::string content = text_of(300000);
    auto file = co_await r.loop().disk().open(r.directory() + "/segment", OpenMode::create);
    REQUIRE(file);
    const std::array<Bytes, 1> pieces{as_bytes(content)};
    REQUIRE(co_await (*file)->write(0, pieces));
    REQUIRE(co_await (*file)->cool(0, content.size()));  // gone from memory, and nothing else
    REQUIRE(co_await (*file)->warm(1000, 200000));
    REQUIRE(co_await (*file)->warm(content.size() - 10, 1000000));  // as far as the file goes
    REQUIRE(co_await (*file)->warm(content.size() + 10, 10));
    Buffer all(content.size());
    const auto got = co_await (*file)->read(0, all.mutable_bytes());
    REQUIRE(got);
    CHECK(as_text(all.bytes().first(*got)) == content);
  }(rig));
}

void suite_offload(Rig& rig) {
  rig.run([](Rig& r) -> task<void> {
    int value = 0;
    co_await r.loop().offload([&] { value = 42; });
    CHECK(value == 42);
    bool posted = false;
    auto poster = r.loop().poster();
    CHECK(poster->post([&] { posted = true; }));
    CHECK_FALSE(posted);
    while (!posted) co_await r.loop().sleep(milliseconds(1));
  }(rig));
}

}  // namespace evlog::io

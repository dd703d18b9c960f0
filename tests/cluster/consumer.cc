// A consumer by assignment: reads every partition from its beginning with fetch sessions, sometimes goes back, and asks for offsets. What
// it has read must stay, and there are no gaps. The verifier reads everything once more when all others have finished.
#include "cluster/scene.h"
#include "record/record.h"

namespace evlog::cluster_test {
namespace {

using wire::FetchRequest;
using wire::FetchResponse;
using FetchedPartition = FetchResponse::Topic::Partition;

class Reader : public Client {
 public:
  using Client::Client;

 protected:
  struct Position {
    int64_t next = 0;
    int64_t high_watermark = 0;   // the last one told; it never goes back
    uint64_t losses = 0;          // when it was told
    bool lost = false;            // out of range: to be asked for where the log begins
    bool told = false;            // fetched from here at least once
    std::optional<int64_t> in_session;  // the offset the session knows
  };

  virtual void take(const PartitionName& where, int64_t offset, const std::string& value) = 0;
  virtual void begin_again(const PartitionName&, int64_t) {}

  void forget_session() {
    session_id_ = session_epoch_ = 0;
    version_ = version(FetchRequest::info);
    for (auto& [index, position] : positions_) position.in_session.reset();
  }

  FetchRequest make_request() {
    FetchRequest request;
    request.max_wait_ms = static_cast<int32_t>(random().below(static_cast<uint64_t>(patience() / milliseconds(2))));
    request.min_bytes = static_cast<int32_t>(random().below(random().chance(0.5) ? 2 : 3000));
    request.max_bytes = static_cast<int32_t>(random().between(1, 100'000));
    request.isolation_level = static_cast<int8_t>(random().below(2));
    request.session_id = session_id_;
    request.session_epoch = version_ < 7 ? -1 : session_epoch_;
    auto& topic = request.topics.emplace_back();
    topic.topic = topic_main;
    topic.topic_id = scene_.topic_ids[topic_main];
    for (auto& [index, position] : positions_) {
      if (session_id_ != 0 && position.in_session == position.next) continue;
      auto& partition = topic.partitions.emplace_back();
      partition.partition = index;
      partition.fetch_offset = position.next;
      partition.partition_max_bytes = static_cast<int32_t>(random().between(1, 50'000));
      position.in_session = position.next;
    }
    if (topic.partitions.empty()) request.topics.clear();
    return request;
  }

  struct Known { int64_t promised_end = 0, start_least = 0; };  // before a question was asked

  io::task<void> fetch() {
    for (auto& [index, position] : positions_)
      if (position.lost) co_await find_start(index, position);
    if (!rpc_.is_open()) forget_session();
    std::map<int32_t, Known> known;
    for (const auto& [index, position] : positions_)
      known[index] = {scene_.history.promised_end({topic_main, index}), scene_.history.start_least({topic_main, index})};
    losses_ = scene_.history.losses();
    const auto answer = co_await rpc_.call<FetchResponse>(version_, make_request(), patience() * 2);
    if (!answer) co_return forget_session();
    const FetchResponse& response = answer->message;
    count_error("fetch", response.error_code);
    if (response.error_code != ErrorCode::NONE) {
      const bool session_lost = response.error_code == ErrorCode::FETCH_SESSION_ID_NOT_FOUND || response.error_code == ErrorCode::INVALID_FETCH_SESSION_EPOCH ||
                                response.error_code == ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR;
      if (!session_lost && !may_retry(response.error_code)) unexpected("Fetch", response.error_code);
      co_return forget_session();
    }
    if (session_id_ == 0) session_epoch_ = 0;
    session_id_ = response.session_id;
    session_epoch_ = session_id_ == 0 ? 0 : session_epoch_ + 1;
    for (const auto& topic : response.responses)
      for (const auto& partition : topic.partitions) take_partition(partition, known[partition.partition_index]);
  }

  // Out of range is right where records were deleted, or lost with the memory that held them.
  bool may_be_out_of_range(const PartitionName& where, const Position& position) const {
    return scene_.history.may_begin_at(where, position.next + 1) || scene_.history.losses() > 0;
  }

  void take_partition(const FetchedPartition& partition, Known known) {
    const PartitionName where{topic_main, partition.partition_index};
    Position& position = positions_[where.index];
    count_error("fetch", partition.error_code);
    if (partition.error_code != ErrorCode::NONE) {
      position.in_session.reset();
      const bool out_of_range = partition.error_code == ErrorCode::OFFSET_OUT_OF_RANGE;
      position.lost = out_of_range;
      if (out_of_range && !may_be_out_of_range(where, position))
        return scene_.world.fail(fmt::format("{}: {} of {} is out of range, though it was read up to there", name_, position.next, where.text()));
      if (!out_of_range && !may_retry(partition.error_code)) unexpected("Fetch", partition.error_code);
      return;
    }
    if (partition.records && !partition.records->bytes.empty() && position.next < known.start_least)
      return scene_.world.fail(fmt::format("{}: {} of {} is given out, though all below {} was acknowledged as deleted", name_, position.next, where.text(), known.start_least));
    if (losses_ != scene_.history.losses()) known.promised_end = 0;
    if (position.losses != losses_ || losses_ != scene_.history.losses()) position.high_watermark = 0;
    position.losses = losses_;
    const int64_t promised_end = known.promised_end;
    if (partition.high_watermark < std::max(position.high_watermark, promised_end))
      return scene_.world.fail(fmt::format("{}: the high watermark of {} is {}, but {} was told or acknowledged before", name_, where.text(),
                                           partition.high_watermark, std::max(position.high_watermark, promised_end)));
    position.high_watermark = partition.high_watermark;
    position.told = true;
    if (partition.records) take_batches(where, position, partition.records->bytes);
  }

  void take_batches(const PartitionName& where, Position& position, Bytes bytes) {
    record::BatchIterator batches(bytes);
    while (const auto batch = batches.next()) {
      if (auto whole = batch->check_crc(); !whole)
        return scene_.world.fail(fmt::format("{}: the batch at {} of {} is damaged: {}", name_, batch->base_offset().value(), where.text(), whole.error().message));
      record::RecordIterator records(*batch);
      while (const auto record = records.next()) take_record(where, position, *record);
      if (auto good = records.status(); !good) return scene_.world.fail(fmt::format("{}: records of {}: {}", name_, where.text(), good.error().message));
    }
    if (batches.stop() == record::BatchIterator::Stop::corrupt) scene_.world.fail(fmt::format("{}: {} is followed by no batch", name_, where.text()));
  }

  void take_record(const PartitionName& where, Position& position, const record::Record& record) {
    const int64_t offset = record.offset.value();
    if (offset < position.next) return;
    if (offset > position.next) return scene_.world.fail(fmt::format("{}: {} follows {} in {}", name_, offset, position.next - 1, where.text()));
    if (offset >= position.high_watermark)
      return scene_.world.fail(fmt::format("{}: {} of {} is given out beyond the high watermark {}", name_, offset, where.text(), position.high_watermark));
    position.next = offset + 1;
    take(where, offset, record.value ? std::string(as_text(*record.value)) : "(null)");
  }

  io::task<void> find_start(int32_t index, Position& position) {
    const PartitionName where{topic_main, index};
    const int64_t least = scene_.history.start_least(where);
    const auto start = co_await ask_offset(index, -2);
    if (!start) co_return;
    check_start(where, *start, least);
    position = {.next = *start};
    begin_again(where, *start);
  }

  void check_start(const PartitionName& where, int64_t start, int64_t least) {
    if (start < least || !scene_.history.may_begin_at(where, start))
      scene_.world.fail(fmt::format("{}: {} begins at {}; all below {} was acknowledged as deleted, and more was {}asked for", name_, where.text(), start, least,
                                    start < least ? "" : "not "));
  }

  // Latest is never below what was promised before the question, earliest is where everything began.
  io::task<void> list_offsets() {
    const bool latest = random().chance(0.5);
    const auto index = static_cast<int32_t>(random().below(positions_.size()));
    const PartitionName where{topic_main, index};
    const int64_t promised = scene_.history.promised_end(where), least = scene_.history.start_least(where);
    const uint64_t losses = scene_.history.losses();
    const auto got = co_await ask_offset(index, latest ? -1 : -2);
    if (!got) co_return;
    if (!latest) check_start(where, *got, least);
    else if (*got < promised && losses == scene_.history.losses())
      scene_.world.fail(fmt::format("{}: the latest offset of partition {} is {}, {} was promised", name_, index, *got, promised));
  }

  io::task<std::optional<int64_t>> ask_offset(int32_t index, int64_t timestamp) {
    wire::ListOffsetsRequest request;
    request.replica_id = -1;
    auto& topic = request.topics.emplace_back();
    topic.name = topic_main;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = index;
    partition.timestamp = timestamp;
    const auto answer = co_await rpc_.call<wire::ListOffsetsResponse>(version(wire::ListOffsetsRequest::info), request, patience());
    if (!answer || answer->message.topics.empty()) co_return std::nullopt;
    const auto got = answer->message.topics[0].partitions[0];
    count_error("list_offsets", got.error_code);
    if (got.error_code == ErrorCode::NONE) co_return got.offset;
    if (!may_retry(got.error_code)) unexpected("ListOffsets", got.error_code);
    co_return std::nullopt;
  }

  bool caught_up() const {
    for (const auto& [index, position] : positions_)
      if (position.next < scene_.history.promised_end({topic_main, index}) || position.next < position.high_watermark) return false;
    return true;
  }

  void assign_all() {
    for (int32_t index = 0; index < scene_.plan.partitions; ++index) positions_[index] = {};
    forget_session();
  }

  std::map<int32_t, Position> positions_;
  uint64_t losses_ = 0;          // when the last fetch was sent
  int32_t session_id_ = 0, session_epoch_ = 0;
  int16_t version_ = 4;
};

class Consumer final : public Reader {
 public:
  Consumer(Scene& scene, io::Loop& loop, std::string name) : Reader(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    assign_all();
    while (!scene_.winding_down || scene_.producers_busy > 0 || !caught_up()) {
      co_await fetch();
      if (scene_.world.failure()) co_return;
      if (random().chance(0.1)) co_await list_offsets();
      if (!scene_.winding_down && random().chance(0.02)) go_back();
      co_await think();
    }
  }
  void take(const PartitionName& where, int64_t offset, const std::string& value) override { scene_.history.seen(where, offset, value, losses_); }
  void go_back() {
    Position& position = positions_[static_cast<int32_t>(random().below(positions_.size()))];
    position.next = static_cast<int64_t>(random().below(static_cast<uint64_t>(position.next) + 1));
  }
};

class Verifier final : public Reader {
 public:
  Verifier(Scene& scene, io::Loop& loop, std::string name) : Reader(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    assign_all();
    do co_await fetch();
    while ((!caught_up() || !all_told()) && !scene_.world.failure());
    for (const auto& [index, position] : positions_) scene_.history.check_all({topic_main, index}, begins_[index], content_[index]);
  }
  bool all_told() {
    for (const auto& [index, position] : positions_)
      if (!position.told || position.high_watermark < scene_.history.promised_end({topic_main, index}) || position.next < position.high_watermark) return false;
    return true;
  }
  void take(const PartitionName& where, int64_t offset, const std::string& value) override { content_[where.index][offset] = value; }
  void begin_again(const PartitionName& where, int64_t start) override {
    begins_[where.index] = start;
    auto& content = content_[where.index];
    content.erase(content.begin(), content.lower_bound(start));
  }
  std::map<int32_t, int64_t> begins_;
  std::map<int32_t, std::map<int64_t, std::string>> content_;
};

}  // namespace

std::unique_ptr<io::sim::Process> make_consumer(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Consumer>(scene, loop, std::move(name));
}
std::unique_ptr<io::sim::Process> make_verifier(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Verifier>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test

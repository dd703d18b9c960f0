// Scenario: a server's everyday life in a hundred small steps, the same for the same seed: produce, roll, compact, delete records, commit
// offsets, make and delete topics, restart. The model learns what was asked and answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "torture/points/client.h"
#include "torture/points/model.h"

namespace evlog::torture {

class Scenario {
 public:
  // `acknowledged` hears of every acknowledged write, with the partition it went to; what it gives back is a violation.
  using Witness = std::function<std::optional<std::string>(const Place&)>;
  Scenario(uint64_t seed, Model& model) : random_(seed), model_(model) {}
  void on_acknowledged(Witness witness) { witness_ = std::move(witness); }

  enum class Step { done, restart, no_answer };
  // One step. no_answer: the connection is gone (the server may be). restart: the caller is asked to stop and start the server.
  Step step(Client& client);
  const std::string& violation() const { return violation_; }

  // Reads everything back and compares. Nothing when all is well.
  std::optional<std::string> verify(Client& client);
  // One more record into every partition of every topic; gives those that refused.
  std::map<Place, ErrorCode> write_everywhere(Client& client);

 private:
  bool produce_small(Client& client);
  bool produce_big(Client& client);
  bool produce_keyed(Client& client);
  bool produce(Client& client, std::vector<Place> to, int records, size_t value_bytes, bool keyed);
  bool create(Client& client, const std::string& topic, int32_t partitions, std::vector<std::pair<std::string, std::string>> configs);
  bool remove(Client& client, const std::string& topic);
  bool commit(Client& client);
  bool delete_records(Client& client);
  std::vector<Place> places(bool compacted) const;
  void acknowledged(const Place& place);
  std::optional<std::string> read(Client& client, const Place& place, int64_t& log_start, std::vector<Stored>& into);
  std::optional<int64_t> list_offset(Client& client, const Place& place, int64_t which);
  std::optional<std::string> verify_topic(Client& client, const std::string& name, const Model::Topic& topic);
  std::optional<std::string> verify_commits(Client& client);

  Random random_;
  Model& model_;
  Witness witness_;
  std::string violation_;
  int step_ = 0;
  int64_t next_value_ = 0;
  int next_topic_ = 0;
};

}  // namespace evlog::torture

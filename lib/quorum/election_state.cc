#include "quorum/election_state.h"

#include <nlohmann/json.hpp>

namespace evlog::quorum {
namespace {

bool read_int(const nlohmann::json& json, const char* name, int32_t& into) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return false;
  const auto value = found->get<int64_t>();
  if (value < INT32_MIN || value > INT32_MAX) return false;
  into = static_cast<int32_t>(value);
  return true;
}

}  // namespace

Result<ElectionState> parse_election_state(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "quorum-state is not a JSON object");
  int32_t version = 0, epoch = 0;
  if (!read_int(json, "data_version", version) || version < 0) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "quorum-state has no data_version 0 or 1");
  if (version > 1) return fail(ErrorCode::UNSUPPORTED_VERSION, "quorum-state of version {}, only 0 and 1 are known", version);
  ElectionState state;
  if (!read_int(json, "leaderId", state.leader_id) || !read_int(json, "leaderEpoch", epoch) || epoch < 0)
    return fail(ErrorCode::KAFKA_STORAGE_ERROR, "quorum-state names no leader or no epoch");
  state.leader_epoch = LeaderEpoch(epoch);
  read_int(json, "votedId", state.voted_id);
  if (const auto id = json.find("votedDirectoryId"); id != json.end() && id->is_string())
    state.voted_directory_id = Uuid::parse(id->get<std::string>()).value_or(Uuid{});
  return state;
}

std::string format_election_state(const ElectionState& state, int16_t kraft_version, int32_t voter_id) {
  nlohmann::ordered_json json;
  if (kraft_version == 0) json["clusterId"] = "";
  json["leaderId"] = state.leader_id;
  json["leaderEpoch"] = state.leader_epoch.value();
  json["votedId"] = state.voted_id;
  if (kraft_version == 0) {
    json["appliedOffset"] = 0;
    json["currentVoters"] = nlohmann::ordered_json::array({{{"voterId", voter_id}}});
    json["data_version"] = 0;
  } else {
    json["votedDirectoryId"] = state.voted_directory_id.text();
    json["data_version"] = 1;
  }
  return json.dump();
}

}  // namespace evlog::quorum

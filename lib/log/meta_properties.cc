#include "log/meta_properties.h"

#include "base/text.h"
#include "config/properties.h"
#include "log/checkpoint_text.h"

namespace evlog::log {

Result<MetaProperties> parse_meta_properties(std::string_view text) {
  auto properties = config::parse_properties(text);
  if (!properties) return fail(std::move(properties.error()));
  MetaProperties meta;
  std::string version;
  for (const auto& property : *properties) {
    if (property.name == "version") version = property.value;
    if (property.name == "cluster.id") meta.cluster_id = property.value;
    if (property.name == "node.id" || (property.name == "broker.id" && meta.node_id < 0)) {
      const auto id = parse_int(property.value);
      if (!id || *id < 0 || *id > INT32_MAX) return fail(ErrorCode::CORRUPT_MESSAGE, "{} is not a node id", quoted_text(property.value));
      meta.node_id = static_cast<int32_t>(*id);
    }
    if (property.name == "directory.id") {
      const auto id = Uuid::parse(property.value);
      if (!id) return fail(ErrorCode::CORRUPT_MESSAGE, "{} is not a directory id", quoted_text(property.value));
      meta.directory_id = *id;
    }
  }
  if (version != "1") {
    // Before KRaft there was a version 0.
    const auto number = parse_int(version);
    if (number && *number >= 0) return fail(ErrorCode::UNSUPPORTED_VERSION, "version {} of the directory format, only 1 is known", *number);
    return fail(ErrorCode::CORRUPT_MESSAGE, "{} is no version of the directory format, which must be 1", version.empty() ? "(none)" : quoted_text(version));
  }
  if (meta.cluster_id.empty()) return fail(ErrorCode::CORRUPT_MESSAGE, "no cluster.id");
  if (meta.node_id < 0) return fail(ErrorCode::CORRUPT_MESSAGE, "no node.id");
  return meta;
}

std::string format_meta_properties(const MetaProperties& meta) {
  return fmt::format("#\ncluster.id={}\ndirectory.id={}\nnode.id={}\nversion=1\n", meta.cluster_id, meta.directory_id.text(), meta.node_id);
}

}  // namespace evlog::log

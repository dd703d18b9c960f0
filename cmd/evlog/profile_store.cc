#include "evlog/profile_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "config/properties.h"
#include "evlog/files.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

// What makes librdkafka load code: never taken from a file that came with somebody's repository.
constexpr std::array code_properties{"plugin.library.paths", "ssl.engine.location", "ssl.providers", "ssl.engine.id"};

std::string environment_text(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

fs::path folder() { return fs::path(config_home()) / "profiles"; }
fs::path current_file() { return fs::path(config_home()) / "current"; }

// Secrets are inside: never readable by others, not even for a moment.
Expected<void> write_text(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const std::string partial = fmt::format("{}.{}", path.string(), ::getpid());
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool wrote = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (wrote && ::rename(partial.c_str(), path.c_str()) == 0) return {};
  ::unlink(partial.c_str());
  return failure(exit_code::failed, "", "cannot write {}: {}", path.string(), std::strerror(wrote ? errno : reason));
}

Expected<Properties> parse(const std::string& path, const std::string& text) {
  const auto properties = config::parse_properties(text);
  if (!properties) return failure(exit_code::bad_config, "", "{}: {}", path, properties.error().message);
  Properties out;
  for (const config::Property& property : *properties) out.emplace_back(property.name, property.value);
  return out;
}

bool has_secret(const Properties& properties) {
  return std::ranges::any_of(properties, [](const auto& p) { return p.first.ends_with("password") || p.first == "sasl.jaas.config" || p.first == "ssl.key.pem"; });
}

void warn_if_readable(const Profile& profile) {
  struct stat status{};
  if (::stat(profile.path.c_str(), &status) || (status.st_mode & 077) == 0 || !has_secret(profile.properties)) return;
  warn(fmt::format("{} holds a password and others may read it; chmod 600 {}", profile.path, profile.path));
}

Expected<Profile> read_project(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return failure(exit_code::missing, "", "cannot read {}: {}", path, std::strerror(errno));
  auto properties = parse(path, *text);
  if (!properties) return failure(properties.error());
  for (const auto& [name, value] : *properties) {
    if (std::ranges::find(code_properties, name) == code_properties.end()) continue;
    return failure(exit_code::bad_config, fmt::format("if you trust it: -F {}", path), "{}: {} loads code, which a project's file may not", path, name);
  }
  return Profile{{}, path, std::move(*properties)};
}

std::string escaped(std::string_view text) {
  std::string out = text.starts_with(' ') ? "\\" : "";  // a leading space would be passed over
  for (const char c : text) out += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

}  // namespace

std::string config_home() {
  if (const std::string home = environment_text("XDG_CONFIG_HOME"); !home.empty()) return home + "/evlog";
  const std::string home = environment_text("HOME");
  return (home.empty() ? "." : home) + "/.config/evlog";
}

std::vector<std::string> profile_names() {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder(), error))
    if (entry.path().extension() == ".properties") out.push_back(entry.path().stem().string());
  std::ranges::sort(out);
  return out;
}

Expected<std::string> profile_path(const std::string& name) {
  const bool plain = !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
  if (!plain || name.starts_with('.') || name == "none") return failure(exit_code::usage, "letters, digits, '-', '_' and '.', as in evlog profile create staging", "'{}' cannot be a profile's name", name);
  return (folder() / (name + ".properties")).string();
}

std::string current_profile() {
  std::string name = read_file(current_file()).value_or("");
  while (!name.empty() && std::isspace(static_cast<unsigned char>(name.back()))) name.pop_back();
  return name;
}

std::optional<std::string> project_file() {
  std::error_code error;
  for (fs::path at = fs::current_path(error); !at.empty(); at = at.parent_path()) {
    const fs::path file = at / ".evlog/client.properties";
    if (fs::exists(file, error)) return file.string();
    if (fs::exists(at / ".git", error) || at == at.root_path()) break;
  }
  return std::nullopt;
}

Expected<Profile> read_profile(const std::string& name) {
  auto path = profile_path(name);
  if (!path) return failure(path.error());
  const auto text = read_file(*path);
  if (!text) return failure(exit_code::missing, did_you_mean(name, profile_names()) + "all profiles: evlog profile", "there is no profile '{}'", name);
  auto properties = parse(*path, *text);
  if (!properties) return failure(properties.error());
  Profile out{name, std::move(*path), std::move(*properties)};
  warn_if_readable(out);
  return out;
}

Expected<void> write_profile(const Profile& profile) {
  std::string text;
  for (const auto& [name, value] : profile.properties) text += fmt::format("{}={}\n", name, escaped(value));
  return write_text(profile.path, text);
}

Expected<void> remove_profile(const std::string& name) {
  const auto profile = read_profile(name);
  if (!profile) return failure(profile.error());
  if (::unlink(profile->path.c_str())) return failure(exit_code::failed, "", "cannot remove {}: {}", profile->path, std::strerror(errno));
  return current_profile() == name ? set_current_profile("") : Expected<void>{};
}

Expected<void> set_current_profile(const std::string& name) {
  if (!name.empty()) return write_text(current_file(), name + "\n");
  std::error_code ignored;
  fs::remove(current_file(), ignored);
  return {};
}

Expected<std::optional<Profile>> choose_profile(const std::string& wanted) {
  std::string name = wanted.empty() ? environment_text("EVLOG_PROFILE") : wanted;
  if (name == "none") return std::nullopt;
  if (name.empty()) {
    if (const auto path = project_file()) return read_project(*path);
    name = current_profile();
  }
  if (name.empty()) return std::nullopt;
  return read_profile(name);
}

}  // namespace evlog::cmd

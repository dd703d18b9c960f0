// evlog completion, and the hidden `evlog __complete WORD…` that the shells' functions ask at every TAB. Names of topics and groups come
// from the cluster within a fifth of a second or not at all, and are kept for half a minute.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "evlog/admin_session.h"
#include "evlog/commands.h"
#include "evlog/complete.h"
#include "evlog/profile_store.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;
constexpr int cluster_timeout_ms = 200;
constexpr int64_t cache_age_s_max = 30;

constexpr const char* bash_script = R"sh(# bash completion for evlog:  eval "$(evlog completion bash)"  in ~/.bashrc, or write it to
# /etc/bash_completion.d/evlog
_evlog() {
  local line word current prefix files= options=
  local -a words=()
  read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
  [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
  current=${words[${#words[@]}-1]}
  # bash takes words apart at = and :, so what stands before them is not repeated.
  prefix=${current%"${current##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then files=1; continue; fi
    word=${line%%$'\t'*}
    COMPREPLY+=("${word#"$prefix"}")
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 0 && -n $files ]]; then compopt -o default 2>/dev/null; fi
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _evlog evlog
)sh";

constexpr const char* zsh_script = R"sh(#compdef evlog
# zsh completion for evlog:  source <(evlog completion zsh)  in ~/.zshrc behind compinit, or write it to a file _evlog in $fpath
_evlog() {
  local line files
  local -a described
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then files=1; continue; fi
    described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#described} )) && _describe -V evlog described
  [[ -n $files ]] && _files
}
if [[ ${funcstack[1]} == _evlog ]]; then _evlog "$@"; else compdef _evlog evlog; fi
)sh";

constexpr const char* fish_script = R"sh(# fish completion for evlog:  evlog completion fish > ~/.config/fish/completions/evlog.fish
function __evlog_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in ($before[1] __complete $before[2..-1] "$current" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c evlog -f -a '(__evlog_complete)'
)sh";

// The options of the command being typed that say which cluster is meant.
ClientOptions typed_options(const std::vector<std::string>& words) {
  ClientOptions out;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? words[i + 1] : word.substr(equals + 1);
    if (name == "-b" || name == "--brokers" || name == "--bootstrap-server") out.brokers = value;
    else if (name == "--profile") out.profile = value;
    else if (name == "-F" || name == "--command-config") out.config_file = value;
    else if (name == "-X") out.properties.push_back(value);
  }
  return out;
}

std::string cache_file(std::string_view brokers, std::string_view what) {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  std::string name(brokers);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.') c = '_';
  const std::string folder = cache && *cache ? cache : std::string(home ? home : "/tmp") + "/.cache";
  return fmt::format("{}/evlog/{}-{}", folder, what, name.substr(0, 150));
}

std::optional<std::vector<std::string>> cached(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) || wall_ms() / 1000 - status.st_mtime > cache_age_s_max) return std::nullopt;
  std::vector<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

void keep(const std::string& path, const std::vector<std::string>& names) {
  std::error_code ignored;
  fs::create_directories(fs::path(path).parent_path(), ignored);
  const std::string partial = fmt::format("{}.{}", path, ::getpid());
  std::ofstream file(partial);
  for (const std::string& name : names) file << name << '\n';
  file.close();
  fs::rename(partial, path, ignored);
}

std::vector<std::string> ask_cluster(const client::Settings& settings, NameKind kind) {
  SocketTransport transport(cluster_timeout_ms);
  std::vector<client::BrokerAddress> bootstrap;
  for (const HostPort& broker : *parse_brokers(settings.brokers)) bootstrap.push_back({broker.host, broker.port});
  client::Admin admin(transport, std::move(bootstrap));
  std::vector<std::string> out;
  if (kind == NameKind::topics) {
    if (const auto cluster = admin.cluster())
      for (const auto& topic : cluster->topics)
        if (!topic.internal) out.push_back(topic.name);
  } else if (const auto groups = admin.list_groups()) {
    for (const auto& group : *groups) out.push_back(group.group);
  }
  return out;
}

std::vector<std::string> cluster_names(const std::vector<std::string>& words, NameKind kind) {
  const auto settings = make_settings(typed_options(words));
  if (!settings) return {};
  const std::string path = cache_file(settings->brokers, kind == NameKind::topics ? "topics" : "groups");
  if (auto names = cached(path)) return *names;
  auto names = ask_cluster(*settings, kind);
  if (!names.empty()) keep(path, names);
  return names;
}

std::vector<std::string> names_of(const CommandDoc& root, const std::vector<std::string>& words, NameKind kind) {
  switch (kind) {
    case NameKind::topics:
    case NameKind::groups: return cluster_names(words, kind);
    case NameKind::profiles: return profile_names();
    case NameKind::commands: {
      std::vector<std::string> out;
      for (const auto& child : root.children)
        if (!child->hidden) out.push_back(child->name);
      return out;
    }
    default: return {};
  }
}

Outcome completion(const std::string& shell) {
  const char* const script = shell == "bash" ? bash_script : shell == "zsh" ? zsh_script : shell == "fish" ? fish_script : nullptr;
  if (!script) return failure(exit_code::usage, "evlog completion bash|zsh|fish", "no completion for the shell '{}'", shell);
  return fmt::print("{}", script), exit_code::ok;
}

}  // namespace

int print_completions(const CommandDoc& root, const std::vector<std::string>& words) {
  const Completion found = complete(root, words);
  const std::string typed = words.empty() ? "" : words.back();
  const size_t equals = typed.starts_with("--") ? typed.find('=') : std::string::npos;
  const std::string before = equals == std::string::npos ? "" : typed.substr(0, equals + 1);
  for (const Candidate& candidate : found.candidates) fmt::print("{}\t{}\n", candidate.word, candidate.text);
  for (const std::string& name : names_of(root, words, found.names))
    if ((before + name).starts_with(typed)) fmt::print("{}{}\t\n", before, name);
  if (found.names == NameKind::files) fmt::print(":files\n");
  return exit_code::ok;
}

void add_completion(Args& root) {
  Args& args = root.command("completion", "Completion of commands, options, topics and groups for a shell");
  std::string& shell = args.keep<std::string>();
  args.examples({"eval \"$(evlog completion bash)\"                 # in ~/.bashrc", "source <(evlog completion zsh)                   # in ~/.zshrc, behind compinit",
                 "evlog completion fish > ~/.config/fish/completions/evlog.fish"})
      .about("Topics and groups are those of the cluster that -b, --profile or EVLOG_BROKERS name. The cluster is given a fifth of a second; its\n"
             "answer is kept for 30 seconds in $XDG_CACHE_HOME/evlog.")
      .positional("bash|zsh|fish", shell, "The shell");
  args.run([&shell] { return completion(shell); });
}

}  // namespace evlog::cmd

#include "evlog/jq_filter.h"

#include <dlfcn.h>
#include <jq.h>

#include <cctype>
#include <climits>

namespace evlog::cmd {
namespace {

// The functions that are used, as the library has them.
struct Jq {
  decltype(&::jq_init) init;
  decltype(&::jq_teardown) teardown;
  decltype(&::jq_compile) compile;
  decltype(&::jq_start) start;
  decltype(&::jq_next) next;
  decltype(&::jq_set_error_cb) set_error_cb;
  decltype(&::jq_format_error) format_error;
  decltype(&::jv_get_kind) kind;
  decltype(&::jv_free) free;
  decltype(&::jv_null) null;
  decltype(&::jv_number) number;
  decltype(&::jv_string_sized) string;
  decltype(&::jv_string_value) text;
  decltype(&::jv_array) array;
  decltype(&::jv_array_append) append;
  decltype(&::jv_object) object;
  decltype(&::jv_object_set) set;
  decltype(&::jv_parse_sized) parse;
  decltype(&::jv_invalid_has_msg) has_message;
  decltype(&::jv_invalid_get_msg) message;
  decltype(&::jv_copy) copy;
};

template <class F>
bool find(void* library, const char* name, F& to) {
  to = reinterpret_cast<F>(::dlsym(library, name));
  return to != nullptr;
}

Expected<const Jq*> load() {
  static Jq jq;
  static void* library = nullptr;
  if (library) return &jq;
  void* const opened = ::dlopen("libjq.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!opened) return failure(exit_code::failed, "install libjq1; --where needs it", "{}", ::dlerror());
  const bool all = find(opened, "jq_init", jq.init) && find(opened, "jq_teardown", jq.teardown) && find(opened, "jq_compile", jq.compile) && find(opened, "jq_start", jq.start) &&
                   find(opened, "jq_next", jq.next) && find(opened, "jq_set_error_cb", jq.set_error_cb) && find(opened, "jq_format_error", jq.format_error) && find(opened, "jv_get_kind", jq.kind) &&
                   find(opened, "jv_free", jq.free) && find(opened, "jv_null", jq.null) && find(opened, "jv_number", jq.number) && find(opened, "jv_string_sized", jq.string) &&
                   find(opened, "jv_string_value", jq.text) && find(opened, "jv_array", jq.array) && find(opened, "jv_array_append", jq.append) && find(opened, "jv_object", jq.object) &&
                   find(opened, "jv_object_set", jq.set) && find(opened, "jv_parse_sized", jq.parse) && find(opened, "jv_invalid_has_msg", jq.has_message) &&
                   find(opened, "jv_invalid_get_msg", jq.message) && find(opened, "jv_copy", jq.copy);
  if (!all) return failure(exit_code::failed, "--where needs libjq 1.6", "{}", ::dlerror());
  library = opened;
  return &jq;
}

}  // namespace

struct JqFilter::State {
  const Jq& jq;
  jq_state* program;
  std::string error;

  explicit State(const Jq& functions) : jq(functions), program(jq.init()) { jq.set_error_cb(program, take_error, this); }
  ~State() { jq.teardown(&program); }

  // jq's words for a fault in the expression come here, line by line.
  static void take_error(void* self, jv message) {
    State& state = *static_cast<State*>(self);
    const jv formatted = state.jq.format_error(message);
    std::string line = state.jq.text(formatted);
    state.jq.free(formatted);
    for (const std::string_view word : {"jq: ", "error: "})
      if (line.starts_with(word)) line.erase(0, word.size());
    line = line.substr(0, std::min(line.find('\n'), line.find(" (Unix shell quoting")));
    if (state.error.empty()) state.error = line;
  }

  jv text(std::string_view bytes) const { return jq.string(bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX))); }

  jv field(const std::optional<std::string_view>& bytes) const {
    if (!bytes) return jq.null();
    const char first = bytes->empty() ? ' ' : bytes->front();
    if (bytes->size() < INT_MAX && (std::isdigit(static_cast<unsigned char>(first)) || std::string_view("{[\"-tfn \t\n\r").contains(first))) {
      const jv parsed = jq.parse(bytes->data(), static_cast<int>(bytes->size()));
      if (jq.kind(parsed) != JV_KIND_INVALID) return parsed;
      jq.free(parsed);
    }
    return text(*bytes);
  }

  jv record(const client::Record& r) const {
    jv out = jq.object();
    const auto put = [&](std::string_view name, jv value) { out = jq.set(out, text(name), value); };
    put("topic", text(r.topic));
    put("partition", jq.number(r.partition));
    put("offset", jq.number(static_cast<double>(r.offset)));
    put("ts", jq.number(static_cast<double>(r.timestamp_ms)));
    put("tstype", text(r.timestamp_type));
    put("key", field(r.key));
    put("value", field(r.value));
    jv headers = jq.array();
    for (const client::Header& h : r.headers) headers = jq.append(headers, jq.append(jq.append(jq.array(), text(h.name)), h.value ? text(*h.value) : jq.null()));
    put("headers", headers);
    return out;
  }
};

JqFilter::JqFilter(std::unique_ptr<State> state) : state_(std::move(state)) {}
JqFilter::JqFilter(JqFilter&&) noexcept = default;
JqFilter& JqFilter::operator=(JqFilter&&) noexcept = default;
JqFilter::~JqFilter() = default;

Expected<JqFilter> JqFilter::compile(const std::string& expression) {
  const auto jq = load();
  if (!jq) return failure(jq.error());
  auto state = std::make_unique<State>(**jq);
  if (!state->jq.compile(state->program, expression.c_str())) return failure(exit_code::usage, "a jq expression, as --where '.value.total > 100 and .key != null'", "--where: {}", state->error);
  state->error.clear();
  return JqFilter(std::move(state));
}

bool JqFilter::matches(const client::Record& record) {
  const Jq& jq = state_->jq;
  jq.start(state_->program, state_->record(record), 0);
  const jv result = jq.next(state_->program);
  const jv_kind kind = jq.kind(result);
  if (kind == JV_KIND_INVALID && state_->error.empty() && jq.has_message(jq.copy(result))) {
    const jv message = jq.message(jq.copy(result));
    state_->error = jq.kind(message) == JV_KIND_STRING ? jq.text(message) : "an error";
    jq.free(message);
  }
  jq.free(result);
  return kind != JV_KIND_INVALID && kind != JV_KIND_FALSE && kind != JV_KIND_NULL;
}

const std::string& JqFilter::error() const { return state_->error; }

}  // namespace evlog::cmd

#include "client/json_value.h"

#include <cctype>

#include "base/text.h"

namespace evlog::client {
namespace {

// Walks the text once and keeps the open brackets on a stack of its own: how deep a payload nests must not decide about ours.
class Copy {
 public:
  Copy(std::string& out, std::string_view text) : out_(out), text_(text) {}
  bool run();

 private:
  static constexpr size_t depth_max = 1000;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool done() const { return at_ == text_.size(); }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    return ++at_, true;
  }
  void blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool take_token(char c) { return blanks(), take(c) && (out_ += c, true); }
  bool copied(size_t from) { return out_ += text_.substr(from, at_ - from), true; }

  bool value();
  bool name();
  bool close();
  bool scalar();
  bool string();
  bool escape();
  int unit();
  bool number();
  bool digits();
  bool word(std::string_view word);

  std::string& out_;
  std::string_view text_;
  size_t at_ = 0;
  std::string open_;  // the bracket each level waits for
};

bool Copy::run() {
  do {
    if (!value()) return false;
    if (!close()) return false;
  } while (!open_.empty());
  return blanks(), done();
}

// Down to the first scalar or empty bracket.
bool Copy::value() {
  for (;;) {
    blanks();
    const char c = peek();
    if (c != '{' && c != '[') return scalar();
    if (open_.size() == depth_max) return false;
    open_ += c == '{' ? '}' : ']';
    take_token(c);
    blanks();
    if (peek() == open_.back()) return true;
    if (c == '{' && !name()) return false;
  }
}

bool Copy::name() { return blanks(), string() && take_token(':'); }

// Behind a value: brackets that end here, then the comma before the next value.
bool Copy::close() {
  while (!open_.empty()) {
    if (take_token(open_.back())) open_.pop_back();
    else return take_token(',') && (open_.back() == ']' || name());
  }
  return true;
}

bool Copy::scalar() {
  switch (peek()) {
    case '"': return string();
    case 't': return word("true");
    case 'f': return word("false");
    case 'n': return word("null");
    default: return number();
  }
}

bool Copy::string() {
  const size_t from = at_;
  if (!take('"')) return false;
  while (!take('"')) {
    if (done() || static_cast<unsigned char>(text_[at_]) < 0x20) return false;
    if (take('\\') ? !escape() : (++at_, false)) return false;
  }
  return copied(from);
}

bool Copy::escape() {
  if (!take('u')) return !done() && std::string_view("\"\\/bfnrt").find(text_[at_++]) != std::string_view::npos;
  const int high = unit();
  if (high < 0xD800 || high > 0xDFFF) return high >= 0;
  if (high > 0xDBFF || !take('\\') || !take('u')) return false;
  const int low = unit();
  return low >= 0xDC00 && low <= 0xDFFF;
}

// Four hexadecimal digits; -1 where they are none.
int Copy::unit() {
  int out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const auto c = static_cast<unsigned char>(peek());
    if (!std::isxdigit(c)) return -1;
    out = out * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return out;
}

bool Copy::number() {
  const size_t from = at_;
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return false;
  }
  return copied(from);
}

bool Copy::digits() {
  const size_t from = at_;
  while (peek() >= '0' && peek() <= '9') ++at_;
  return at_ > from;
}

bool Copy::word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return out_ += word, true;
}

}  // namespace

bool append_json_value(std::string& out, std::string_view text) {
  const size_t before = out.size();
  if (valid_utf8(text) && Copy(out, text).run()) return true;
  return out.resize(before), false;
}

}  // namespace evlog::client

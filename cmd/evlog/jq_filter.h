// A jq expression as a condition on records. libjq is loaded when the first expression is compiled: no other command, and no
// server, maps it. Numbers are jq's: 53 bits are exact.
#pragma once

#include <memory>
#include <string>

#include "client/record.h"
#include "evlog/failure.h"

namespace evlog::cmd {

class JqFilter {
 public:
  static Expected<JqFilter> compile(const std::string& expression);
  JqFilter(JqFilter&&) noexcept;
  JqFilter& operator=(JqFilter&&) noexcept;
  ~JqFilter();

  // The expression sees what `consume --json` prints, with keys and values that are JSON taken apart. True where its first result
  // is neither false nor null; an error is no match, and error() then tells the first one.
  bool matches(const client::Record& record);
  const std::string& error() const;

 private:
  struct State;
  explicit JqFilter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace evlog::cmd

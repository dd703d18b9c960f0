// What stdout and stderr are, colours by the usual rules (NO_COLOR, TERM=dumb, CLICOLOR_FORCE, --color), the progress line, and
// the two clocks that commands use.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace evlog::cmd {

bool is_terminal(FILE* file);
int terminal_width();          // of stderr; 80 where nobody knows

enum class Colour { red, yellow, green, cyan, bold };
void choose_colours(std::string_view when);  // auto, always, never
std::string paint(Colour colour, std::string_view text, FILE* where);

int64_t wall_ms();
int64_t mono_ns();
inline int64_t mono_ms() { return mono_ns() / 1'000'000; }

std::string human_count(uint64_t n);   // 1 234 567
std::string human_bytes(uint64_t n);   // 12.3 MB
std::string human_duration(int64_t ms);  // 250ms, 12.3s, 5m12s, 1h0m0s, 3d4h
std::string human_rate(double n);        // 0, 3.4, 870, 1.2k, 4.8M

// One line on stderr that is written over: only on a terminal, only after half a second, at most four times a second.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress() { clear(); }
  bool due();                          // cheap; true when show() should be called
  void show(std::string_view text);
  void clear();

 private:
  bool wanted_;
  bool shown_ = false;
  int64_t next_ms_;
};

}  // namespace evlog::cmd

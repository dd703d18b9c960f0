// evlog demo: what a newcomer runs first, and what tells a package or an image that it works.
#pragma once

#include "evlog/args.h"

namespace evlog::cmd {

void add_demo(Args& root);

}  // namespace evlog::cmd

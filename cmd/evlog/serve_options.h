// What `serve` was asked for, and the configuration that comes of it: defaults < files < environment < command line.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "evlog/failure.h"

namespace evlog::cmd {

struct ServeOptions {
  std::vector<std::string> configs, sets, bare, listens, topics;
  std::string data_dir, advertise, http, ready_file, color = "auto";
  int64_t node_id = -1, ready_fd = -1;
  bool ephemeral = false, exit_with_parent = false, check = false, print_config = false, origin = false, insecure_listen = false, strict = false, quiet = false;
};

// Also decides where the data lies. `ephemeral_dir` is the private directory that --ephemeral made, else empty.
Expected<config::Loaded> load_serve_config(const ServeOptions& options, const std::string& ephemeral_dir);

std::string default_data_dir();  // /var/lib/evlog for root, else $XDG_DATA_HOME/evlog

}  // namespace evlog::cmd

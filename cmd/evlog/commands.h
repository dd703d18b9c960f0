// The subcommands, one file each: every function adds its command, with options, help and action, to the tree.
#pragma once

#include "evlog/args.h"

namespace evlog::cmd {

void add_serve(Args& root);
void add_produce(Args& root);
void add_consume(Args& root);
void add_topics(Args& root);
void add_groups(Args& root);
void add_offsets(Args& root);
void add_configs(Args& root);
void add_cluster(Args& root);
void add_health(Args& root);
void add_doctor(Args& root);
void add_dump_segment(Args& root);
void add_repair(Args& root);
void add_bench(Args& root);
void add_kafka(Args& root);
void add_profile(Args& root);
void add_completion(Args& root);
void add_version(Args& root);
void add_help(Args& root, const CommandDoc& doc);
void add_man(Args& root, const CommandDoc& doc);  // hidden: writes the man pages

// What a shell's completion function asks at every TAB: `evlog __complete WORD…`.
int print_completions(const CommandDoc& root, const std::vector<std::string>& words);

}  // namespace evlog::cmd

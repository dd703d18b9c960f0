// librdkafka, loaded when a command first calls it. `evlog serve` never does, and so neither maps nor relocates it and the libraries
// behind it (OpenSSL, SASL): a third of the memory of an idle server.
//
// Each function is a jump through a slot. A slot first points at a few instructions that name it; the resolver behind them loads the
// library, fills all slots and goes on to the function as if nothing had happened, arguments and all.
#if defined(__x86_64__)

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

// Every function that is used; one that is missing here fails to link.
#define EVLOG_RDKAFKA_FUNCTIONS(X) \
  X(rd_kafka_assign) X(rd_kafka_assignment_lost) X(rd_kafka_clusterid) X(rd_kafka_controllerid) X(rd_kafka_mem_free) X(rd_kafka_commit) X(rd_kafka_committed) X(rd_kafka_conf_destroy) \
  X(rd_kafka_conf_new) X(rd_kafka_conf_set) X(rd_kafka_conf_set_dr_msg_cb) X(rd_kafka_conf_set_error_cb) \
  X(rd_kafka_conf_set_log_cb) X(rd_kafka_conf_set_opaque) X(rd_kafka_conf_set_rebalance_cb) \
  X(rd_kafka_consume_batch_queue) X(rd_kafka_consume_start_queue) X(rd_kafka_consume_stop) X(rd_kafka_consumer_close) \
  X(rd_kafka_consumer_poll) X(rd_kafka_destroy) X(rd_kafka_err2name) X(rd_kafka_err2str) X(rd_kafka_error_destroy) \
  X(rd_kafka_fatal_error) X(rd_kafka_flush) X(rd_kafka_header_add) X(rd_kafka_header_get_all) \
  X(rd_kafka_headers_destroy) X(rd_kafka_headers_new) X(rd_kafka_incremental_assign) X(rd_kafka_incremental_unassign) \
  X(rd_kafka_last_error) X(rd_kafka_message_destroy) X(rd_kafka_message_errstr) X(rd_kafka_message_headers) \
  X(rd_kafka_message_timestamp) X(rd_kafka_metadata) X(rd_kafka_metadata_destroy) X(rd_kafka_new) \
  X(rd_kafka_offsets_for_times) X(rd_kafka_opaque) X(rd_kafka_outq_len) X(rd_kafka_poll) \
  X(rd_kafka_poll_set_consumer) X(rd_kafka_producev) X(rd_kafka_purge) X(rd_kafka_query_watermark_offsets) \
  X(rd_kafka_queue_destroy) X(rd_kafka_queue_new) X(rd_kafka_rebalance_protocol) X(rd_kafka_set_log_queue) \
  X(rd_kafka_subscribe) X(rd_kafka_topic_destroy) X(rd_kafka_topic_name) X(rd_kafka_topic_new) \
  X(rd_kafka_topic_partition_list_add) X(rd_kafka_topic_partition_list_destroy) X(rd_kafka_topic_partition_list_new) \
  X(rd_kafka_version_str)

#define EVLOG_X(name)                                                          \
  extern "C" void* evlog_slot_##name;                                          \
  asm(".pushsection .data.evlog_slots,\"aw\"\n"                                \
      ".globl evlog_slot_" #name "\n.hidden evlog_slot_" #name "\n"            \
      ".balign 8\nevlog_slot_" #name ": .quad evlog_lazy_" #name "\n"          \
      ".popsection\n.pushsection .text.evlog_rdkafka,\"ax\",@progbits\n"       \
      ".globl " #name "\n.type " #name ",@function\n" #name ":\n"              \
      "  endbr64\n  jmp *evlog_slot_" #name "(%rip)\n"                         \
      "evlog_lazy_" #name ":\n"                                               \
      "  endbr64\n  pushq %rax\n  leaq evlog_slot_" #name "(%rip), %rax\n"     \
      "  xchgq %rax, (%rsp)\n  jmp evlog_rdkafka_resolve\n"                    \
      ".popsection\n");
EVLOG_RDKAFKA_FUNCTIONS(EVLOG_X)
#undef EVLOG_X

// The slot's address lies on the stack. All registers that may carry arguments are kept, rax for functions with variable arguments.
asm(".pushsection .text.evlog_rdkafka,\"ax\",@progbits\n"
    "evlog_rdkafka_resolve:\n"
    "  pushq %rdi\n  pushq %rsi\n  pushq %rdx\n  pushq %rcx\n  pushq %r8\n  pushq %r9\n  pushq %rax\n  subq $8, %rsp\n"
    "  call evlog_rdkafka_load\n"
    "  addq $8, %rsp\n  popq %rax\n  popq %r9\n  popq %r8\n  popq %rcx\n  popq %rdx\n  popq %rsi\n  popq %rdi\n"
    "  popq %r11\n  jmp *(%r11)\n"
    ".popsection\n");

namespace {

struct Slot { const char* name; void** to; };

const Slot slots[] = {
#define EVLOG_X(name) {#name, &evlog_slot_##name},
    EVLOG_RDKAFKA_FUNCTIONS(EVLOG_X)
#undef EVLOG_X
};

[[noreturn]] void cannot_load(const char* why) {
  fmt::print(stderr, "error: {}\nhint:  install librdkafka1; produce, consume and bench need it\n", why);
  std::_Exit(1);
}

}  // namespace

extern "C" __attribute__((used, visibility("hidden"))) void evlog_rdkafka_load() {
  void* const library = ::dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) cannot_load(::dlerror());
  for (const Slot& slot : slots) {
    void* const function = ::dlsym(library, slot.name);
    if (!function) cannot_load(::dlerror());
    *slot.to = function;
  }
}

#endif

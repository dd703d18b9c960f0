// evlog version.
#include <librdkafka/rdkafka.h>

#include "evlog/commands.h"
#include "evlog/table.h"

namespace evlog::cmd {

void add_version(Args& root) {
  Args& args = root.command("version", "Print the version");
  bool& json = args.keep<bool>();
  args.examples({"evlog version", "evlog version --json", "evlog version | cut -d' ' -f2"}).flag("--json", json, "As a JSON object");
  args.run([&json]() -> Outcome {
    if (json) JsonLine().text("version", EVLOG_VERSION).text("kafka_protocol", "4.3").text("librdkafka", rd_kafka_version_str()).print();
    else fmt::print("evlog {} (Kafka protocol 4.3, librdkafka {})\n", EVLOG_VERSION, rd_kafka_version_str());
    return exit_code::ok;
  });
}

}  // namespace evlog::cmd

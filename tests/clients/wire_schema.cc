// Prints the schema of every described message, one JSON object per line; scripts/check-protocol compares it with Kafka's.
#include <cstdio>

#include "wire/registry.h"
#include "wire/schema.h"

int main() {
  for (const evlog::wire::Entry& entry : evlog::wire::all_messages()) std::puts(evlog::wire::schema_json(*entry.info, *entry.type).c_str());
}

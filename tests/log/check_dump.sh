#!/bin/bash
# Kafka's own kafka-dump-log reads every file that evlog writes, without a complaint. Skipped (77) where the oracle is not.
# check_dump.sh PATH-OF-test_log
set -euo pipefail
oracle=$(dirname "$0")/../../../shared/oracle/kafka
[ -x "$oracle" ] || { echo "skipped: the oracle is not here: $oracle"; exit 77; }
test_log=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
EVLOG_KEEP_LOG_DIR=$dir/data "$test_log" -tc='on a real disk*' >/dev/null
files=$(ls "$dir"/data/orders-0/*.{log,index,timeindex,snapshot} | paste -sd,)
"$oracle" tool kafka-dump-log --files "$files" --deep-iteration >"$dir/out" 2>"$dir/err"
complaints() {
for word in "Mismatches" "out of order" "Invalid" "isvalid: false" "not valid" "rror" "xception" "Corrupt" "bytes at the end" "do not match" "Found timestamp mismatch"; do
  if grep -n -- "$word" "$dir/out" "$dir/err" | grep -v SLF4J; then echo "kafka-dump-log complains"; exit 1; fi
done
}
complaints
records=$(grep -c '^| offset:' "$dir/out") batches=$(grep -c '^baseOffset:' "$dir/out") entries=$(grep -c '^offset: .* position:' "$dir/out")
times=$(grep -c '^timestamp: ' "$dir/out") producers=$(grep -c '^producerId: ' "$dir/out")
echo "kafka-dump-log: $batches batches, $records records, $entries index entries, $times time index entries, $producers producers"
[ "$batches" = 300 ] && [ "$records" = 750 ] && [ "$entries" -gt 20 ] && [ "$times" -gt 20 ] && [ "$producers" -gt 3 ]

files=$(ls "$dir"/data/payments-0/*.{log,index,timeindex,txnindex,snapshot} | paste -sd,)
"$oracle" tool kafka-dump-log --files "$files" --deep-iteration >"$dir/out" 2>"$dir/err"
complaints
markers=$(grep -c 'endTxnMarker: \(COMMIT\|ABORT\) coordinatorEpoch: 7' "$dir/out") aborted=$(grep -c '^version: 0 producerId: .* lastStableOffset: ' "$dir/out")
open=$(grep -c 'currentTxnFirstOffset: Some\|currentTxnFirstOffset: OptionalLong\[' "$dir/out")
echo "kafka-dump-log: $markers markers, $aborted aborted transactions, $open open ones in snapshots"
[ "$markers" = 199 ] && [ "$aborted" = 50 ] && [ "$open" -ge 1 ]


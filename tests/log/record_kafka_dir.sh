#!/bin/bash
# Records testdata/log/kafka-dir: the data directory of a real Kafka 4.3.1, after a clean stop and after a SIGKILL, with what Kafka's own
# dump tool says of it. The only writer of that directory. Needs the oracle (JDK 17, Maven): tests/log/record_kafka_dir.sh [PORT]
set -euo pipefail
cd "$(dirname "$0")/../.."
oracle=../shared/oracle/kafka port=${1:-19592} broker=log-golden
[ -x "$oracle" ] || { echo "the oracle is not here: $oracle" >&2; exit 77; }
export KAFKA_HEAP="-Xms256m -Xmx256m"
out=testdata/log/kafka-dir
data=$("$oracle" path)/$broker/data
tool() { "$oracle" tool "$@"; }
produce() {  # topic codec count tag
  for i in $(seq "$3"); do echo "key-$4-$i:value $4 number $i of a batch that compresses well well well well"; done |
    tool kafka-console-producer --bootstrap-server 127.0.0.1:"$port" --topic "$1" --compression-codec "$2" \
      --property parse.key=true --property key.separator=: >/dev/null 2>&1
}
start() { "$oracle" start $broker "$port" log.index.size.max.bytes=4096 log.index.interval.bytes=512 log.dirs="$data" >/dev/null; }
keep() {  # where
  mkdir -p "$1"
  for topic in codecs-0 rolled-0; do cp -r "$data/$topic" "$1/"; done
  for file in meta.properties recovery-point-offset-checkpoint log-start-offset-checkpoint replication-offset-checkpoint .kafka_cleanshutdown; do
    [ ! -e "$data/$file" ] || cp "$data/$file" "$1/"
  done
  for log in "$1"/*/*.log; do  # one line per batch, the fields that lie in the file
    tool kafka-dump-log --files "$log" --deep-iteration 2>/dev/null | grep '^baseOffset' |
      sed -E 's/isTransactional.*position: /position: /; s/magic: 2 //; s/ isvalid: true//; s/compresscodec: //'
  done > "$1/batches.txt"
}

"$oracle" stop $broker >/dev/null 2>&1 || true
"$oracle" wipe $broker >/dev/null 2>&1 || true
rm -rf "$out"
start
tool kafka-topics --bootstrap-server 127.0.0.1:"$port" --create --topic codecs --partitions 1 >/dev/null
tool kafka-topics --bootstrap-server 127.0.0.1:"$port" --create --topic rolled --partitions 1 --config segment.ms=50 >/dev/null
for codec in none gzip snappy lz4 zstd; do produce codecs $codec 20 $codec; done
for i in 1 2 3 4; do produce rolled none 15 roll$i; done
"$oracle" stop $broker >/dev/null
keep "$out/clean"
start
produce codecs zstd 20 again
produce rolled lz4 15 again
"$oracle" kill $broker >/dev/null
keep "$out/killed"
"$oracle" wipe $broker >/dev/null
du -sb "$out"

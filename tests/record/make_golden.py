#!/usr/bin/env python3
"""Writes testdata/record/kafka-python-CODEC.batch: one batch per codec as kafka-python 2.0.2 (Debian's python3-kafka) builds it.

Run with Debian's /usr/bin/python3. The java-*.log beside them are segments that Kafka 4.3.1 wrote for its own console producer:
    for codec in none gzip snappy lz4 zstd: kafka-console-producer --topic java-$codec --compression-codec $codec
        --reader-property parse.key=true --reader-property parse.headers=true   < lines, then the topic's first .log file
    the lines: for i in 0..99: "h1:a,h2:b%d<TAB>key-%d<TAB>value of java record %d" % (i, i, i)
"""
import pathlib
from kafka.record.default_records import DefaultRecordBatchBuilder

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "record"

for name, codec in CODECS.items():
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=4000000001, producer_epoch=7,
        base_sequence=2147483600, batch_size=1 << 20)
    for i in range(100):
        key = None if i % 7 == 3 else b"key-%d" % i
        value = None if i % 11 == 5 else b"value %d " % i + b"evlog " * (i % 20)
        headers = [("trace", b"%d" % i), ("empty", b""), ("null", None)] if i % 3 == 0 else []
        assert builder.append(i, timestamp=1700000000000 + (i * 37) % 1000, key=key, value=value, headers=headers)
    (OUT / f"kafka-python-{name}.batch").write_bytes(bytes(builder.build()))

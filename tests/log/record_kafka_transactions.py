#!/usr/bin/env python3
"""Records testdata/log/kafka-transactions: a partition in which a real Kafka 4.3.1 committed transactions, aborted some and left one open,
over several segments, after a clean stop and after a SIGKILL, with what Kafka answered of it (answers.txt). The only writer of that
directory. Needs the oracle (JDK 17, Maven).

  tests/log/record_kafka_transactions.py CODEC       CODEC: the program tests/differential of a build
"""
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/clients"))
sys.dont_write_bytecode = True
import differential  # noqa: E402
import servers  # noqa: E402

OUT = ROOT / "testdata/log/kafka-transactions"
SETTINGS = ["transaction.partition.verification.enable=false", "log.index.size.max.bytes=4096", "log.retention.ms=-1"]
SEGMENT_MS = 100_000


class Payments:
    """Writes to the partition payments-0 and asks for what is visible of it."""

    def __init__(self, bootstrap, codec):
        self.scenario = differential.Scenario("payments", bootstrap, codec)
        self.sequences = {}
        self.begun = int(time.time() * 1000)

    def ask(self, api, version, request):
        return self.scenario.ask({"say": api, "api": api, "request": request}, version)

    def create(self):
        self.ask("CreateTopics", 7, {"topics": [{"name": "payments", "numPartitions": 1, "replicationFactor": 1, "configs": [{"name": "segment.ms", "value": str(SEGMENT_MS)}]}], "timeoutMs": 9000})
        while self.ask("Produce", 9, self.batch([{"value": "ready"}], {}))["responses"][0]["partitionResponses"][0]["errorCode"]:
            time.sleep(0.1)

    def batch(self, records, options):
        return {"transactionalId": "x", "acks": -1, "timeoutMs": 9000, "topicData": [{"name": "payments", "partitionData": [{"index": 0, "records": [{"records": records, **options}]}]}]}

    def write(self, producer, segment, count=2):
        """A transactional batch. The first with a later segment's time rolls the log."""
        sequence = self.sequences.get(producer, 0)
        self.sequences[producer] = sequence + count
        records = [{"value": f"{producer}-{sequence + i}", "timestamp": self.begun + 2 * SEGMENT_MS * segment} for i in range(count)]
        answer = self.ask("Produce", 11, self.batch(records, {"producer": [producer, 0, sequence], "transactional": True}))
        assert answer["responses"][0]["partitionResponses"][0]["errorCode"] == 0, answer

    def end(self, producer, commit):
        answer = self.ask("WriteTxnMarkers", 1, {"markers": [{"producerId": producer, "producerEpoch": 0, "transactionResult": commit, "coordinatorEpoch": 4, "topics": [{"name": "payments", "partitionIndexes": [0]}]}]})
        assert answer["markers"][0]["topics"][0]["partitions"][0]["errorCode"] == 0, answer

    def fetch(self, offset):
        request = {"replicaId": -1, "maxWaitMs": 0, "minBytes": 0, "maxBytes": 1000000, "isolationLevel": 1, "sessionEpoch": -1,
                   "topics": [{"topic": "payments", "partitions": [{"partition": 0, "fetchOffset": offset, "partitionMaxBytes": 1000000}]}]}
        return self.ask("Fetch", 12, request)["responses"][0]["partitions"][0]

    def told(self):
        """What a read_committed consumer is told from each offset on."""
        first = self.fetch(0)
        lines = [f"end {first['highWatermark']}", f"stable {first['lastStableOffset']}"]
        for offset in range(first["lastStableOffset"] + 1):
            aborted = self.fetch(offset)["abortedTransactions"]
            lines.append(" ".join([f"from {offset}", *(f"{one['producerId']}@{one['firstOffset']}" for one in aborted)]))
        return "\n".join(lines) + "\n"


def first_life(payments):
    payments.create()
    for round in range(12):
        producer, segment = 100 + round % 3, round // 3
        payments.write(producer, segment)
        payments.write(producer + 10, segment, 1)  # beside it, in every other round over a roll
        payments.end(producer, round % 4 != 1)
        if round % 2:
            payments.end(producer + 10, False)
    payments.write(200, 4, 3)  # stays open


def second_life(payments):
    payments.sequences = {300: 0}
    payments.write(300, 5)
    payments.end(300, False)
    payments.end(200, False)
    payments.write(300, 5)  # stays open


def keep(kafka, told, where):
    where.mkdir(parents=True)
    shutil.copytree(kafka.data / "payments-0", where / "payments-0")
    (where / "answers.txt").write_text(told)


def main():
    if missing := servers.oracle_missing():
        return servers.skip(missing)
    codec = differential.Codec(sys.argv[1])
    shutil.rmtree(OUT, ignore_errors=True)
    kafka = servers.Kafka(SETTINGS).start()
    try:
        payments = Payments(kafka.bootstrap, codec)
        first_life(payments)
        told = payments.told()
        kafka.stop()
        keep(kafka, told, OUT / "clean")
        kafka.start()
        payments = Payments(kafka.bootstrap, codec)
        second_life(payments)
        told = payments.told()
        kafka.kill()
        keep(kafka, told, OUT / "killed")
    finally:
        kafka.close()
    codec.close()


main()

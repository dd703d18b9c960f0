"""Load of the rigs from kafka-python: a producer with acks=all that sends each record once, and a group.

  load_kafka_python.py producer|group --bootstrap HOST:PORT --history FILE --process N [--rate R] [--seed S]

This client knows no idempotence in the version that is common, so it may not retry: a record it heard nothing of is there once or not.
"""
import logging
import random
import sys
import threading
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CommitFailedError, IllegalGenerationError, KafkaError, RebalanceInProgressError, UnknownMemberIdError
from kafka.structs import OffsetAndMetadata

import loads

GROUP = "g-kafka-python"
QUICK = {"reconnect_backoff_ms": 5, "reconnect_backoff_max_ms": 50, "retry_backoff_ms": 20}
REFUSED = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
RECORDS_IN_FLIGHT_MAX = 2000
OBSERVE_SECONDS = 0.5


def made(make, ending_at):
    """A client; while the server is away there is none to be had, for reasons of many kinds (a socket that goes while it is asked
    for the versions is an AttributeError)."""
    while True:
        try:
            return make()
        except Exception:
            if time.monotonic() > ending_at:
                raise
            time.sleep(0.02)


class ProducerLoad:
    def __init__(self, options, history):
        self.options, self.process, self.history, self.lock = options, options.process, history, threading.Lock()
        self.acked, self.unknown = loads.Batch(history, self.process, "ok", "send"), loads.Batch(history, self.process, "info", "send", False)
        self.in_flight, self.random = 0, random.Random(options.seed)
        self.producer = made(lambda: KafkaProducer(bootstrap_servers=options.bootstrap, acks="all", retries=0, max_in_flight_requests_per_connection=1,
                                                   linger_ms=5, request_timeout_ms=10000, max_block_ms=20000, **QUICK), time.monotonic() + 30)

    def send(self, topic, partition, values):
        keys = [loads.key_of(value) for value in values] if loads.compacted(topic) else None
        self.history.write(self.process, "invoke", "send", topic=topic, partition=partition, value=list(values), **({"key": keys} if keys else {}))
        for index, value in enumerate(values):
            with self.lock:
                self.in_flight += 1
            try:
                future = self.producer.send(topic, value=loads.payload(value), key=b"%d" % keys[index] if keys else None, partition=partition)
            except KafkaError:
                self.ended(self.unknown, topic, partition, value, None)
                continue
            future.add_callback(lambda metadata, value=value: self.ended(self.acked, topic, partition, value, metadata.offset))
            future.add_errback(lambda error, value=value: self.ended(self.unknown, topic, partition, value, None))

    def ended(self, batch, topic, partition, value, offset):
        with self.lock:
            self.in_flight -= 1
            batch.add(topic, partition, value, offset)

    def write(self):
        with self.lock:
            self.acked.write_sometimes()
            self.unknown.write_sometimes()

    def run(self, ending):
        counter, pace, where = loads.Counter(self.process), loads.Pace(self.options.rate), loads.partitions()
        while not ending.is_set():
            if self.in_flight > RECORDS_IN_FLIGHT_MAX:
                ending.wait(0.02)
            else:
                topic, partition = self.random.choice(where)
                values = counter.take(topic, partition, self.random.randrange(1, 50))
                self.send(topic, partition, values)
                ending.wait(pace.spend(len(values)))
            self.write()
        end = time.monotonic() + self.options.finish_seconds
        while self.in_flight and time.monotonic() < end:
            time.sleep(0.05)
        failures = [f"kafka-python did not say what became of {self.in_flight} records"] if self.in_flight else []
        with self.lock:
            self.acked.write()
            self.unknown.write()
        return loads.report(failures, acked=self.acked.count, unknown=self.unknown.count)


class Listener(ConsumerRebalanceListener):
    def __init__(self, load):
        self.load = load

    def on_partitions_revoked(self, revoked):
        self.load.history.write(self.load.process, "ok", "assign")

    def on_partitions_assigned(self, assigned):
        self.load.history.write(self.load.process, "ok", "assign")


class GroupLoad:
    """One member, which also asks for the committed offsets of its group."""

    def __init__(self, options, history):
        self.options, self.process, self.history = options, options.process, history
        self.batch, self.observed, self.consumer, self.made_anew = loads.Batch(history, self.process, "ok", "poll", group=GROUP), 0.0, None, -1
        self.where = [TopicPartition(topic, partition) for topic, partition in loads.partitions()]

    def connect(self):
        self.made_anew += 1
        self.history.write(self.process, "ok", "assign")
        self.consumer = made(lambda: KafkaConsumer(bootstrap_servers=self.options.bootstrap, group_id=GROUP, enable_auto_commit=False, auto_offset_reset="earliest",
                                                   session_timeout_ms=6000, heartbeat_interval_ms=500, fetch_max_wait_ms=100, request_timeout_ms=11000, **QUICK),
                             time.monotonic() + 30)
        self.consumer.subscribe(list(loads.TOPICS), listener=Listener(self))

    def step(self):
        positions = {}
        for where, messages in self.consumer.poll(timeout_ms=100, max_records=500).items():
            for message in messages:
                self.batch.add(where.topic, where.partition, loads.value_of(message.value), message.offset)
            positions[where] = messages[-1].offset + 1
        self.batch.write()
        if positions:
            self.commit(positions)
        if time.monotonic() - self.observed > OBSERVE_SECONDS:
            self.observed = time.monotonic()
            self.observe()

    def commit(self, positions):
        def tell(kind):
            for where, offset in positions.items():
                self.history.write(self.process, kind, "commit", group=GROUP, topic=where.topic, partition=where.partition, offset=offset)
        tell("invoke")
        try:
            self.consumer.commit({where: OffsetAndMetadata(offset, "") for where, offset in positions.items()})
            tell("ok")
        except REFUSED:
            tell("fail")
        except Exception:
            tell("info")
            raise

    def observe(self):
        """The committed offsets."""
        committed = {}
        for where in self.where:
            self.history.write(self.process, "invoke", "fetch_offsets", group=GROUP, topic=where.topic, partition=where.partition)
            committed[where] = self.consumer.committed(where)
            self.history.write(self.process, "ok", "fetch_offsets", group=GROUP, topic=where.topic, partition=where.partition, offset=committed[where])
        return committed

    def behind(self):
        committed, ends = self.observe(), self.consumer.end_offsets(self.where)
        return {f"{where.topic}-{where.partition}": (committed[where], end) for where, end in ends.items() if end and committed[where] != end}

    def run(self, ending):
        end, left = None, "no answer"
        while True:
            try:
                if self.consumer is None:
                    self.connect()
                self.step()
                if ending.is_set():
                    end = end or time.monotonic() + self.options.finish_seconds
                    left = self.behind()
            except Exception as error:  # whatever this client's threads stumble over when a server dies: begin anew, as an application would
                left = f"{type(error).__name__}: {error}"
                self.give_up()
            if end and (not left or time.monotonic() > end):
                break
        self.give_up()
        failures = [f"the group {GROUP} did not reach the end within {self.options.finish_seconds} s: {left}"] if left else []
        return loads.report(failures, polled=self.batch.count, made_anew=self.made_anew)

    def give_up(self):
        consumer, self.consumer = self.consumer, None
        try:
            if consumer:
                consumer.close(autocommit=False)
        except Exception as error:
            logging.debug("closing: %s", error)


ROLES = {"producer": ProducerLoad, "group": GroupLoad}


def main():
    logging.basicConfig(level=logging.CRITICAL)
    options = loads.arguments(__doc__, list(ROLES))
    history = loads.History(options.history, "kafka-python")
    try:
        return ROLES[options.role](options, history).run(loads.Ending())
    finally:
        history.close()


if __name__ == "__main__":
    sys.exit(main())

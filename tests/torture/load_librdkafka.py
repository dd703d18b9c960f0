"""Load of the rigs from librdkafka (confluent-kafka-python): an idempotent producer, a group, a reader of everything.

  load_librdkafka.py producer|group|tail|drain --bootstrap HOST:PORT --history FILE --process N [--rate R] [--seed S]
"""
import random
import sys
import threading
import time

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException, Producer, TopicPartition

import loads

GROUP = "g-librdkafka"
QUICK = {"reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 20, "topic.metadata.refresh.fast.interval.ms": 20,
         "socket.timeout.ms": 10000, "log_level": 0}
# A commit that these answer was refused; of any other error nobody knows.
REFUSED = {KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.FENCED_INSTANCE_ID,
           KafkaError._NO_OFFSET}
RECORDS_IN_FLIGHT_MAX = 20_000
OBSERVE_SECONDS = 0.3


class ProducerLoad:
    """One idempotent producer with acks=all that never gives up: in the end every record must have been acknowledged."""

    def __init__(self, options, history):
        self.options, self.process, self.history = options, options.process, history
        self.acked, self.unknown = loads.Batch(history, self.process, "ok", "send"), loads.Batch(history, self.process, "info", "send", False)
        self.failures, self.in_flight, self.acked_last, self.outage, self.random = [], 0, time.monotonic(), 0.0, random.Random(options.seed)
        self.producer = Producer({**QUICK, "bootstrap.servers": options.bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
                                  "message.timeout.ms": 0, "compression.type": self.random.choice(["none", "lz4", "zstd"]), "error_cb": self.on_error})

    def on_error(self, error):
        if error.fatal():
            self.failures.append(f"librdkafka gave up: {error.name()}: {error.str()}")

    def delivered(self, error, message):
        self.in_flight -= 1
        value = int(message.value().partition(b"|")[0])
        if error:
            self.unknown.add(message.topic(), message.partition(), value, None)
            return
        now = time.monotonic()
        self.outage, self.acked_last = max(self.outage, now - self.acked_last), now
        self.acked.add(message.topic(), message.partition(), value, message.offset() if message.offset() >= 0 else None)

    def send(self, topic, partition, values):
        keys = [loads.key_of(value) for value in values] if loads.compacted(topic) else None
        self.history.write(self.process, "invoke", "send", topic=topic, partition=partition, value=list(values), **({"key": keys} if keys else {}))
        if not self.in_flight:
            self.acked_last = time.monotonic()
        self.in_flight += len(values)
        try:
            for index, value in enumerate(values):
                self.producer.produce(topic, value=loads.payload(value), key=b"%d" % keys[index] if keys else None, partition=partition, on_delivery=self.delivered)
        except KafkaException as error:
            self.failures.append(f"librdkafka takes no more: {error}")

    def poll(self, seconds):
        try:
            self.producer.poll(seconds)
        except KafkaException as error:
            self.failures.append(f"librdkafka gave up: {error}")
        self.acked.write_sometimes()
        self.unknown.write_sometimes()

    def run(self, ending):
        counter, pace, where = loads.Counter(self.process), loads.Pace(self.options.rate), loads.partitions()
        while not ending.is_set() and not self.failures:
            if self.in_flight > RECORDS_IN_FLIGHT_MAX:
                self.poll(0.02)
                continue
            topic, partition = self.random.choice(where)
            values = counter.take(topic, partition, self.random.randrange(1, 200))
            self.send(topic, partition, values)
            until = time.monotonic() + pace.spend(len(values))
            self.poll(0)
            while (left := until - time.monotonic()) > 0 and not ending.is_set():
                self.poll(min(left, 0.1))
        end = time.monotonic() + self.options.finish_seconds
        while self.in_flight and time.monotonic() < end and not self.failures:
            self.poll(0.1)
        if self.in_flight and not self.failures:
            self.failures.append(f"{self.in_flight} records of an idempotent producer were not acknowledged within {self.options.finish_seconds} s")
        self.acked.write()
        self.unknown.write()
        return loads.report(self.failures, acked=self.acked.count, outage_ms=round(self.outage * 1000))


def consumer_of(options, **more):
    return Consumer({**QUICK, "bootstrap.servers": options.bootstrap, "enable.auto.commit": False, "enable.auto.offset.store": False,
                     "fetch.wait.max.ms": 100, "fetch.error.backoff.ms": 10, **more})


def take(messages, batch, failures):
    """Writes down what was read: (topic, partition) -> the offset after it."""
    positions = {}
    for message in messages:
        error = message.error()
        if not error:
            batch.add(message.topic(), message.partition(), loads.value_of(message.value()), message.offset())
            positions[message.topic(), message.partition()] = message.offset() + 1
        elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            failures.append(f"a reader was told that its offset is out of range: {error.str()}")
    batch.write()
    return positions


class Member:
    """A member of the group: reads, commits what it has read, in a thread."""

    def __init__(self, load, process):
        self.load, self.process, self.batch, self.moves, self.alone = load, process, loads.Batch(load.history, process, "ok", "poll", group=GROUP), 0, 0
        self.consumer = consumer_of(load.options, **{"group.id": GROUP, "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 500})
        self.consumer.subscribe(list(loads.TOPICS), on_assign=self.moved, on_revoke=self.moved)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def moved(self, consumer, partitions):
        self.moves += 1
        self.load.history.write(self.process, "ok", "assign")

    def run(self):
        while not self.load.done.is_set():
            moves = self.moves
            messages = self.consumer.consume(500, 0.1)
            if self.moves != moves:
                self.take_apart(messages)
            elif positions := take(messages, self.batch, self.load.failures):
                self.commit(positions)
        self.consumer.close()

    def take_apart(self, messages):
        """The group was rebalanced while these came: some may be of partitions that are another member's now, or come again. They count as
        read; their order says nothing, and committing them would be wrong. So reading goes on where the group had committed."""
        for message in messages:
            self.alone += 1
            take([message], loads.Batch(self.load.history, self.process << 32 | self.alone, "ok", "poll", group=GROUP), self.load.failures)
        if messages:
            self.consumer.assign(self.consumer.assignment())
            self.load.history.write(self.process, "ok", "assign")

    def commit(self, positions):
        for (topic, partition), offset in positions.items():
            self.load.history.write(self.process, "invoke", "commit", group=GROUP, topic=topic, partition=partition, offset=offset)
        asked = [TopicPartition(topic, partition, offset) for (topic, partition), offset in positions.items()]
        try:
            answered = self.consumer.commit(offsets=asked, asynchronous=False)
        except KafkaException as error:
            for partition in asked:
                self.committed(partition, error.args[0])
            return
        for partition in answered:
            self.committed(partition, partition.error)

    def committed(self, partition, error):
        kind = "ok" if not error else "fail" if error.code() in REFUSED else "info"
        self.load.history.write(self.process, kind, "commit", group=GROUP, topic=partition.topic, partition=partition.partition, offset=partition.offset)


class GroupLoad:
    """Two members, and an observer who asks for the committed offsets all the time."""

    def __init__(self, options, history):
        self.options, self.history, self.failures, self.done = options, history, [], threading.Event()
        self.observer = consumer_of(options, **{"group.id": GROUP})
        self.members = [Member(self, options.process + 1 + n) for n in range(2)]

    def observe(self):
        """The committed offsets, or None if nobody answered."""
        where = [TopicPartition(topic, partition) for topic, partition in loads.partitions()]
        for p in where:
            self.history.write(self.options.process, "invoke", "fetch_offsets", group=GROUP, topic=p.topic, partition=p.partition)
        try:
            answers = self.observer.committed(where, timeout=5)
        except KafkaException:
            return None
        for p in answers:
            if not p.error:
                self.history.write(self.options.process, "ok", "fetch_offsets", group=GROUP, topic=p.topic, partition=p.partition,
                                   offset=None if p.offset == OFFSET_INVALID else p.offset)
        return {(p.topic, p.partition): p.offset for p in answers if not p.error}

    def ends(self):
        return {(topic, partition): self.observer.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)[1] for topic, partition in loads.partitions()}

    def run(self, ending):
        while not ending.wait(OBSERVE_SECONDS):
            self.observe()
        if not self.finish():
            self.failures.append(f"the group {GROUP} did not reach the end within {self.options.finish_seconds} s: {self.behind}")
        self.done.set()
        for member in self.members:
            member.thread.join(30)
        self.observe()
        return loads.report(self.failures, polled=sum(member.batch.count for member in self.members))

    def finish(self):
        """The group must have committed everything there is."""
        end, self.behind = time.monotonic() + self.options.finish_seconds, "no answer"
        while time.monotonic() < end:
            committed = self.observe()
            try:
                ends = self.ends()
            except KafkaException:
                continue
            if committed:
                self.behind = {f"{t}-{p}": (committed.get((t, p)), offset) for (t, p), offset in ends.items() if offset and committed.get((t, p)) != offset}
                if not self.behind:
                    return True
            time.sleep(OBSERVE_SECONDS)
        return False


class ReaderLoad:
    """Reads all partitions from their beginning by itself: tail goes on until it is told to end, drain until it is at the end."""

    def __init__(self, options, history):
        self.options, self.history, self.failures = options, history, []
        self.batch = loads.Batch(history, options.process, "ok", "drain" if options.role == "drain" else "poll")
        self.consumer = consumer_of(options, **{"group.id": f"reader-{options.process}", "auto.offset.reset": "error", "enable.partition.eof": True})
        self.position = dict.fromkeys(loads.partitions(), 0)

    def assign(self):
        for topic, partition in self.position:
            self.history.write(self.options.process, "ok", "assign", topic=topic, partition=partition, offset=0)
        self.consumer.assign([TopicPartition(topic, partition, 0) for topic, partition in self.position])

    def more(self):
        """Reads on; the partitions at whose end it is now."""
        messages = self.consumer.consume(1000, 0.1)
        ended = {(m.topic(), m.partition()) for m in messages if m.error() and m.error().code() == KafkaError._PARTITION_EOF}
        positions = take(messages, self.batch, self.failures)
        self.position.update(positions)
        return ended

    def run(self, ending):
        self.assign()
        if self.options.role == "tail":
            while not ending.is_set():
                self.more()
        else:
            self.drain()
        self.consumer.close()
        return loads.report(self.failures, polled=self.batch.count)

    def drain(self):
        left, end = set(self.position), time.monotonic() + self.options.finish_seconds
        while left and time.monotonic() < end:
            left -= self.more()
        if left:
            self.failures.append(f"the last reader did not reach the end of {sorted(left)}")
        for topic, partition in sorted(set(self.position) - left):
            start, end = self.consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            self.history.write(self.options.process, "ok", "drained", topic=topic, partition=partition, start=start, end=end)


ROLES = {"producer": ProducerLoad, "group": GroupLoad, "tail": ReaderLoad, "drain": ReaderLoad}


def main():
    options = loads.arguments(__doc__, list(ROLES))
    history = loads.History(options.history, "librdkafka")
    try:
        return ROLES[options.role](options, history).run(loads.Ending())
    finally:
        history.close()


if __name__ == "__main__":
    sys.exit(main())

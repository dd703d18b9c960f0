"""A small cluster out of one number: topics with settings, records with keys, headers and times, groups with offsets and members.

The same seed makes the same topics, batches and offsets on every broker. Records are not idempotent and each flush is one batch per
partition, so that even the files are the same.
"""
import random
import threading

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

FIRST_TIMESTAMP_MS = 1_700_000_000_000
SECONDS_MAX = 60
NAMES = ["orders", "payments", "audit.log", "user_events", "clicks-eu", "a-topic-with-a-rather-long-name", "x"]
GROUPS = ["billing", "etl", "a-group-with-a-rather-long-name", "g-1", "reports.daily"]
KEYS = [None, b"", b"k1", b"k2", "schlüssel".encode(), b"user-4711"]
VALUES = [None, b"", b"hello", b'{"n":1}', "grüße aus köln".encode(), b"x" * 300, b"a,b;c\td", b"\xff\xfe bytes"]
SETTINGS = [("max.message.bytes", "2000000"), ("cleanup.policy", "compact"), ("segment.bytes", "10485760"), ("message.timestamp.type", "LogAppendTime"),
            ("min.insync.replicas", "1"), ("flush.messages", "1000"), ("compression.type", "producer")]


class State:
    def __init__(self, seed):
        self.random = r = random.Random(seed)
        self.topics = {}
        for name in r.sample(NAMES, r.randint(2, 4)):
            settings = {"retention.ms": "-1", **dict(r.sample(SETTINGS, r.randint(0, 3)))}
            self.topics[name] = {"partitions": r.randint(1, 5), "settings": settings, "batches": []}
        # Two that every scenario can rely on.
        self.topics["plain"] = {"partitions": 1, "settings": {"retention.ms": "-1"}, "batches": []}
        self.topics["many"] = {"partitions": 4, "settings": {"retention.ms": "-1"}, "batches": []}
        for name, topic in self.topics.items():
            for _ in range(r.randint(1, 3)):
                topic["batches"].append([self.record(name, topic) for _ in range(r.randint(1, 15))])
        self.groups = {}
        for group in r.sample(GROUPS, r.randint(1, 3)) + ["fixed"]:
            chosen = [(t, p) for t in self.topics for p in range(self.topics[t]["partitions"]) if r.random() < 0.5] or [("plain", 0)]
            if group == "fixed":
                chosen = [("plain", 0)] + [("many", p) for p in range(3)]
            self.groups[group] = {(t, p): r.randint(0, self.end(t, p)) for t, p in chosen}
        self.members = r.randint(1, 2)

    def record(self, name, topic):
        r = self.random
        key = r.choice(KEYS)
        if topic["settings"].get("cleanup.policy") == "compact" and key is None:
            key = b"key"
        value = r.choice(VALUES)
        headers = [(h, r.choice([b"1", b"", b"two words", None])) for h in r.sample(["trace", "h1", "content-type"], r.randint(0, 2))]
        return {"partition": r.randrange(topic["partitions"]), "key": key, "value": value, "headers": headers,
                "timestamp": FIRST_TIMESTAMP_MS + r.randint(0, 1_000_000)}

    def end(self, topic, partition):
        return sum(1 for batch in self.topics[topic]["batches"] for record in batch if record["partition"] == partition)

    def count(self, topic):
        return sum(len(batch) for batch in self.topics[topic]["batches"])

    def build(self, bootstrap):
        admin = AdminClient({"bootstrap.servers": bootstrap})
        made = admin.create_topics([NewTopic(n, t["partitions"], 1, config=t["settings"]) for n, t in self.topics.items()], operation_timeout=SECONDS_MAX)
        for future in made.values():
            future.result(SECONDS_MAX)
        producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 60_000, "acks": "all", "topic.metadata.refresh.fast.interval.ms": 50})
        failed = []
        for name, topic in self.topics.items():
            # Only a topic that the client knows gets a whole batch at once; this record is for no partition.
            producer.produce(name, b"", partition=99, on_delivery=lambda *_: None)
            producer.flush(SECONDS_MAX)
            for batch in topic["batches"]:
                for record in batch:
                    producer.produce(name, on_delivery=lambda error, _: failed.append(error) if error else None, **record)
                if producer.flush(SECONDS_MAX) or failed:
                    raise RuntimeError(f"records were not taken: {failed[:1]}")
        for group, offsets in self.groups.items():
            consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
            committed = consumer.commit(offsets=[TopicPartition(t, p, o) for (t, p), o in offsets.items()], asynchronous=False)
            if any(tp.error for tp in committed):
                raise RuntimeError(f"offsets were not taken: {committed}")
            consumer.close()


class Members:
    """Consumers of the group `active` that stay while tools look at them; all partitions are assigned before start() returns."""

    def __init__(self, bootstrap, count, partitions):
        self.over = threading.Event()
        self.consumers, self.threads, self.partitions = [], [], partitions
        for _ in range(count):
            self.consumers.append(Consumer({"bootstrap.servers": bootstrap, "group.id": "active", "client.id": "member", "enable.auto.commit": False,
                                            "partition.assignment.strategy": "range", "auto.offset.reset": "earliest"}))

    def start(self):
        for consumer in self.consumers:
            consumer.subscribe(["many", "plain"])
            thread = threading.Thread(target=self.follow, args=(consumer,), daemon=True)
            thread.start()
            self.threads.append(thread)
        for _ in range(SECONDS_MAX * 20):
            if self.settled():
                return self
            self.over.wait(0.05)
        raise RuntimeError("the members were not assigned all partitions")

    def settled(self):
        shares = [len(consumer.assignment()) for consumer in self.consumers]
        return sum(shares) == self.partitions and min(shares) > 0

    def follow(self, consumer):
        while not self.over.is_set():
            consumer.poll(0.1)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        for consumer in self.consumers:
            consumer.close()

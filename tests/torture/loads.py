"""What the loads of the rigs have in common: the records they send, the history they write, and how they are told to end.

A record's bytes follow from its value alone, so that a reader sees whether they are those that were sent. A load is one process with
one history; it runs until its standard input ends, then finishes what it began and prints {"failures": [...], ...} as its last line.
"""
import argparse
import json
import random
import sys
import threading
import time

PROCESS_SHIFT = 40
KEYS = 997
FILLER = random.Random(1).randbytes(4096)
FLUSH_SECONDS = 0.1
# Topics of a rig: partitions, settings. Retention is off: what is acknowledged must be there in the end.
TOPICS = {
    "orders": (6, {"retention.ms": "-1"}),
    "small": (3, {"retention.ms": "-1", "segment.bytes": "1048576"}),
    "changelog": (2, {"cleanup.policy": "compact", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.1"}),
}


def compacted(topic):
    return TOPICS[topic][1].get("cleanup.policy") == "compact"


def key_of(value):
    """The key of this value in a compacted topic."""
    return (value & 0xFFFFFFFF) * 31 % KEYS


def payload(value):
    start = value * 31 & 2047
    return b"%d|" % value + FILLER[start:start + (value * 7919 >> 3) % 180]


def value_of(data):
    """The value whose record this is, or None: these bytes were not sent."""
    try:
        value = int(data.partition(b"|")[0])
    except (ValueError, AttributeError):
        return None
    return value if payload(value) == data else None


def short(numbers):
    """A long run of numbers in few characters."""
    if len(numbers) > 2 and None not in numbers and numbers[-1] - numbers[0] + 1 == len(numbers) and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return {"first": numbers[0], "count": len(numbers)}
    return numbers


class History:
    """One file of JSON lines, in the order of their time. Used by all threads of its process."""

    def __init__(self, path, client):
        self.file, self.client, self.lock, self.flushed = open(path, "w"), client, threading.Lock(), 0

    def write(self, process, kind, f, **fields):
        with self.lock:
            now = time.monotonic_ns()
            for name in ("value", "offset", "key"):
                if isinstance(fields.get(name), list):
                    fields[name] = short(fields[name])
            self.file.write(json.dumps({"process": process, "client": self.client, "type": kind, "f": f, "t_ns": now, **fields}, separators=(",", ":")) + "\n")
            if now - self.flushed > FLUSH_SECONDS * 1e9:
                self.file.flush()
                self.flushed = now

    def close(self):
        with self.lock:
            self.file.close()


class Batch:
    """Records of one kind (acknowledged, refused, read) gathered by partition and written a few times a second."""

    def __init__(self, history, process, kind, f, with_offsets=True, **fields):
        self.history, self.process, self.kind, self.f, self.with_offsets, self.fields = history, process, kind, f, with_offsets, fields
        self.by_partition, self.written, self.count = {}, time.monotonic(), 0

    def add(self, topic, partition, value, offset):
        entry = self.by_partition.get((topic, partition))
        if entry is None:
            entry = self.by_partition[topic, partition] = ([], [])
        entry[0].append(value)
        entry[1].append(offset)
        self.count += 1

    def write(self):
        for (topic, partition), (values, offsets) in self.by_partition.items():
            where = {"offset": offsets} if self.with_offsets else {}
            self.history.write(self.process, self.kind, self.f, topic=topic, partition=partition, value=values, **where, **self.fields)
        self.by_partition, self.written = {}, time.monotonic()

    def write_sometimes(self):
        if self.by_partition and time.monotonic() - self.written > FLUSH_SECONDS / 2:
            self.write()


class Counter:
    """The next values of one producer, partition by partition."""

    def __init__(self, process):
        self.process, self.next = process, {}

    def take(self, topic, partition, count):
        first = self.next.get((topic, partition), 0)
        self.next[topic, partition] = first + count
        return [self.process << PROCESS_SHIFT | n for n in range(first, first + count)]


class Pace:
    """So many records a second on average; no catching up after a pause."""

    def __init__(self, per_second):
        self.per_second, self.allowance, self.last = per_second, 0.0, time.monotonic()

    def spend(self, count):
        """Seconds to wait before sending as many again."""
        now = time.monotonic()
        self.allowance = min(self.allowance + (now - self.last) * self.per_second, self.per_second / 5) - count
        self.last = now
        return max(0.0, -self.allowance / self.per_second)


class Ending(threading.Event):
    """Set when standard input ends."""

    def __init__(self):
        super().__init__()
        threading.Thread(target=self.wait_for_end, daemon=True).start()

    def wait_for_end(self):
        sys.stdin.read()
        self.set()


def arguments(doc, roles):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=roles)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--history", required=True)
    parser.add_argument("--process", type=int, required=True, help="the number of its first client")
    parser.add_argument("--rate", type=float, default=1000, help="records a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--finish-seconds", type=float, default=90, help="how long it may take to finish")
    return parser.parse_args()


def partitions():
    return [(topic, partition) for topic, (count, _) in TOPICS.items() for partition in range(count)]


def report(failures, **more):
    print(json.dumps({"failures": failures, **more}), flush=True)
    return 1 if failures else 0

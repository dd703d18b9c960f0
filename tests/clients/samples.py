"""The records every client suite produces and wants back, byte for byte, and the comparison that says what differs."""
import json
import random
import sys
import time
from collections import namedtuple

# key and value: bytes or None. headers: list of (str, bytes or None). timestamp: milliseconds since 1970.
Record = namedtuple("Record", "partition key value headers timestamp")
PARTITIONS = 3
# An hour ago: what is older than the topic's retention may be gone before it is read.
TIMESTAMP_FIRST = int(time.time()) * 1000 - 3_600_000

KEYS = [None, b"", b"user-17", "Schlüssel ключ 鍵".encode(), bytes(range(256)), b"k" * 4000]
HEADERS = [
    [],
    [("trace", b"abc")],
    [("null", None), ("empty", b"")],
    [("twice", b"1"), ("twice", b"2"), ("", b"no name")],
    [("binär", bytes(range(256)))],
]


def values(random_):
    return [
        None,
        b"",
        b"{}",
        json.dumps({"name": "Ünïcode", "quantity": 23958446825181076828}).encode(),
        bytes(range(256)),
        b"squeeze me " * 3000,
        random_.randbytes(60_000),
    ]


def samples(count=210, seed=1, partitions=PARTITIONS, key_or_value=False, null_headers=True):
    """`count` records that walk through every combination of key, value and headers; the options are for clients that refuse some."""
    random_ = random.Random(seed)
    choice = values(random_)
    out = []
    for i in range(count):
        value = choice[i % len(choice)]
        if value == b"{}":
            value = json.dumps({"number": i}).encode()
        if key_or_value and value is None and KEYS[i % len(KEYS)] is None:
            value = b"instead of nothing"
        headers = [(k, v if v is not None or null_headers else b"") for k, v in HEADERS[i % len(HEADERS)]]
        out.append(Record(i % partitions, KEYS[i % len(KEYS)], value, headers, TIMESTAMP_FIRST + i))
    return out


def simple(first, count, partitions):
    """Small records, each different from every other, for tests that only count what arrives."""
    return [Record(i % partitions, b"%d" % (i % 10), b"value %d" % i, [], TIMESTAMP_FIRST + i) for i in range(first, first + count)]


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def short(value):
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}… ({len(text)} characters)"


def check_equal(wanted, got, what):
    check(wanted == got, f"{what}: wanted {short(wanted)}, got {short(got)}")


def check_records(wanted, got, what):
    """Both are lists of Record in order per partition."""
    for partition in sorted({r.partition for r in [*wanted, *got]}):
        want = [r for r in wanted if r.partition == partition]
        have = [r for r in got if r.partition == partition]
        for i, (a, b) in enumerate(zip(want, have)):
            for field in Record._fields:
                check_equal(getattr(a, field), getattr(b, field), f"{what}: partition {partition}, record {i}, {field}")
        check_equal(len(want), len(have), f"{what}: records of partition {partition}")


def topic_name(client, what):
    """Several suites may share one broker: the name says whose topic it is."""
    return f"{client}-{what}-{time.time_ns() % 10**9}"


def wait_until(condition, what, seconds=30):
    """The result of `condition` once it is true."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.02)


def main(tests, arguments=None):
    """Runs the functions of `tests` and ends the program; by default with what the command line says: HOST:PORT [TEST…]."""
    if arguments is None:
        arguments, only = sys.argv[1:2], sys.argv[2:]
        tests = [test for test in tests if not only or test.__name__ in only]
    failed = 0
    for test in tests:
        started = time.monotonic()
        try:
            test(*arguments)
            verdict = "ok"
        except Failure as failure:
            failed += 1
            verdict = f"FAILED: {failure}"
        except Exception as error:  # a client's own exception is a verdict on the broker too
            import traceback
            traceback.print_exc()
            failed += 1
            verdict = f"FAILED: {type(error).__name__}: {error}"
        print(f"  {test.__name__.replace('_', ' ')}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)

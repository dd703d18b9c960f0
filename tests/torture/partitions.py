"""What is known of one partition while a history is read (checker.py): what each process sent, and which value is at which offset."""
import array
import collections

PROCESS_SHIFT = 40
COUNTER_MASK = (1 << PROCESS_SHIFT) - 1
COUNTER_JUMP_MAX = 1 << 20
UNKNOWN, INVOKED, OK, FAIL, INFO = range(5)


class Malformed(Exception):
    pass


def listed(value):
    if isinstance(value, dict):
        return list(range(value["first"], value["first"] + value["count"]))
    return value if isinstance(value, list) else [value]


def contiguous(numbers):
    return bool(numbers) and None not in numbers and numbers[-1] - numbers[0] + 1 == len(numbers) and numbers == list(range(numbers[0], numbers[-1] + 1))


def grow(numbers, size, fill):
    if size > len(numbers):
        numbers.extend(fill * (max(size, 2 * len(numbers)) - len(numbers)))


class Sent:
    """What one process sent to one partition, by its count: what became of it, at which offset it is, its key and transaction."""

    def __init__(self):
        self.state, self.offset, self.key, self.txn, self.next = bytearray(), array.array("q"), {}, {}, 0

    def invoke(self, first, count):
        if first < self.next or first > self.next + COUNTER_JUMP_MAX:
            raise Malformed(f"value {first} sent after {self.next - 1}")
        self.next = first + count
        grow(self.state, self.next, b"\0")
        grow(self.offset, self.next, array.array("q", [-1]))
        self.state[first:self.next] = bytes([INVOKED]) * count


class Partition:
    """One partition: which value is at which offset, from all that anybody saw, and which offsets the last reader read."""

    def __init__(self, name):
        self.name, self.at, self.seen, self.read = name, array.array("q"), bytearray(), bytearray()
        self.sent, self.start, self.end, self.deleted, self.size = collections.defaultdict(Sent), 0, None, 0, 0
        self.told, self.rivals, self.read_at_rivals, self.elsewhere = set(), collections.defaultdict(set), {}, collections.defaultdict(set)

    def reserve(self, size):
        self.size = max(self.size, size)
        grow(self.at, size, array.array("q", [-1]))
        grow(self.seen, size, b"\0")
        grow(self.read, size, b"\0")

    def known(self, value):
        """The sender's state of this value, or None if nobody sent it."""
        sent, counter = self.sent.get(value >> PROCESS_SHIFT), value & COUNTER_MASK
        return (sent, counter) if sent and counter < sent.next and sent.state[counter] else None


def name_of(value):
    return f"{value >> PROCESS_SHIFT}:{value & COUNTER_MASK}"

#!/usr/bin/env python3
"""Judges what clients of a broker saw. It shares no code with evlog and knows nothing of it.

  checker.py HISTORY…          prints one JSON object; exit code 1 if there is an anomaly, 2 if a history makes no sense

A history is JSON lines, one operation or its end each, in the order of t_ns (several files are merged by it):

  {"process": 3, "client": "librdkafka", "type": "invoke|ok|fail|info", "f": F, "t_ns": …, …}

invoke: begins. ok: it happened. fail: it did not and never will. info: nobody knows; it may have happened, once.

  send           topic partition value [key] [txn]; ok has offset as well (null: the client was not told)
  poll           topic partition value offset [group] [uncommitted]: what a consumer got. A value null: the bytes were not those sent
  drain          the same, by the reader who reads everything after the last fault
  drained        topic partition start end: that reader was at the end, and the broker says that these offsets are the log
  assign, seek   [topic partition [offset]]: where the process reads from now; without topic all its positions begin anew
  commit         group topic partition offset [reset: true, where going back is meant]
  fetch_offsets  group topic partition; ok has offset (null: none)
  delete_records topic partition offset: what lies below may be gone
  txn            value (its name) commit (true, false): how the transaction ended
  topic          topic compacted: of two records with one key the older may be gone

value, key and offset may be lists of equal length; {"first": 5, "count": 3} is [5, 6, 7]. A value is an integer, process << 40 | n,
where n counts what this process sent to this partition, in order, without leaving out many. Offsets are those of the broker.
"""
import array
import collections
import heapq
import json
import sys

from partitions import (COUNTER_MASK, FAIL, INFO, INVOKED, OK, PROCESS_SHIFT, Malformed, Partition, contiguous, grow, listed,
                        name_of)

STATES = {"ok": OK, "fail": FAIL, "info": INFO}
EXAMPLES_MAX = 10
# What can be wrong, in the order of the scoreboard.
ANOMALIES = {
    "lost": "acknowledged, and not in the log",
    "vanished": "a consumer had it, and it is not in the log",
    "dup": "one value at two offsets",
    "reordered": "a process's acknowledged values lie in another order than they were sent",
    "inconsistent": "two values at one offset",
    "phantom": "read, and never sent",
    "corrupt": "the bytes are not those that were sent",
    "aborted-read": "read, and refused or aborted",
    "precommitted-read": "read before its transaction was committed",
    "torn": "a part of a transaction is there, a part is not",
    "unseen": "acknowledged, and no reader got that far; or a group committed past it and no member had it",
    "skipped": "a reader went past a record that is in the log",
    "nonmonotonic": "a reader got an offset it was past already",
    "offset-back": "a committed offset went back or vanished",
    "offset-phantom": "a committed offset that nobody committed",
}


class Checker:
    def __init__(self):
        self.partitions, self.compacted = {}, set()
        self.counts, self.examples = dict.fromkeys(ANOMALIES, 0), collections.defaultdict(list)
        self.totals = collections.Counter()
        self.position, self.gaps = {}, []  # (process, partition) -> the offset read last; (process, partition, from, to) gone past
        self.floor, self.committed, self.pending = {}, collections.defaultdict(set), {}
        self.consumed = {}  # (group, partition name) -> bytearray over offsets
        self.txn_state, self.txn_commits_at = {}, {}
        self.clients = set()

    def wrong(self, kind, text, count=1):
        self.counts[kind] += count
        if len(self.examples[kind]) < EXAMPLES_MAX:
            self.examples[kind].append(text)

    def wrong_once(self, partition, kind, value, offset, text):
        """However many readers see it."""
        if (kind, value, offset) not in partition.told:
            partition.told.add((kind, value, offset))
            self.wrong(kind, text)

    def partition(self, op):
        name = f"{op['topic']}-{op['partition']}"
        return self.partitions.get(name) or self.partitions.setdefault(name, Partition(name))

    def apply(self, op):
        self.clients.add(op.get("client"))
        handler = self.HANDLERS.get(op.get("f"))
        if not handler:
            raise Malformed(f"no operation is called {op.get('f')!r}")
        handler(self, op, op.get("type", "ok"))

    # Sending.

    def send(self, op, kind):
        partition, values = self.partition(op), listed(op["value"])
        if kind == "invoke":
            self.send_begins(op, partition, values)
        elif kind in STATES:
            self.send_ends(op, partition, values, STATES[kind])
        else:
            raise Malformed(f"a send is not {kind!r}")

    def send_begins(self, op, partition, values):
        sent = partition.sent[values[0] >> PROCESS_SHIFT]
        counters = [value & COUNTER_MASK for value in values]
        if contiguous(values):
            sent.invoke(counters[0], len(counters))
        else:
            for counter in counters:
                sent.invoke(counter, 1)
        if "key" in op:
            sent.key.update(zip(counters, listed(op["key"])))
        if "txn" in op:
            sent.txn.update(dict.fromkeys(counters, op["txn"]))

    def send_ends(self, op, partition, values, state):
        offsets = listed(op.get("offset")) if "offset" in op else [None] * len(values)
        if len(offsets) != len(values):
            raise Malformed("as many offsets as values")
        sent, first = partition.sent[values[0] >> PROCESS_SHIFT], values[0] & COUNTER_MASK
        if contiguous(values) and first + len(values) <= sent.next and self.open(sent, first, len(values)):
            sent.state[first:first + len(values)] = bytes([state]) * len(values)
        else:
            for value in values:
                self.send_ends_one(partition, value, state)
        if state == OK:
            self.totals["acked"] += len(values)
            self.observe(partition, values, offsets)

    @staticmethod
    def open(sent, first, count):
        return sent.state[first:first + count] == bytes([INVOKED]) * count

    @staticmethod
    def send_ends_one(partition, value, state):
        known = partition.known(value)
        if not known or known[0].state[known[1]] not in (INVOKED, INFO):
            raise Malformed(f"{partition.name}: {name_of(value)} ended and had not begun, or ended before")
        known[0].state[known[1]] = state

    # Which value is where.

    def observe(self, partition, values, offsets):
        """Somebody was told that these values are at these offsets."""
        if contiguous(offsets):
            partition.reserve(offsets[-1] + 1)
            here = partition.at[offsets[0]:offsets[-1] + 1]
            if None not in values and here == array.array("q", values):
                return
            if contiguous(values) and self.observe_new(partition, values, offsets, here):
                return
        for value, offset in zip(values, offsets):
            if offset is not None:
                self.observe_one(partition, value, offset)

    @staticmethod
    def observe_new(partition, values, offsets, here):
        """The common case at once: values of one process nobody saw before, at offsets nobody saw before."""
        sent, first = partition.sent.get(values[0] >> PROCESS_SHIFT), values[0] & COUNTER_MASK
        if not sent or first + len(values) > sent.next or 0 in sent.state[first:first + len(values)]:
            return False
        nothing = array.array("q", [-1]) * len(values)
        if here != nothing or sent.offset[first:first + len(values)] != nothing:
            return False
        sent.offset[first:first + len(values)] = array.array("q", offsets)
        partition.at[offsets[0]:offsets[-1] + 1] = array.array("q", values)
        return True

    def observe_one(self, partition, value, offset):
        partition.reserve(offset + 1)
        known = partition.known(value) if value is not None else None
        if not known:
            kind, what = ("corrupt", "") if value is None else ("phantom", f": {name_of(value)}")
            self.wrong_once(partition, kind, value, offset, f"{partition.name} offset {offset}{what}")
            return
        sent, counter = known
        if sent.offset[counter] == -1:
            sent.offset[counter] = offset
        elif sent.offset[counter] != offset:
            partition.elsewhere[value] |= {sent.offset[counter], offset}
            self.wrong_once(partition, "dup", value, offset, f"{partition.name}: {name_of(value)} at {sent.offset[counter]} and {offset}")
        if partition.at[offset] == -1:
            partition.at[offset] = value
        elif partition.at[offset] != value:
            partition.rivals[offset] |= {partition.at[offset], value}
            self.wrong_once(partition, "inconsistent", value, offset, f"{partition.name} offset {offset}: {name_of(partition.at[offset])} and {name_of(value)}")

    # Reading.

    def poll(self, op, kind):
        if kind != "ok":
            return
        partition, values, offsets = self.partition(op), listed(op["value"]), listed(op["offset"])
        if len(values) != len(offsets):
            raise Malformed("as many offsets as values")
        if not offsets:
            return
        self.totals["polled"] += len(values)
        self.observe(partition, values, offsets)
        partition.reserve(max(offsets) + 1)
        self.mark(partition.seen, offsets)
        if op["f"] == "drain":
            self.mark(partition.read, offsets)
            if partition.rivals:
                partition.read_at_rivals.update((offset, value) for value, offset in zip(values, offsets) if offset in partition.rivals)
        if "group" in op:
            consumed = self.consumed.setdefault((op["group"], partition.name), bytearray())
            grow(consumed, max(offsets) + 1, b"\0")
            self.mark(consumed, offsets)
        if self.txn_state and not op.get("uncommitted"):
            self.read_of_transactions(partition, values, offsets)
        self.follow(op["process"], partition, offsets)

    @staticmethod
    def mark(flags, offsets):
        if contiguous(offsets):
            flags[offsets[0]:offsets[-1] + 1] = b"\1" * len(offsets)
        else:
            for offset in offsets:
                flags[offset] = 1

    def follow(self, process, partition, offsets):
        """One reader gets each offset once, in order; what it went past is looked at in the end."""
        key = (process, partition.name)
        last = self.position.get(key)
        if last is not None and offsets[0] == last + 1 and contiguous(offsets):
            self.position[key] = offsets[-1]
            return
        for offset in offsets:
            if last is not None and offset <= last:
                self.wrong("nonmonotonic", f"process {process}, {partition.name}: {offset} after {last}")
            elif last is not None and offset > last + 1:
                self.gaps.append((process, partition, last + 1, offset))
            last = offset
        self.position[key] = last

    def assign(self, op, kind):
        if kind != "ok":
            return
        if "topic" not in op:
            for key in [key for key in self.position if key[0] == op["process"]]:
                del self.position[key]
            return
        key = (op["process"], self.partition(op).name)
        self.position.pop(key, None)
        if op.get("offset") is not None:
            self.position[key] = op["offset"] - 1

    def drained(self, op, kind):
        partition = self.partition(op)
        partition.start, partition.end = op["start"], op["end"]
        partition.reserve(partition.end)

    def delete_records(self, op, kind):
        if kind != "fail":
            partition = self.partition(op)
            partition.deleted = max(partition.deleted, op["offset"])

    def topic(self, op, kind):
        if op.get("compacted"):
            self.compacted.add(op["topic"])

    # Transactions.

    def txn(self, op, kind):
        if kind == "invoke" and op["commit"]:
            self.txn_commits_at[op["value"]] = True
        commit = {"ok": OK, "info": INFO, "fail": FAIL, "invoke": INVOKED}[kind]
        self.txn_state[op["value"]] = commit if op["commit"] else (FAIL if kind != "invoke" else INVOKED)

    def read_of_transactions(self, partition, values, offsets):
        for value, offset in zip(values, offsets):
            known = partition.known(value) if value is not None else None
            txn = known and known[0].txn.get(known[1])
            if txn is not None and txn not in self.txn_commits_at and self.txn_state.get(txn) != FAIL:
                self.wrong("precommitted-read", f"{partition.name} offset {offset}: {name_of(value)} of {txn}")

    # Committed offsets.

    def commit(self, op, kind):
        key = (op["group"], self.partition(op).name)
        floor, offset, pending = self.floor.get(key, -1), op["offset"], (op["process"], *key, "commit")
        if kind == "invoke":
            self.committed[key].add(offset)
            self.pending[pending] = floor
            if op.get("reset"):
                self.floor[key] = self.pending[pending] = min(floor, offset)
        elif kind == "ok":
            if offset < self.pending.pop(pending, -1):
                self.wrong("offset-back", f"{key[0]}, {key[1]}: {offset} was committed after {floor}")
            self.floor[key] = max(floor, offset)
            self.totals["commits"] += 1

    def fetch_offsets(self, op, kind):
        key = (op["group"], self.partition(op).name)
        pending = (op["process"], *key, "fetch")
        if kind == "invoke":
            self.pending[pending] = self.floor.get(key, -1)
        elif kind == "ok":
            offset, floor = -1 if op["offset"] is None else op["offset"], self.pending.pop(pending, -1)
            self.totals["offset-fetches"] += 1
            if offset < floor:
                self.wrong("offset-back", f"{key[0]}, {key[1]}: {floor} was committed, then it was {op['offset']}")
            elif offset != -1 and offset not in self.committed[key]:
                self.wrong("offset-phantom", f"{key[0]}, {key[1]}: {offset}")
            else:
                self.floor[key] = max(self.floor.get(key, -1), offset)

    # The end.

    def finish(self):
        for partition in self.partitions.values():
            latest = self.latest_by_key(partition)
            self.find_lost(partition, latest)
            self.find_order(partition)
        self.find_torn()
        self.find_skipped()
        self.find_unconsumed()
        return self.counts

    def is_compacted(self, partition):
        return partition.name.rpartition("-")[0] in self.compacted

    def latest_by_key(self, partition):
        """In a compacted topic, the last offset at which the last reader saw each key."""
        latest = {}
        if self.is_compacted(partition):
            for offset, value in enumerate(partition.at):
                if value != -1 and partition.read[offset]:
                    sent = partition.sent[value >> PROCESS_SHIFT]
                    latest[sent.key.get(value & COUNTER_MASK)] = offset
        return latest

    def expected(self, sent, counter):
        """Must this be in the log? True, False, or None: it may."""
        state, txn = sent.state[counter], sent.txn.get(counter)
        if txn is not None and state in (OK, INVOKED, INFO):
            end = self.txn_state.get(txn, INFO)
            return True if end == OK and state == OK else False if end == FAIL else None
        return {OK: True, FAIL: False}.get(state)

    def find_lost(self, partition, latest):
        excused = max(partition.start, partition.deleted)
        offset = partition.read.find(0, excused, partition.size)
        while offset != -1:
            if partition.at[offset] != -1:
                self.judge_unread(partition, offset, latest)
            offset = partition.read.find(0, offset + 1, partition.size)
        self.find_overwritten(partition)
        for process, sent in partition.sent.items():
            self.find_lost_without_offset(partition, process, sent)
            self.find_aborted(partition, process, sent)

    def judge_unread(self, partition, offset, latest):
        """Somebody knows a value at this offset, and the last reader did not read it."""
        value = partition.at[offset]
        sent, counter = partition.sent[value >> PROCESS_SHIFT], value & COUNTER_MASK
        if latest.get(sent.key.get(counter), -1) > offset:
            return
        text = f"{partition.name} offset {offset}: {name_of(value)}"
        if partition.end is None:
            if self.expected(sent, counter):
                self.wrong("unseen", text)
        elif self.expected(sent, counter):
            self.wrong("lost", text)
        elif partition.seen[offset] and self.expected(sent, counter) is None and sent.offset[counter] == offset:
            self.wrong("vanished", text)

    def find_overwritten(self, partition):
        """Of the values that were seen at one offset, those that the last reader read neither there nor elsewhere."""
        for offset, values in partition.rivals.items():
            for value in sorted(values - {partition.read_at_rivals.get(offset)}):
                sent, counter = partition.sent[value >> PROCESS_SHIFT], value & COUNTER_MASK
                if not partition.read[offset] or any(partition.read[at] and at not in partition.rivals for at in partition.elsewhere[value]):
                    continue
                kind = {True: "lost", None: "vanished"}.get(self.expected(sent, counter))
                if kind and (kind == "lost" or partition.seen[offset]):
                    self.wrong(kind, f"{partition.name} offset {offset}: {name_of(value)}, another is there")

    def find_lost_without_offset(self, partition, process, sent):
        if -1 not in sent.offset[:sent.next]:
            return
        for counter in range(sent.next):
            if sent.offset[counter] == -1 and self.expected(sent, counter) and not (self.is_compacted(partition) and self.superseded(partition, sent, counter)):
                self.wrong("lost" if partition.end is not None else "unseen", f"{partition.name}: {name_of(process << PROCESS_SHIFT | counter)}")

    @staticmethod
    def superseded(partition, sent, counter):
        """A later value of the same process with the same key is there; the client was not told where this one was."""
        key = sent.key.get(counter)
        return any(sent.key.get(later) == key and sent.offset[later] != -1 for later in range(counter + 1, sent.next))

    def find_aborted(self, partition, process, sent):
        if FAIL not in sent.state and not sent.txn:
            return
        for counter in range(sent.next):
            offset = sent.offset[counter]
            if offset != -1 and partition.seen[offset] and self.expected(sent, counter) is False:
                self.wrong("aborted-read", f"{partition.name} offset {offset}: {name_of(process << PROCESS_SHIFT | counter)}")

    def find_order(self, partition):
        for process, sent in partition.sent.items():
            last, last_counter = -1, -1
            for counter, offset in enumerate(sent.offset):
                if offset == -1 or sent.state[counter] != OK:
                    continue
                if offset < last:
                    self.wrong("reordered", f"{partition.name}: {name_of(process << PROCESS_SHIFT | counter)} at {offset}, {last_counter} before it at {last}")
                last, last_counter = offset, counter

    def find_torn(self):
        """A transaction whose end nobody knows is there as a whole or not at all. (Of a committed one, what is missing is lost.)"""
        there, missing = collections.Counter(), collections.Counter()
        for partition in self.partitions.values():
            for sent in partition.sent.values():
                for counter, txn in sent.txn.items():
                    if sent.state[counter] == OK and self.txn_state.get(txn, INFO) in (INFO, INVOKED):
                        offset = sent.offset[counter]
                        (there if offset != -1 and partition.read[offset] else missing)[txn] += 1
        for txn in there:
            if missing[txn]:
                self.wrong("torn", f"{txn}: {there[txn]} records are there, {missing[txn]} are not")

    def find_skipped(self):
        for process, partition, begin, end in self.gaps:
            offset = partition.read.find(1, max(begin, partition.deleted, partition.start), end)
            if offset != -1 and partition.at[offset] != -1:
                self.wrong("skipped", f"process {process}, {partition.name}: {offset}, with {end} it was past it")

    def find_unconsumed(self):
        for (group, name), consumed in self.consumed.items():
            partition, end = self.partitions[name], self.floor.get((group, name), 0)
            grow(consumed, max(end, 1), b"\0")
            offset = consumed.find(0, max(partition.deleted, partition.start), max(end, 0))
            while offset != -1:
                if offset < len(partition.read) and partition.read[offset] and partition.at[offset] != -1:
                    self.wrong("unseen", f"{name} offset {offset}: group {group} committed {end} and no member had it")
                offset = consumed.find(0, offset + 1, end)

    HANDLERS = {"send": send, "poll": poll, "drain": poll, "drained": drained, "assign": assign, "seek": assign, "subscribe": assign,
                "commit": commit, "fetch_offsets": fetch_offsets, "delete_records": delete_records, "txn": txn, "topic": topic}


def check(operations):
    checker = Checker()
    for op in operations:
        try:
            checker.apply(op)
        except (KeyError, TypeError, IndexError) as error:
            raise Malformed(f"{error!r} in {json.dumps(op)[:200]}") from error
        except Malformed as error:
            raise Malformed(f"{error} in {json.dumps(op)[:200]}") from error
    checker.finish()
    return checker


def operations(paths):
    """The operations of these files by time. A last line without its end was being written when its writer was killed."""
    def read(path):
        with open(path) as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)
    return heapq.merge(*(read(path) for path in paths), key=lambda op: op.get("t_ns", 0))


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        checker = check(operations(sys.argv[1:]))
    except (Malformed, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps({**checker.totals, **checker.counts, "clients": sorted(filter(None, checker.clients)), "examples": checker.examples}))
    return 1 if any(checker.counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

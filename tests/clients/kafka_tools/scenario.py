"""What the tools are asked of a cluster_state.State: a list of steps, the same for the same seed.

In arguments and files {B} is the broker, {DIR} a directory of its own, {DATA} the broker's data, {ID:topic} a topic's id. `unordered`:
rows in the order of a hash table. `still`: only compared on one and the same broker, because what it prints is of that broker alone.
"""
import json
from dataclasses import dataclass, field


@dataclass
class Step:
    tool: str
    arguments: list
    stdin: bytes = b""
    unordered: bool = False
    still: bool = False
    reads: bool = True           # changes nothing
    grows: bool = False          # what it looks at may have grown between the two tools: the shorter answer must begin the longer one
    files: dict = field(default_factory=dict)

    def name(self):
        return self.tool + " " + " ".join(self.arguments)


def topics(state):
    r, names = state.random, sorted(state.topics)
    some = r.choice(names)
    pattern = r.choice([".*", "a.*|many", some + ",plain", f"\"{some}\"", "no-such"])
    t = "kafka-topics"
    yield Step(t, ["--list"])
    yield Step(t, ["--list", "--exclude-internal"])
    yield Step(t, ["--list", "--topic", pattern])
    yield Step(t, ["--describe", "--exclude-internal"], unordered=True)
    yield Step(t, ["--describe", "--topic", some])
    yield Step(t, ["--describe", "--topic", pattern], unordered=True)
    yield Step(t, ["--describe", "--topic-id", "{ID:" + some + "}"])
    yield Step(t, ["--describe", r.choice(["--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions"]), "--exclude-internal"])
    yield Step(t, ["--describe", "--at-min-isr-partitions", "--topic", some])
    yield Step(t, ["--describe", "--topics-with-overrides", "--exclude-internal"], unordered=True)
    yield Step(t, ["--describe", "--topic", "no-such"])
    yield Step(t, ["--describe", "--topic", "no-such", "--if-exists"])
    yield Step(t, ["--list", "--describe"])
    yield Step(t, ["--create"])
    yield Step(t, ["--describe", "--partitions", "3"])
    yield Step(t, ["--nonsense"])
    changes = [["--create", "--topic", "made.one", "--partitions", "3", "--config", "retention.ms=1000000", "--config", "cleanup.policy=compact"],
               ["--create", "--topic", "made.one"], ["--create", "--topic", "made.one", "--if-not-exists"],
               ["--create", "--topic", "bad name"], ["--create", "--topic", "made2", "--config", "no.such.key=1"], ["--create", "--topic", "made2", "--config", "retention.ms=abc"],
               ["--create", "--topic", "made2", "--config", "oops"], ["--create", "--topic", "made2", "--replication-factor", "9"], ["--create", "--topic", "made2", "--partitions", "0"],
               ["--create", "--topic", "made2", "--replica-assignment", "1,1"], ["--alter", "--topic", "made.one", "--partitions", "5"], ["--alter", "--topic", "made.one", "--partitions", "2"],
               ["--alter", "--topic", "no-such", "--partitions", "2"], ["--alter", "--topic", "no-such", "--partitions", "2", "--if-exists"],
               ["--delete", "--topic", "no-such"], ["--delete", "--topic", "no-such", "--if-exists"], ["--delete", "--topic", "made2"]]
    for arguments in changes:
        yield Step(t, arguments, reads=False)
    yield Step(t, ["--describe", "--topic", "made.one"])
    yield Step(t, ["--delete", "--topic", "made.*"], reads=False)
    yield Step(t, ["--list"])


def offsets(state):
    r, some = state.random, state.random.choice(sorted(state.topics))
    t = "kafka-get-offsets"
    yield Step(t, ["--exclude-internal-topics"])
    yield Step(t, ["--topic", some, "--time", r.choice(["earliest", "-2", "latest", "max-timestamp", "1700000500000", "-4"])])
    yield Step(t, ["--topic", "many", "--partitions", "0,2"])
    yield Step(t, ["--topic-partitions", "many:1-3,plain,pl.*:0,:4"])
    yield Step(t, ["--topic", "many", "--time", "soon"])
    yield Step(t, ["--topic", "no-such"])
    yield Step(t, ["--topic", "plain", "--topic-partitions", "many:1"])
    yield Step(t, [], still=True)


def log_dirs(state):
    some = state.random.choice(sorted(state.topics))
    t = "kafka-log-dirs"
    yield Step(t, ["--describe", "--topic-list", some + ",plain"], unordered=True)
    yield Step(t, ["--describe", "--broker-list", "1", "--topic-list", "many"], unordered=True)
    yield Step(t, ["--describe", "--broker-list", "1,77"])
    yield Step(t, ["--topic-list", "many"])


def configs(state):
    r, some = state.random, state.random.choice(sorted(state.topics))
    t = "kafka-configs"
    yield Step(t, ["--describe", "--topic", some])
    yield Step(t, ["--describe", "--entity-type", "topics", "--entity-name", "plain"])
    yield Step(t, ["--describe", "--entity-type", "topics"], unordered=True, still=True)
    yield Step(t, ["--describe", "--topic", "plain", "--all"], still=True)
    yield Step(t, ["--describe", "--broker", "1", "--all"], still=True)
    yield Step(t, ["--describe", "--entity-type", "brokers"], still=True)
    yield Step(t, ["--describe", "--broker-defaults"], still=True)
    yield Step(t, ["--describe", "--topic", "no-such"])
    yield Step(t, ["--describe", "--topic", ""])
    yield Step(t, ["--describe", "--broker", "77"])
    yield Step(t, ["--describe", "--group", "no-such"])
    yield Step(t, ["--describe", "--entity-type", "planets"])
    yield Step(t, ["--alter", "--topic", "plain"])
    changes = [["--alter", "--topic", "plain", "--add-config", "cleanup.policy=[compact,delete],segment.bytes=20000000"],
               ["--alter", "--entity-type", "topics", "--entity-name", "plain", "--add-config", r.choice(["max.message.bytes=12345", "flush.ms=100,flush.messages=7", "segment.ms=86400000"])],
               ["--alter", "--topic", "plain", "--delete-config", "segment.bytes"], ["--alter", "--topic", "plain", "--delete-config", "retention.bytes"],
               ["--alter", "--topic", "plain", "--add-config", "no.such=1"], ["--alter", "--topic", "plain", "--add-config", "max.message.bytes=-5"],
               ["--alter", "--topic", "plain", "--add-config", "oops"], ["--alter", "--topic", "no-such", "--add-config", "retention.ms=1"],
               ["--alter", "--topic", "plain", "--add-config-file", "{DIR}/topic.properties"], ["--alter", "--topic", "plain", "--add-config-file", "{DIR}/missing"]]
    for arguments in changes:
        yield Step(t, arguments, reads=False, files={"topic.properties": "# a file\nindex.interval.bytes=8192\nmin.compaction.lag.ms = 5\n"})
    yield Step(t, ["--describe", "--topic", "plain"])
    yield Step(t, ["--alter", "--topic", "plain", "--delete-config", "cleanup.policy,index.interval.bytes,min.compaction.lag.ms,max.message.bytes,flush.ms,flush.messages,segment.ms"], reads=False)
    yield Step(t, ["--describe", "--topic", "plain"])


PRINT_ALL = [part for name in ("timestamp", "partition", "offset", "epoch", "headers", "key") for part in ("--formatter-property", f"print.{name}=true")]


def consumer(state):
    r, some = state.random, state.random.choice(sorted(state.topics))
    t, count = "kafka-console-consumer", state.count(some)
    end = state.end("plain", 0)
    one = ["--topic", "plain", "--partition", "0", "--max-messages"]
    yield Step(t, ["--topic", some, "--from-beginning", "--max-messages", str(count), *PRINT_ALL, "--formatter-property", "line.separator=|"], unordered=True, still=count > 1)
    yield Step(t, [*one, str(end), "--from-beginning"])
    yield Step(t, [*one, str(end), "--offset", "earliest", *PRINT_ALL])
    yield Step(t, [*one, "1", "--offset", str(r.randrange(end)), *PRINT_ALL, "--formatter-property", "key.separator= / "])
    yield Step(t, [*one, str(end), "--offset", "earliest", "--formatter-property", "print.key=true", "--formatter-property", "null.literal=NULL", "--formatter-property", "print.value=false"])
    yield Step(t, [*one, str(end), "--offset", "earliest", "--formatter-property", "print.headers=true", "--formatter-property", "headers.separator=;", "--value-deserializer",
                   "org.apache.kafka.common.serialization.StringDeserializer"])
    yield Step(t, [*one, str(end), "--offset", "earliest", "--formatter", "org.apache.kafka.tools.consumer.NoOpMessageFormatter"])
    yield Step(t, [*one, "2", "--offset", "earliest", "--formatter", "org.apache.kafka.tools.consumer.LoggingMessageFormatter", "--property", "print.key=true"])
    yield Step(t, [*one, "1", "--offset", "-5"])
    yield Step(t, ["--topic", "plain", "--offset", "1"])
    yield Step(t, ["--topic", "plain", "--include", "p.*"])
    yield Step(t, ["--topic", "plain", "--partition", "0", "--group", "g"])
    yield Step(t, ["--topic", "plain", "--formatter", "com.example.Missing"])
    yield Step(t, ["--topic", "plain", "--partition", "0", "--max-messages", "0"])
    yield Step(t, ["--topic", "plain", "--group", "shown", "--from-beginning", "--max-messages", str(end)], reads=False)
    yield Step("kafka-consumer-groups", ["--describe", "--group", "shown"])
    if state.count("many") > 0:
        yield Step(t, ["--topic", "many", "--group", "shown", "--from-beginning", "--max-messages", str(state.count("many"))], reads=False, unordered=True)
        yield Step("kafka-consumer-groups", ["--describe", "--group", "shown"])


def producer(state):
    t, read = "kafka-console-producer", ["--topic", "fed", "--partition", "0", "--from-beginning", "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true",
                                         "--formatter-property", "print.offset=true", "--max-messages"]
    keyed = ["--reader-property", "parse.key=true"]
    full = [*keyed, "--reader-property", "parse.headers=true"]
    yield Step("kafka-topics", ["--create", "--topic", "fed"], reads=False)
    feeds = [([], b"one\ntwo\r\nthree"), (["--sync"], b"a\n\nb\n"), (keyed, b"k\tv\nk2\tv\twith tab\n"), ([*keyed, "--reader-property", "key.separator=:"], b"k:v\n"),
             (full, b"h1:v1,h2:v2\tk\tv\n"), ([*full, "--reader-property", "null.marker=NULL"], b"h1:NULL\tNULL\tNULL\nNULL\tk\tv\n"),
             ([*keyed, "--reader-property", "ignore.error=true"], b"no key here\n"), (["--compression-codec", "lz4"], b"packed\n"), (["--compression-codec"], b"zipped\n"),
             (["--property", "parse.key=true"], b"k\told name\n"), (keyed, b"good\tline\nno separator\n"), (["--line-reader", "com.example.Missing"], b"x\n")]
    sent = [3, 3, 2, 1, 1, 2, 1, 1, 1, 1, 1, 0]
    for arguments, lines in feeds:
        yield Step(t, ["--topic", "fed", *arguments], stdin=lines, reads=False)
    yield Step("kafka-console-consumer", [*read, str(sum(sent))])
    yield Step(t, [], stdin=b"")
    yield Step(t, ["--topic", "fed", "--request-timeout-ms", "x"])


def groups(state):
    r, names = state.random, sorted(state.groups)
    t, some = "kafka-consumer-groups", state.random.choice(sorted(state.groups))
    yield Step(t, ["--list"], unordered=True)
    yield Step(t, ["--list", "--state"], unordered=True)
    yield Step(t, ["--list", "--state", "empty", "--type"], unordered=True)
    yield Step(t, ["--list", "--state", "sleepy"])
    yield Step(t, ["--describe", "--group", some])
    yield Step(t, ["--describe", "--group", some, "--offsets", "--verbose"])
    yield Step(t, ["--describe", "--group", some, "--state"])
    yield Step(t, ["--describe", "--group", some, "--members"])
    yield Step(t, ["--describe", "--group", "no-such"])
    yield Step(t, ["--describe", "--group", "active"], unordered=True)
    yield Step(t, ["--describe", "--group", "active", "--members", "--verbose"], unordered=True)
    yield Step(t, ["--describe", "--group", "active", "--state", "--verbose"])
    yield Step(t, ["--describe", "--all-groups"], unordered=True)
    yield Step(t, ["--describe", "--all-groups", "--state"], unordered=True)
    yield Step(t, ["--describe"])
    yield Step(t, ["--members", "--list"])
    yield Step(t, ["--list", "--group", some])
    reset = ["--reset-offsets", "--group", some]
    plans = [["--all-topics", "--to-earliest"], ["--all-topics", "--to-latest"], ["--topic", "many", "--to-offset", str(r.randint(0, 5))], ["--topic", "many:0,2", "--to-current"],
             ["--topic", "plain", "--to-datetime", "2023-11-14T22:21:40.000"], ["--topic", "many", "--by-duration", "PT1H"], ["--topic", "no-such", "--to-latest"],
             ["--topic", "many:17", "--to-latest"], ["--all-topics", "--to-latest", "--export"], ["--topic", "many", "--to-datetime", "yesterday"], ["--topic", "many:x", "--to-latest"],
             ["--to-latest"], ["--all-topics"], ["--all-topics", "--to-latest", "--to-earliest"]]
    for plan in plans:
        yield Step(t, [*reset, *plan, "--dry-run"], unordered=True)
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--topic", "plain", "--topic", "many:0,1,2", "--shift-by", str(r.randint(-3, 3)), "--dry-run"], unordered=True)
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--topic", "many:3", "--shift-by", "1", "--dry-run"])
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--group", names[0], "--topic", "plain", "--to-latest", "--export", "--dry-run"], unordered=True)
    yield Step(t, ["--reset-offsets", "--group", "active", "--all-topics", "--to-latest", "--dry-run"])
    yield Step(t, ["--reset-offsets", "--group", "newborn", "--topic", "plain", "--to-latest", "--dry-run"])
    files = {"plan.csv": "plain,0,1\nmany,1,0\n", "plans.csv": "fixed,plain,0,1\n" + names[0] + ",plain,0,0\n"}
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--from-file", "{DIR}/plan.csv", "--dry-run"], unordered=True, files=files)
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--group", names[0], "--from-file", "{DIR}/plans.csv", "--dry-run"], unordered=True, files=files)
    yield Step(t, ["--reset-offsets", "--group", "fixed", "--topic", "many", "--to-earliest", "--execute"], reads=False, unordered=True)
    yield Step(t, ["--describe", "--group", "fixed"])
    yield Step(t, ["--reset-offsets", "--group", "newborn", "--topic", "plain", "--to-offset", "1", "--execute"], reads=False)
    yield Step(t, ["--describe", "--group", "newborn"])
    for arguments in (["--group", "fixed", "--topic", "many:0"], ["--group", "fixed", "--topic", "many", "--topic", "no-such"], ["--group", "no-such", "--topic", "plain"],
                      ["--group", "active", "--topic", "plain"]):
        yield Step(t, ["--delete-offsets", *arguments], reads=False)
    yield Step(t, ["--describe", "--group", "fixed"])
    for arguments in (["--group", "newborn"], ["--group", "no-such", "--group", "fixed"], ["--group", "active"]):
        yield Step(t, ["--delete", *arguments], reads=False)
    yield Step(t, ["--list"], unordered=True)


def deletion(state):
    t = "kafka-delete-records"
    rows = [{"topic": "many", "partition": p, "offset": state.random.choice([0, 1, -1]) if state.end("many", p) else 0} for p in range(4)]
    files = {"some.json": json.dumps({"partitions": rows, "version": 1}), "far.json": json.dumps({"partitions": [{"topic": "plain", "partition": 0, "offset": 100000}]}),
             "twice.json": json.dumps({"partitions": [{"topic": "plain", "partition": 0, "offset": 0}] * 2}), "bad.json": "{", "new.json": json.dumps({"partitions": [], "version": 2})}
    for name in [*files, "missing.json"]:
        yield Step(t, ["--offset-json-file", "{DIR}/" + name], unordered=True, reads=False, files=files)
    yield Step("kafka-get-offsets", ["--topic", "many", "--time", "earliest"])
    yield Step(t, [])


def dump(state):
    t, some = "kafka-dump-log", "00000000000000000000"
    plain, offsets_log = "{DATA}/plain-0/" + some, "{DATA}/__consumer_offsets-0/" + some
    yield Step(t, ["--files", plain + ".log"])
    yield Step(t, ["--files", plain + ".log", "--print-data-log"])
    yield Step(t, ["--files", plain + ".log", "--deep-iteration"])
    yield Step(t, ["--files", plain + ".log," + "{DATA}/many-1/" + some + ".log", "--print-data-log", "--skip-record-metadata"])
    yield Step(t, ["--files", plain + ".log", "--max-bytes", "150"])
    yield Step(t, ["--files", "{DATA}/meta.properties,{DATA}/plain-0/nothing"])
    yield Step(t, ["--files", plain + ".index"], still=True)
    yield Step(t, ["--files", plain + ".timeindex"], still=True)
    yield Step(t, ["--files", offsets_log + ".log", "--offsets-decoder"], still=True)
    yield Step(t, ["--files", "{DATA}/__cluster_metadata-0/" + some + ".log", "--cluster-metadata-decoder"], still=True, grows=True)
    yield Step(t, ["--files", "{DATA}/missing/" + some + ".log"])
    yield Step(t, ["--print-data-log"])


def steps(state):
    """Those that need the members of the group `active` stand together in groups(), before consumers of Kafka's leave groups behind."""
    out = []
    for part in (dump, topics, offsets, log_dirs, groups, consumer, configs, producer, deletion):
        out += list(part(state))
    return out

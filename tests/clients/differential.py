"""Runs one scenario of requests against a broker and tells its answers in a form in which two brokers can be compared.

A scenario is a file testdata/differential/NAME.jsonl: one JSON object a line, lines beginning with # are remarks. The first line may
be {"settings": [k=v…]}: then the scenario has a broker with them for itself. Every other line is a step:

  {"say": "what this asks", "api": "Fetch", "versions": "4-18", "request": {…}}    one request in each version, each answer compared
      "version": n         one version; "versions" may also be "all" or a list; fields a version lacks are left out
      "on": "b"            the connection (default "a"); it is opened when first used and after it was closed
      "client": "x"        the client id (default "diff")
      "save": {"x": "topics.0.topicId"}   a value of the answer, used later as "${x}"; ${version}, ${s} (a name for this run only) and ${now} always exist
      "quiet": true        asked but not compared      "wait": true    asked again while the broker says that something is not there yet
      "sort": {"topics": ["name"]}        lists whose order means nothing     "mask": ["field"]   fields whose value means nothing
      "later": "tag"       only sent; {"await": "tag"} takes the answer, which is compared under this step's name
      "no_answer": true    nothing comes back (acks=0)     "slow_ms": n    tells whether the answer took so long
      "header": {"key": n, "version": n}, "body": "hex"   a request that no description makes; "read": [api, version] reads its answer
      "bytes": "hex"       bytes as they are, without a length in front
      "patience": s        how many seconds an answer is waited for (30)
  {"topic": "t", "partitions": 2, "configs": {…}}    a topic of this run, there when the next step begins: ${t} is its name, ${t.id} its id
  {"group": "g"}     a group of this run (${g}) whose coordinator has loaded
  {"close": "b"}     closes a connection        {"sleep": seconds}        {"set": {"x": value}}

An answer is the decoded response, "closed" for a connection that the broker closed, or "nothing". What no two brokers can have equal
(ids, ports, the present time) is told by its order of appearance: "<topicId 1>".
"""
import base64
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import time

import servers

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "testdata/differential"
ANSWER_SECONDS_MAX = 30
WAIT_SECONDS_MAX = 30
NOT_YET = {3, 5, 6, 14, 15, 16, 100, 103}  # errors that pass when a topic or coordinator has come
DAY_MS = 86_400_000
# Old timestamps are used in scenarios; a group is not kept waiting for more members.
SETTINGS = ["log.retention.ms=-1", "group.initial.rebalance.delay.ms=0"]

# Fields whose values differ between any two brokers, and orders that are those of a hash table.
ALIASED = {"topicId", "topicIds", "clusterId", "sessionId", "producerId", "port", "logDir", "directoryId", "voterDirectoryId", "replicaDirectoryId"}
EMPTY = (None, "", 0, -1, "AAAAAAAAAAAAAAAAAAAAAA")
MASKED = {"totalBytes", "usableBytes", "finalizedFeaturesEpoch"}
SORTED = {
    "Metadata": {"topics": ["name", "topicId"], "partitions": ["partitionIndex"]},
    "ApiVersions": {"supportedFeatures": ["name"], "finalizedFeatures": ["name"]},
    "ListGroups": {"groups": ["groupId"]},
    "DescribeGroups": {"groups": ["groupId"]},
    "DescribeConfigs": {"configs": ["name"]},
    "DescribeLogDirs": {"topics": ["name"], "partitions": ["partitionIndex"]},
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Codec:
    """The program `differential`, which makes and understands the bytes."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.apis = {}

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ValueError(f"{answer['error']} in {json.dumps(question)[:300]}")
        return answer

    def api(self, name):
        if name not in self.apis:
            self.apis[name] = self.ask(op="api", api=name)
        return self.apis[name]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Connection:
    def __init__(self, bootstrap):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), ANSWER_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0
        self.closed = False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True

    def take(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise ConnectionResetError
            data += piece
        return data

    def frame(self, seconds_max=ANSWER_SECONDS_MAX):
        """The next answer's bytes, "closed" or "nothing"; after either the connection is no longer used."""
        self.socket.settimeout(seconds_max)
        try:
            return self.take(struct.unpack(">i", self.take(4))[0])
        except ConnectionResetError:
            self.closed = True
            return "closed"
        except TimeoutError:
            self.closed = True
            return "nothing"


class Normal:
    """Tells answers so that those of two brokers can be equal."""

    def __init__(self, names):
        self.names = dict(names)
        self.counts = {}

    def alias(self, kind, value):
        # A broker's first producer id is 0; which scenario gets it means nothing.
        first = kind == "producerId" and value == 0
        if value in EMPTY and not first:
            return value
        key = (kind, value) if kind == "producerId" else value
        if key not in self.names:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.names[key] = f"<{kind} {self.counts[kind]}>"
        return self.names[key]

    def text(self, text):
        text = re.sub(r"within \[-?\d+, \d+\]", "within [<times>]", text)
        text = re.sub(r"(?<=[Tt]imestamp[ =])\d{13}\b", lambda found: "<now>" if abs(int(found[0]) - time.time() * 1000) < DAY_MS else found[0], text)
        text = UUID.sub(lambda found: self.alias("uuid", found[0]), text)
        for value, name in self.names.items():
            if isinstance(value, str) and len(value) >= 10:
                text = text.replace(value, name)
        return text

    def value(self, value, field, step):
        if field in step.get("mask", ()) or field in MASKED:
            return "<masked>"
        if isinstance(value, dict):
            return {name: self.value(inner, name, step) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, field, step) for inner in value]
        if field in ALIASED:
            return self.alias(field, value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int) and abs(value - time.time() * 1000) < DAY_MS:
            return "<now>"
        return value


def in_order(value, orders):
    if isinstance(value, list):
        return [in_order(inner, orders) for inner in value]
    if not isinstance(value, dict):
        return value
    out = {name: in_order(inner, orders) for name, inner in value.items()}
    for name, keys in orders.items():
        if isinstance(out.get(name), list):
            out[name].sort(key=lambda item: [str(item.get(key)).rjust(12) for key in keys] if keys else str(item))
    return out


def find(value, path):
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def error_codes(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "errorCode":
                yield inner
            yield from error_codes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from error_codes(inner)


def steps_of(name):
    """The scenario's settings and its steps."""
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    steps = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                steps.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise SystemExit(f"{name}.jsonl:{number}: {error}")
    settings = steps.pop(0)["settings"] if steps and "settings" in steps[0] else None
    return settings, steps


def scenarios():
    return sorted(path.name.removesuffix(".jsonl") for path in FOLDER.glob("*.jsonl") if not path.name.endswith(".answers.jsonl"))


class Scenario:
    def __init__(self, name, bootstrap, codec):
        self.name, self.bootstrap, self.codec = name, bootstrap, codec
        self.connections, self.pending, self.answers = {}, {}, []
        run = f"{name}-{os.urandom(4).hex()}"
        self.normal = Normal({run: name})
        self.saved = {"s": run, "now": int(time.time() * 1000)}

    def run(self):
        seen = set()
        for step in steps_of(self.name)[1]:
            if "say" in step:
                if step["say"] in seen:
                    raise SystemExit(f"{self.name}: two steps say {step['say']!r}")
                seen.add(step["say"])
            try:
                self.step(step)
            except (ValueError, KeyError, IndexError, TypeError) as error:
                raise SystemExit(f"{self.name}: {json.dumps(step)[:200]}: {type(error).__name__} {error}")
        for connection in self.connections.values():
            connection.socket.close()
        return self.answers

    def step(self, step):
        if "topic" in step:
            self.topic(step)
        elif "group" in step:
            self.group(step["group"])
        elif "set" in step:
            self.saved.update(self.filled(step["set"]))
        elif "close" in step:
            self.connections.pop(step["close"]).socket.close()
        elif "sleep" in step:
            time.sleep(step["sleep"])
        elif "await" in step:
            connection, pending, version = self.pending.pop(step["await"])
            self.take(connection, dict(pending, **step), version)
        elif "header" in step or "bytes" in step:
            self.raw(step)
        else:
            for version in self.versions(step):
                self.ask(step, version)

    def versions(self, step):
        wanted = step.get("versions", step.get("version"))
        known = self.codec.api(step["api"])
        if wanted == "all":
            return range(known["min"], known["max"] + 1)
        if isinstance(wanted, str):
            first, last = wanted.split("-")
            return range(int(first), int(last) + 1)
        return wanted if isinstance(wanted, list) else [known["max"] if wanted is None else wanted]

    def filled(self, value):
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$\{([^}]+)\}", value)
        if whole:
            return self.known(whole[1])
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.known(found[1])), value)

    def known(self, name):
        shifted = re.fullmatch(r"(\w+)([+-]\d+)", name)
        return self.saved[shifted[1]] + int(shifted[2]) if shifted else self.saved[name]

    def connection(self, step):
        name = step.get("on", "a")
        if name not in self.connections or self.connections[name].closed:
            self.connections[name] = Connection(self.bootstrap)
        return self.connections[name]

    def ask(self, step, version):
        self.saved["version"] = version
        end = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            connection = self.connection(step)
            connection.correlation += 1
            made = self.codec.ask(op="request", api=step["api"], version=version, correlation=connection.correlation, client=step.get("client", "diff"),
                                  request=self.filled(step.get("request", {})), prune=True)
            connection.send(self.framed(base64.b64decode(made["frame"])))
            if "later" in step:
                self.pending[step["later"]] = connection, step, version
                return None
            if step.get("no_answer"):
                return None
            retry = step.get("wait") and time.monotonic() < end
            answer = self.take(connection, step, version, retry)
            if answer is not None:
                return answer
            time.sleep(0.02)

    def framed(self, data):
        return struct.pack(">i", len(data)) + data

    def take(self, connection, step, version, retry=False):
        """Reads and notes an answer; None if it should be asked again."""
        began = time.monotonic()
        answer = connection.frame(step.get("patience", ANSWER_SECONDS_MAX))
        took_ms = (time.monotonic() - began) * 1000
        if isinstance(answer, bytes):
            told = self.codec.ask(op="response", api=step["api"], version=version, frame=base64.b64encode(answer).decode())
            if told["correlation"] != connection.correlation:
                raise ValueError(f"correlation {told['correlation']} for {connection.correlation}")
            answer = told["response"]
            if retry and NOT_YET & set(error_codes(answer)):
                return None
            for name, path in step.get("save", {}).items():
                self.saved[name] = find(answer, path)
        self.note(step, version, answer, took_ms)
        return answer

    def note(self, step, version, answer, took_ms=0):
        if step.get("quiet"):
            return
        told = {"step": step["say"], "version": version}
        if "slow_ms" in step:
            told["waited"] = took_ms >= 0.9 * step["slow_ms"]
        answer = in_order(answer, dict(SORTED.get(step.get("api"), {}), **step.get("sort", {})))
        told["answer"] = self.normal.value(answer, "", step)
        self.answers.append(told)

    def raw(self, step):
        connection = self.connection(step)
        if "bytes" in step:
            connection.send(bytes.fromhex(step["bytes"]))
        else:
            connection.correlation += 1
            header = struct.pack(">hhih", step["header"]["key"], step["header"]["version"], connection.correlation, 4) + b"diff"
            connection.send(self.framed(header + bytes.fromhex(step.get("body", ""))))
        if "read" in step:
            api, version = step["read"]
            return self.take(connection, dict(step, api=api), version)
        answer = connection.frame(step.get("patience", 5))
        self.note(step, None, answer.hex() if isinstance(answer, bytes) else answer)

    def topic(self, step):
        name, partitions = f"{self.saved['s']}-{step['topic']}", step.get("partitions", 1)
        configs = [{"name": key, "value": value} for key, value in step.get("configs", {}).items()]
        topic = {"name": name, "numPartitions": partitions, "replicationFactor": 1, "configs": configs}
        made = self.ask({"api": "CreateTopics", "quiet": True, "request": {"topics": [topic], "timeoutMs": 30000}}, 7)
        if made["topics"][0]["errorCode"]:
            raise ValueError(f"topic {name}: {made}")
        self.saved[step["topic"]] = name
        self.saved[f"{step['topic']}.id"] = made["topics"][0]["topicId"]
        asked = [{"partitionIndex": index, "timestamp": -1} for index in range(partitions)]
        self.ask({"api": "ListOffsets", "quiet": True, "wait": True, "request": {"replicaId": -1, "topics": [{"name": name, "partitions": asked}]}}, 7)
        self.ask({"api": "Metadata", "quiet": True, "wait": True, "request": {"topics": [{"name": name}]}}, 9)

    def group(self, short):
        name = self.saved[short] = f"{self.saved['s']}-{short}"
        self.ask({"api": "FindCoordinator", "quiet": True, "wait": True, "request": {"keyType": 0, "coordinatorKeys": [name]}}, 6)
        self.ask({"api": "DescribeGroups", "quiet": True, "wait": True, "request": {"groups": [name]}}, 5)


def ask_kafka(names, codec, bootstrap=None):
    """The answers of a real Kafka, by scenario: one broker for all that have no settings of their own."""
    shared = [name for name in names if steps_of(name)[0] is None]
    for settings, members in [([], shared), *((steps_of(name)[0], [name]) for name in names if name not in shared)]:
        if not members:
            continue
        broker = servers.Running(bootstrap) if bootstrap and not settings else servers.Kafka([*SETTINGS, *settings]).start()
        try:
            for name in members:
                yield name, Scenario(name, broker.bootstrap, codec).run()
        finally:
            broker.close()

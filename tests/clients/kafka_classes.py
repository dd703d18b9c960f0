"""Kafka's integration tests are written for clusters of several brokers. Here their class files are read as far as it takes to make copies
that say one broker, topics of one replica, and the classic group protocol; everything else in them stays as it is."""
import pathlib
import struct
import zipfile

ICONST_1, ICONST_5, IRETURN = 4, 8, 0xAC
SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
TESTS = {"Test;", "ClusterTest;", "ClusterTests;", "ClusterTemplate;", "ParameterizedTest;", "RepeatedTest;"}
CLUSTER_TESTS = {f"Lorg/apache/kafka/common/test/api/{name};" for name in ("ClusterTest", "ClusterTestDefaults")}
BOTH_PROTOCOLS, CLASSIC_PROTOCOL = "getTestGroupProtocolParametersAll", "getTestGroupProtocolParametersClassicGroupProtocolOnly"
# Where the number of replicas of the internal topics is a text among others.
REPLICAS_IN_TEXT = {"kafka/api/AbstractConsumerTest"}
CODE = {  # what is there, what is to be there, …
    # Where topics are made with as many replicas as a test asks for: the argument becomes 1.
    "kafka/utils/TestUtils$": ("15 04 93", "04 00 93"),                              # iload 4, i2s
    "org/apache/kafka/common/test/ClusterInstance": ("1C 1D B7", "1C 04 B7"),       # iload_2, iload_3, invokespecial
    # val numServers = 2; and two replicas of the groups' topic.
    "kafka/api/BaseProducerSendTest": ("05 3C BB 00 31 59 2A B6 00 35", "04 3C BB 00 31 59 2A B6 00 35", "12 96 05", "12 96 04"),
    # The one broker of this class has the id 1; here it is 0, as everywhere.
    "kafka/server/EdgeCaseRequestTest": ("B2 00 3E 04 B2 00 3E 57 04", "B2 00 3E 03 B2 00 3E 57 04"),
}
# A controller of its own has the id 1000. The broker that takes its role finds that number in the directory: it is the broker's, 0.
TEXTS = {"kafka/server/QuorumTestHarness": {"1000": "0"}}


class ClassFile:
    def __init__(self, data):
        self.data, self.at = data, 8
        self.texts, self.pool = {}, []   # Utf8 by index; (tag, bytes) in order
        self.brokers_at, self.replicas_at, self.counts_at = [], [], []
        self.methods, self.marks = [], []  # of tests, by their annotations
        self.count = self.u2()
        index = 1
        while index < self.count:
            index += self.constant(index)
        self.body_at = self.at
        self.at += 6
        interfaces = self.u2()
        self.at += 2 * interfaces
        self.members()
        self.members()
        self.attributes(self.annotations)

    def u2(self):
        self.at += 2
        return struct.unpack_from(">H", self.data, self.at - 2)[0]

    def constant(self, index):
        tag = self.data[self.at]
        size = 2 + struct.unpack_from(">H", self.data, self.at + 1)[0] if tag == 1 else SIZES[tag]
        raw = self.data[self.at + 1:self.at + 1 + size]
        if tag == 1:
            self.texts[index] = raw[2:].decode("utf-8", "replace")
        self.pool.append((tag, raw))
        self.at += 1 + size
        return 2 if tag in (5, 6) else 1

    def members(self):
        for _ in range(self.u2()):
            self.at += 2
            name, kind = self.texts[self.u2()], self.texts[self.u2()]
            self.marks = []
            self.attributes(lambda attribute, name=name, kind=kind: self.member_attribute(attribute, name, kind))
            if any(mark in TESTS for mark in self.marks):
                self.methods.append(name)

    def member_attribute(self, attribute, name, kind):
        if attribute == "Code" and (name, kind) == ("brokerCount", "()I"):
            code = self.at + 8
            if ICONST_1 < self.data[code] <= ICONST_5 and self.data[code + 1] == IRETURN:
                self.counts_at.append(code)
        self.annotations(attribute)

    def attributes(self, visit):
        for _ in range(self.u2()):
            name = self.texts[self.u2()]
            size = struct.unpack_from(">I", self.data, self.at)[0]
            self.at += 4
            end = self.at + size
            visit(name)
            self.at = end

    def annotations(self, attribute):
        if attribute == "RuntimeVisibleAnnotations":
            for _ in range(self.u2()):
                self.marks.append(self.annotation())

    def annotation(self):
        kind = self.texts[self.u2()]
        texts = {}
        for _ in range(self.u2()):
            name = self.texts[self.u2()]
            if self.data[self.at:self.at + 1] == b"s":
                texts[name] = (self.at + 1, self.texts[struct.unpack_from(">H", self.data, self.at + 1)[0]])
            self.element(kind in CLUSTER_TESTS and name == "brokers")
        if texts.get("key", (0, ""))[1].endswith((".replication.factor", ".min.isr")):
            self.replicas_at.append(texts["value"][0])
        return kind.rsplit("/", 1)[-1]

    def element(self, brokers):
        tag = chr(self.data[self.at])
        self.at += 1
        if tag == "e":
            self.at += 4
        elif tag == "@":
            self.annotation()
        elif tag == "[":
            for _ in range(self.u2()):
                self.element(False)
        else:
            if brokers:
                self.brokers_at.append(self.at)
            self.at += 2

    def with_one_broker(self, name):
        """The class with two new constants, 1 and "1", which its annotations refer to, and what is listed above; nothing if that changes nothing.
        `name`: as in kafka/api/PlaintextConsumerTest."""
        body = bytearray(self.data[self.body_at:])

        def put(at, value):
            struct.pack_into(">H", body, at - self.body_at, value)

        for at in self.brokers_at:
            put(at, self.count)
        for at in self.replicas_at:
            put(at, self.count + 1)
        for at in self.counts_at:
            body[at - self.body_at] = ICONST_1
        if name in CODE:
            texts = list(map(bytes.fromhex, CODE[name]))
            for old, new in zip(texts[::2], texts[1::2]):
                body = bytearray(bytes(body).replace(old, new, 1))
        renamed = TEXTS.get(name, {}) if name.startswith("kafka/server/QuorumTestHarness") else {BOTH_PROTOCOLS: CLASSIC_PROTOCOL}
        if name in REPLICAS_IN_TEXT:
            renamed["3"] = "1"
        pool = bytearray()
        for tag, raw in self.pool:
            new = renamed.get(raw[2:].decode("utf-8", "replace")) if tag == 1 else None
            pool += bytes([tag]) + (raw if new is None else struct.pack(">H", len(new)) + new.encode())
        pool += struct.pack(">BiBH", 3, 1, 1, 1) + b"1"
        changed = bytes(body) != self.data[self.body_at:] or any(text in renamed for text in self.texts.values())
        return self.data[:8] + struct.pack(">H", self.count + 2) + bytes(pool) + bytes(body) if changed else None


def write_changed(jar, folder):
    """Copies of all classes of a jar that change, as a folder for the class path."""
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.namelist():
            if not entry.endswith(".class") or "/" not in entry:
                continue
            data = archive.read(entry)
            marked = entry.removesuffix(".class") in {*CODE, *TEXTS}
            if not marked and not any(mark in data for mark in (b"brokers", b"brokerCount", BOTH_PROTOCOLS.encode(), b"replication.factor", b".min.isr")):
                continue
            new = ClassFile(data).with_one_broker(entry.removesuffix(".class"))
            if new:
                target = pathlib.Path(folder) / entry
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(new)


def test_methods(jar, name):
    """The names of the tests of one class, as they stand in its file."""
    with zipfile.ZipFile(jar) as archive:
        return ClassFile(archive.read(name.replace(".", "/") + ".class")).methods

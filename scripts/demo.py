"""The work of scripts/demo. Ends with exit code 1 and says what differs if one byte of one record is not as it was sent."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/clients"))
import servers  # noqa: E402

TOPIC, GROUP, PARTITIONS = "packages", "demo", 6
HEADERS = ("Section", "Version", "Architecture")


def say(text):
    print(text, flush=True)


def package_index():
    """Debian's package records as text, one a paragraph."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    if text.count("Package: ") < 1000:
        become = [] if os.getuid() == 0 else ["sudo"]
        subprocess.run([*become, "apt-get", "update", "-qq"], check=True)
        text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    return text


def documents():
    """(name, JSON document, headers) for each package record."""
    for paragraph in package_index().split("\n\n"):
        fields, name = {}, None
        for line in paragraph.splitlines():
            if line.startswith((" ", "\t")):
                fields[name] += "\n" + line[1:]
            elif ": " in line or line.endswith(":"):
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if "Package" in fields:
            yield fields["Package"], json.dumps(fields, ensure_ascii=False), [[h, fields[h]] for h in HEADERS if h in fields]


def line_of(key, value, headers):
    return json.dumps({"key": key, "value": value, "headers": headers}, ensure_ascii=False, separators=(",", ":"))


def checksum(lines):
    """The same for the same records in any order; a record that is missing or came twice changes it."""
    total = hashlib.sha256()
    for line in sorted(lines):
        total.update(line.encode() + b"\n")
    return total.hexdigest()


def rate(count, size, seconds):
    return f"{count:,} records, {size / 1e6:.1f} MB in {seconds:.1f} s: {count / seconds:,.0f} records/s, {size / 1e6 / seconds:.1f} MB/s"


class Demo:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        # A lone consumer need not wait 3 s for others to join.
        self.broker = servers.Evlog(binary, ["group.initial.rebalance.delay.ms=0"], folder)

    def evlog(self, *arguments, **options):
        return subprocess.run([self.binary, *arguments, "-b", self.broker.bootstrap], check=True, **options)

    def kill_and_restart(self, when):
        self.broker.kill()
        killed = time.monotonic()
        self.broker.start()
        say(f"  SIGKILL of the broker {when}; it is back after {(time.monotonic() - killed) * 1000:.0f} ms")

    def produce(self, lines):
        started = time.monotonic()
        with open(f"{self.folder}/produce.log", "wb") as log:
            process = subprocess.Popen([self.binary, "produce", TOPIC, "--json", "-b", self.broker.bootstrap], stdin=subprocess.PIPE,
                                       stdout=log, stderr=log)
            middle = len(lines) // 2
            process.stdin.write("".join(line + "\n" for line in lines[:middle]).encode())
            process.stdin.flush()
            self.kill_and_restart("with half of the records in the pipe")
            process.stdin.write("".join(line + "\n" for line in lines[middle:]).encode())
            process.stdin.close()
            if process.wait(60) != 0:
                sys.exit(f"produce ended with {process.returncode}: {pathlib.Path(f'{self.folder}/produce.log').read_text()[-1000:]}")
        return time.monotonic() - started

    def consume(self, *arguments):
        """Reads as the group; what was committed is not read again by the next call."""
        out = self.evlog("consume", TOPIC, "-g", GROUP, "--json", "-q", *arguments, capture_output=True, text=True).stdout
        return [json.loads(line) for line in out.splitlines()]

    def read_back(self, count):
        started = time.monotonic()
        records = self.consume("-n", str(count // 3))
        self.kill_and_restart(f"after the group read {len(records):,} records")
        records += self.consume("-e")
        return records, time.monotonic() - started


def judge(sent, records):
    got = [line_of(r["key"], r["value"], r["headers"]) for r in records]
    wanted, have = checksum(sent), checksum(got)
    say(f"  sent     {len(sent):,} records  sha256 {wanted}")
    say(f"  read     {len(got):,} records  sha256 {have}")
    for partition in range(PARTITIONS):
        offsets = [r["offset"] for r in records if r["partition"] == partition]
        if offsets != sorted(offsets):
            say(f"  partition {partition} was not read in order")
            return False
    if wanted != have:
        missing, foreign = set(sent) - set(got), set(got) - set(sent)
        say(f"  {len(missing)} records are missing, {len(foreign)} were never sent, {len(got) - len(set(got))} came twice")
        for line in [*list(missing)[:2], *list(foreign)[:2]]:
            say(f"    {line[:300]}")
    return wanted == have


def main(binary):
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="evlog-demo-") as folder:
        sent = sorted({line_of(*document) for document in documents()})
        size = sum(len(line) for line in sent)
        say(f"{len(sent):,} package records of this Debian as JSON documents, read in {time.monotonic() - started:.1f} s")
        demo = Demo(binary, folder)
        begun = time.monotonic()
        demo.broker.start()
        say(f"evlog serve is ready on {demo.broker.bootstrap} after {(time.monotonic() - begun) * 1000:.0f} ms")
        try:
            demo.evlog("topics", "create", TOPIC, "-p", str(PARTITIONS), stdout=subprocess.DEVNULL)
            say(f"producing through a pipe: evlog produce {TOPIC} --json")
            say("  " + rate(len(sent), size, demo.produce(sent)))
            say(f"reading back as the group {GROUP}: evlog consume {TOPIC} -g {GROUP} --json -e")
            records, seconds = demo.read_back(len(sent))
            say("  " + rate(len(records), size, seconds))
            same = judge(sent, records)
            demo.evlog("groups", "describe", GROUP)
        except subprocess.CalledProcessError as error:
            sys.exit(f"error: {' '.join(map(str, error.cmd))} ended with {error.returncode}: {(error.stderr or '')[-1000:]}")
        finally:
            demo.broker.stop()
    say(f"{'every record came back as it was sent' if same else 'FAILED'}; {time.monotonic() - started:.1f} s in all")
    return 0 if same else 1


sys.exit(main(sys.argv[1]))

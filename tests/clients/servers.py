"""A broker for one test: evlog or a real Kafka 4.3.1 (the judge), on a free port in a private directory.

Both have the same face: start(), kill() (SIGKILL), stop() (SIGTERM), bootstrap, and start() again on the same data.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ORACLE = ROOT.parent / "shared/oracle/kafka"
READY_SECONDS_MAX = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def oracle_missing():
    """Why Kafka's own broker and tools cannot run here, or None."""
    if not ORACLE.exists():
        return "no Kafka to compare with (oracle not present)"
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            return f"{tool} is missing (Kafka's own broker and tools need a JDK and Maven)"
    return None


def unread_bytes(sockets):
    """How many bytes the other ends of these TCP connections have received and their program has not read yet (of one that closed: 0)."""
    def address(host, port):
        return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
    wanted, total = {(address(*s.getpeername()), address(*s.getsockname())) for s in sockets}, 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            local, remote, _, queues = line.split()[1:5]
            # A socket for both protocols has the IPv4 address in its last 8 digits.
            if (local[-13:], remote[-13:]) in wanted:
                total += int(queues.split(":")[1], 16)
    return total


class Evlog:
    """`evlog serve` with settings as k=v. The port is chosen once, so that a restart keeps the address clients know."""

    def __init__(self, binary, settings=(), directory=None):
        self.binary, self.settings = str(binary), list(settings)
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="evlog-test-"))
        self.own_directory = directory is None
        self.process, self.bootstrap, self.starts = None, None, 0
        self.data = self.directory / "data"

    def start(self):
        ready = self.directory / "ready"
        ready.unlink(missing_ok=True)
        listen = self.bootstrap or "127.0.0.1:0"
        data = ["--data-dir", str(self.data)] if self.data else []  # without: log.dirs among the settings
        command = [self.binary, "serve", *data, "--listen", listen, "--http", "off", "--ready-file", str(ready)]
        if self.settings:
            # A file and not --set, which wins over what is set dynamically.
            properties = self.directory / "server.properties"
            properties.write_text("".join(f"{setting}\n" for setting in self.settings))
            command += ["-c", str(properties)]
        self.log = self.directory / f"log.{self.starts}"
        self.starts += 1
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + READY_SECONDS_MAX
        while not (ready.exists() and ready.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"evlog ended with {self.process.returncode} before it was ready:\n{self.output()}")
            if time.monotonic() > end:
                raise RuntimeError(f"evlog was not ready within {READY_SECONDS_MAX} s:\n{self.output()}")
            time.sleep(0.002)
        self.bootstrap = json.loads(ready.read_text())["kafka"]
        return self

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")[-4000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError(f"evlog did not stop within 30 s after SIGTERM:\n{self.output()}")
        return self.process.returncode if self.process else 0

    def close(self):
        try:
            self.stop()
        finally:
            if self.own_directory:
                shutil.rmtree(self.directory, ignore_errors=True)


class Kafka:
    """The oracle's broker under a name of its own, so that several tests can have one each."""

    def __init__(self, settings=(), name=None):
        self.settings, self.port = list(settings), free_port()
        self.name = name or f"test-{os.getpid()}-{self.port}"
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.home = pathlib.Path(subprocess.run(["bash", ORACLE, "path"], capture_output=True, text=True, check=True).stdout.strip())
        self.data = self.home / self.name / "data"
        os.environ.setdefault("KAFKA_HEAP", "-Xms256M -Xmx512M")

    def start(self):
        """A JVM on a busy machine may not be ready in the oracle's time, or somebody took the port meanwhile: then once more."""
        for left in (2, 1, 0):
            if subprocess.run(["bash", ORACLE, "start", self.name, str(self.port), *self.settings]).returncode == 0:
                return self
            subprocess.run(["bash", ORACLE, "kill", self.name])
            shutil.rmtree(self.home / self.name, ignore_errors=True)
            if not left:
                raise RuntimeError(f"Kafka did not start as {self.name}")
            self.port = free_port()
            self.bootstrap = f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return int((self.home / self.name / "pid").read_text())

    def alive(self):
        try:
            os.kill(self.pid, 0)
            return True
        except OSError:
            return False

    def output(self):
        return (self.home / self.name / "broker.log").read_text(errors="replace")[-4000:]

    def kill(self):
        subprocess.run(["bash", ORACLE, "kill", self.name], check=True)

    def stop(self):
        subprocess.run(["bash", ORACLE, "stop", self.name], check=True)

    def close(self):
        self.kill()
        shutil.rmtree(self.home / self.name, ignore_errors=True)


class Running:
    """A broker somebody else started (--bootstrap): it can be neither killed nor restarted."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def start(self):
        return self

    def alive(self):
        return True

    def output(self):
        return "(started elsewhere)"

    def close(self):
        pass

    def kill(self):
        skip("the broker was started elsewhere; this suite must be able to kill it")


def default_binary():
    return os.environ.get("EVLOG_BINARY", str(ROOT / "build/release/evlog"))


def make_server(against, binary=None, settings=(), bootstrap=None):
    if bootstrap:
        return Running(bootstrap)
    if against == "kafka":
        missing = oracle_missing()
        return skip(missing) if missing else Kafka(settings)
    return Evlog(binary or default_binary(), settings)


def arguments(parser):
    """The arguments of every suite that runs its broker itself."""
    parser.add_argument("--against", choices=["evlog", "kafka"], default="evlog")
    parser.add_argument("--binary", default=default_binary())
    parser.add_argument("--bootstrap", help="a broker that runs already, HOST:PORT")


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)

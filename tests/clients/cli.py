#!/usr/bin/env python3
"""The command line as people see it: every session in testdata/cli/*.txt, compared word for word.

  tests/clients/cli.py --binary EVLOG [--bootstrap HOST:PORT] [--rewrite] [NAME…]

A session is a list of commands ("$ evlog …", run by bash) with what each printed: stdout as it is, stderr behind "! ", and the
exit code behind "? " where it is not 0. Without --bootstrap every session has a server of its own; with it (any Kafka) those that
begin with "# server: own" are left out. --rewrite writes what was seen; read the difference before keeping it.
"""
import argparse
import contextlib
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SESSIONS = ROOT / "testdata/cli"
COMMAND_SECONDS_MAX = 60


class Server:
    """evlog serve on a free port; its data outlives it until the session ends."""

    def __init__(self, binary, folder):
        self.data = folder / "server"
        self.log = open(folder / "server.log", "wb")
        ready, told = os.pipe()
        self.process = subprocess.Popen([binary, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0", "--ready-fd", str(told),
                                         "--set", "group.initial.rebalance.delay.ms=0"], stderr=self.log, stdin=subprocess.DEVNULL, pass_fds=[told])
        os.close(told)
        with open(ready) as text:
            address = re.search(r'"kafka":"([^"]+)"', text.readline())  # it comes when requests are answered; an end without it is an end
        if not address:
            sys.exit(f"the server did not start:\n{(folder / 'server.log').read_text()}")
        self.bootstrap = address[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.log.close()
        return code


class Closing(socketserver.BaseRequestHandler):
    """Takes the first request and closes, as a broker that wants a password does."""
    def handle(self):
        self.request.recv(4096)


class Tls(socketserver.BaseRequestHandler):
    """Answers plaintext with a TLS alert, as a TLS listener does."""
    def handle(self):
        self.request.recv(4096)
        self.request.sendall(bytes([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0A]))


class Old(socketserver.BaseRequestHandler):
    """Answers ApiVersions as a broker of long ago, with nothing but Produce v0 to v1."""
    APIS = ((0, 0, 1), (18, 0, 0))

    def handle(self):
        with contextlib.suppress(ConnectionError):
            self.serve()

    def serve(self):
        while head := self.request.recv(4, socket.MSG_WAITALL):
            frame = self.request.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
            body = self.answer(int.from_bytes(frame[0:2], "big"), int.from_bytes(frame[2:4], "big"))
            if body is None:
                return
            self.request.sendall((len(body) + 4).to_bytes(4, "big") + frame[4:8] + body)

    def answer(self, key, version):
        if key != 18:
            return None
        apis = b"".join(n.to_bytes(2, "big") for api in self.APIS for n in api)
        return (0 if version == 0 else 35).to_bytes(2, "big") + len(self.APIS).to_bytes(4, "big") + apis


class Sasl(Old):
    """Wants a password: closes at everything but ApiVersions and SaslHandshake, as Kafka does."""
    APIS = ((3, 0, 12), (17, 0, 1), (18, 0, 0))

    def answer(self, key, version):
        if key == 17:
            return bytes([0, 33, 0, 0, 0, 2]) + b"\0\x0dSCRAM-SHA-256" + b"\0\x05PLAIN"
        return super().answer(key, version)


class Web(http.server.BaseHTTPRequestHandler):
    def handle(self):
        self.rfile.read1(4096)
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def listen(handler):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"


def unused_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{s.getsockname()[1]}"


class Session:
    def __init__(self, path, options, places):
        self.path, self.options, self.places = path, options, places
        self.text = path.read_text()
        self.blocks = self.parse()

    def parse(self):
        """(lines before the first command, [(command, expected lines)])"""
        head, steps = [], []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif steps:
                steps[-1][1].append(line)
            else:
                head.append(line)
        return head, steps

    def own_server(self):
        return any(line.strip() == "# server: own" for line in self.blocks[0])

    def normal(self, text):
        for place, name in self.replacements:
            text = text.replace(place, name)
        for pattern, replacement in (
                (r'"ts":\d+', '"ts":T'), (r'"time_lag_ms":\d+', '"time_lag_ms":T'), (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"), (r"in \d+ ms", "in N ms"), (r"pid \d+ \([^)]*\)", "pid N (NAME)"), (r"process \d+", "process N"),
                (r"id [A-Za-z0-9_-]{22}", "id ID"), (r'"id":"[A-Za-z0-9_-]{22}"', '"id":"ID"'), (r"cluster [A-Za-z0-9_-]{22}", "cluster ID"),
                (r"(Name or service not known|Temporary failure in name resolution|No address associated with hostname)", "NO NAME"),
                (r"127\.0\.0\.1:\d{5}", "127.0.0.1:PORT"), (r"\d+ B\b", "N B"), (r'"bytes":\d+', '"bytes":N')):
            text = re.sub(pattern, replacement, text)
        return text

    def run_step(self, command, folder):
        environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder), "NO_COLOR": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", **self.environment}
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, timeout=COMMAND_SECONDS_MAX, stdin=subprocess.DEVNULL)
        lines = self.normal(done.stdout.decode(errors="backslashreplace")).splitlines()
        lines += ["! " + line for line in self.normal(done.stderr.decode(errors="backslashreplace")).splitlines()]
        return lines + ([f"? {done.returncode}"] if done.returncode else [])

    def run(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="evlog-cli-"))
        server = None
        try:
            (folder / "bin").mkdir()
            (folder / "bin/evlog").symlink_to(pathlib.Path(self.options.binary).resolve())
            if not self.options.bootstrap:
                server = Server(self.options.binary, folder)
            bootstrap = self.options.bootstrap or server.bootstrap
            self.environment = {"EVLOG_BROKERS": bootstrap, "DATA": str(folder / "server"), **self.places}
            self.replacements = [(str(folder), "DIR"), (bootstrap, "BROKER")] + [(place, name) for name, place in self.places.items()]
            faults = self.compare(folder)
            if server and server.stop() != 0:
                faults.append(f"{self.path.name}: the server did not stop cleanly")
            server = None
            return faults
        finally:
            if server:
                server.process.kill()
                server.process.wait()
            shutil.rmtree(folder, ignore_errors=True)

    def compare(self, folder):
        head, steps = self.blocks
        faults, out = [], list(head)
        for command, expected in steps:
            actual = self.run_step(command, folder)
            out += ["$ " + command] + actual + [""]
            wanted = [line for line in expected if line]
            if [line for line in actual if line] != wanted:
                faults.append("\n".join([f"{self.path.name}: $ {command}", *("  - " + line for line in wanted), *("  + " + line for line in actual)]))
        if self.options.rewrite:
            self.path.write_text("\n".join(out).rstrip("\n") + "\n")
        return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--binary", default=os.environ.get("EVLOG_BINARY", str(ROOT / "build/release/evlog")))
    parser.add_argument("--bootstrap")
    parser.add_argument("--rewrite", action="store_true")
    options = parser.parse_args()
    places = {"NOBODY": unused_port(), "CLOSING": listen(Closing), "TLS": listen(Tls), "WEB": listen(Web), "OLD": listen(Old), "SASL": listen(Sasl),
              "TESTDATA": str(ROOT / "testdata")}
    faults, ran = [], 0
    for path in sorted(SESSIONS.glob("*.txt")):
        if options.names and path.stem not in options.names:
            continue
        session = Session(path, options, places)
        if options.bootstrap and session.own_server():
            continue
        faults += session.run()
        ran += 1
    print("\n".join(faults))
    print(f"{ran} sessions, {len(faults)} differences{' (rewritten)' if options.rewrite else ''}")
    return 1 if faults and not options.rewrite else 0


sys.exit(main())

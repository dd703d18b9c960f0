#!/usr/bin/env python3
"""A check that finds nothing wherever it looks would be no check: each gets a small tree with one planted fault."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).parent.parent / "scripts"
LAYERS = "1 base\n2 io base\n3 log base io\n6 cmd base io log\n"
# (check, file, its text, what must be said); None: nothing to complain of
CASES = [
    ("check-layers", "lib/io/a.h", '#include "log/log.h"\n', "io includes log/log.h"),
    ("check-layers", "lib/log/a.h", '#include "io/io.h"\n', None),
    ("check-layers", "lib/LAYERS", "1 base io\n2 io base\n", "calls go down only"),
    ("check-layers", "lib/new/a.h", "", "not in lib/LAYERS"),
    ("check-style", "lib/log/a.h", "#pragma once\nauto t = std::chrono::steady_clock::now();\n", "io::Loop: mono()"),
    ("check-style", "lib/io/uv/a.h", "#pragma once\nauto t = std::chrono::steady_clock::now();\n", None),
    ("check-style", "lib/log/a.h", "#pragma once\n// steady_clock is not used here\n", None),
    ("check-style", "lib/log/a.cc", "std::random_device device;\n", "evlog::Random"),
    ("check-style", "lib/log/a.cc", "int fd = ::open(name, 0);\n", "io::Disk"),
    ("check-style", "lib/log/a.cc", "Result<void> Log::open(Name name) {\n", None),
    ("check-style", "lib/log/a.cc", "uv_run(loop);\n", "libuv"),
    ("check-style", "lib/log/a.cc", "std::mutex m;\n", "threads live behind io"),
    ("check-style", "lib/log/a.cc", "// TO" + "DO later\n", "finish it"),
    ("check-style", "lib/log/a.cc", "int x;\n" * 601, "two nouns"),
    ("check-style", "tests/log/a.cc", "std::this_thread::sleep_for(1s);\n", "do not sleep"),
    ("check-style", "lib/log/a.h", "int x;\n", "pragma once"),
]


def run(check, name, text):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "lib").mkdir()
        (root / "lib/LAYERS").write_text(LAYERS)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        done = subprocess.run([SCRIPTS / check, folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


faults = 0
for check, name, text, wanted in CASES:
    code, output = run(check, name, text)
    if (code != 0) != (wanted is not None) or (wanted or "") not in output:
        faults += 1
        print(f"{check} on {name} {text[:60]!r}: wanted {wanted!r}, exit {code}, said: {output}")
print(f"{len(CASES)} planted cases, {faults} judged wrongly")
sys.exit(1 if faults else 0)

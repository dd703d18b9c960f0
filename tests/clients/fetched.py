"""Fetches the clients that Debian does not package: from npm, PyPI, Cargo's index and Go's module proxy, at versions pinned
here, into a cache.

Nothing fetched lies in the source. A folder of the cache carries a stamp, the hash of what pins it: it is filled once, and again
only when the pins change. What cannot be fetched or run here is a Skip with the reason, which CI accepts only from skips.txt.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("EVLOG_TEST_CACHE", pathlib.Path.home() / ".cache/evlog-tests"))
DEBIAN_PYTHON = "/usr/bin/python3"
FETCH_ATTEMPTS = 3
NODE_HEADERS = pathlib.Path("/usr/include/node/node.h")


class Skip(Exception):
    pass


def version_of(*command):
    if not shutil.which(command[0]):
        raise Skip(f"{command[0]} is missing")
    environment = dict(os.environ, GOTOOLCHAIN="local")
    text = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment).stdout
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def dotted(version):
    return ".".join(map(str, version))


@contextlib.contextmanager
def filled_once(folder, pins):
    """Yields whether `folder` must be filled; it counts as filled when the block ends without an exception."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, stamp = hashlib.sha256(pins.encode()).hexdigest(), folder / "filled"
        missing = not stamp.exists() or stamp.read_text() != wanted
        if missing:
            stamp.unlink(missing_ok=True)
        yield missing
        stamp.write_text(wanted)


def fetch(what, command, **options):
    for _ in range(FETCH_ATTEMPTS):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
        if done.returncode == 0:
            return
    said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
    raise Skip(f"{what} could not be fetched: {' '.join(said)[:500]}")


def go_program(folder, module, package="."):
    """Builds a Go program with one of its two module files: what Debian's Go can build, and the newest release."""
    text = (HERE / folder / module).read_text()
    needed = tuple(map(int, re.search(r"^go (\d+)\.(\d+)", text, re.M).groups()))
    if version_of("go", "env", "GOVERSION") < needed:
        raise Skip(f"go {dotted(version_of('go', 'env', 'GOVERSION'))} is older than {dotted(needed)}, which {module} needs")
    name = folder if package == "." else pathlib.PurePath(package).name
    program = CACHE / f"{name}-{module}"
    CACHE.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=readonly -buildvcs=false", CGO_ENABLED="0")
    subprocess.run(["go", "build", "-modfile", module, "-o", program, package], cwd=HERE / folder, env=environment, check=True)
    return [program]


def python_program(program, requirements):
    """A Python program in a virtual environment of its own, with the packages its requirements pin."""
    folder, pinned = CACHE / f"python-{pathlib.Path(requirements).parent.name}", HERE / requirements
    with filled_once(folder, pinned.read_text()) as missing:
        if missing:
            subprocess.run([DEBIAN_PYTHON, "-m", "venv", "--clear", folder / "venv"], check=True)
            fetch(f"what {requirements} names", [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "-r", pinned])
    python = folder / "venv/bin/python"
    return [python, HERE / program]


def node_modules(folder, native=()):
    """Fills the folder's node_modules in the cache and makes `require` find it; scripts of packages run for `native` ones only."""
    node = version_of("node", "--version")
    version_of("npm", "--version")
    source, place = HERE / folder, CACHE / f"node-{folder}"
    pins = (source / "package.json").read_text() + (source / "package-lock.json").read_text()
    with filled_once(place, f"node {node[0]} {pins}") as missing:
        if missing:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, place / name)
            fetch(f"the packages of {folder}", ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"], cwd=place)
            for package, settings in native:
                build_native(place, package, settings)
    os.environ["NODE_PATH"] = str(place / "node_modules")
    os.environ["NODE_NO_WARNINGS"] = "1"
    return node


def build_native(place, package, settings):
    """Compiles a package's addon with Debian's node headers: no prebuilt file is fetched from anywhere."""
    if not NODE_HEADERS.exists():
        raise Skip(f"{NODE_HEADERS} is missing (Debian: libnode-dev); {package} is compiled against it")
    tools = place / "tools"
    tools.mkdir(exist_ok=True)
    # Its build says `make -j`: sixty compilers at once, on any machine.
    (tools / "make").write_text('#!/bin/sh\nfor a; do shift; [ "$a" = -j ] && a=-j2; set -- "$@" "$a"; done\n' f'exec {shutil.which("make")} "$@"\n')
    (tools / "make").chmod(0o755)
    ccache = "ccache " if shutil.which("ccache") else ""
    environment = dict(os.environ, npm_config_nodedir="/usr", npm_config_build_from_source="true", CC=f"{ccache}clang-19",
                       CXX=f"{ccache}clang++-19", PATH=f"{tools}:{os.environ['PATH']}", **settings)
    done = subprocess.run(["npm", "rebuild", "--foreground-scripts", package], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{package} does not build:\n{done.stdout[-4000:]}")


def node_program(program, folder="javascript", native=(), node_min=(18, 0)):
    node = version_of("node", "--version")
    if node < node_min:
        raise Skip(f"node {dotted(node)} is older than {dotted(node_min)}, which this client needs")
    node_modules(folder, native)
    return ["node", HERE / folder / program]


def rust_program(name):
    """Builds a Rust program in the cache, where the versions that its dependencies once resolved to stay as they are."""
    text = (HERE / f"rust/{name}/Cargo.toml").read_text()
    needed = tuple(map(int, re.search(r'^rust-version = "(\d+)\.(\d+)"', text, re.M).groups()))
    if version_of("cargo", "--version") < needed:
        raise Skip(f"cargo {dotted(version_of('cargo', '--version'))} is older than {dotted(needed)}, which {name} needs")
    version_of("make", "--version")
    folder, target = CACHE / f"rust/{name}", CACHE / "rust/target"
    shutil.copytree(HERE / f"rust/{name}", folder, dirs_exist_ok=True)
    shutil.copy2(HERE / "rust/harness.rs", folder.parent)
    subprocess.run(["nice", "cargo", "build", "--quiet", "-j1"], cwd=folder, env=dict(os.environ, CARGO_TARGET_DIR=str(target)), check=True)
    return [target / f"debug/evlog-{name}"]

#!/usr/bin/env python3
"""The man pages say what the program says, and are clean: tests/clients/cli_man.py --binary EVLOG [--rewrite]

They are made out of the command tree and the configuration table; evlog-format.5 alone is written by hand."""
import argparse
import filecmp
import pathlib
import shutil
import subprocess
import sys
import tempfile

MAN = pathlib.Path(__file__).resolve().parent.parent.parent / "man"
BY_HAND = {"evlog-format.5"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rewrite", action="store_true")
    options = parser.parse_args()
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.binary, "__man", folder], check=True)
        made = {path.name for path in pathlib.Path(folder).iterdir()}
        kept = {path.name for path in MAN.iterdir() if path.suffix in (".1", ".5")} - BY_HAND
        if options.rewrite:
            for name in kept - made:
                (MAN / name).unlink()
            for name in made:
                shutil.copyfile(pathlib.Path(folder) / name, MAN / name)
            kept = made
        faults += [f"man/{name}: there is no such command any more" for name in sorted(kept - made)]
        for name in sorted(made):
            if name not in kept or not filecmp.cmp(pathlib.Path(folder) / name, MAN / name, shallow=False):
                faults.append(f"man/{name} is stale: tests/clients/cli_man.py --binary {options.binary} --rewrite")
    if shutil.which("mandoc"):
        pages = sorted(str(path) for path in MAN.iterdir() if path.suffix in (".1", ".5"))
        lint = subprocess.run(["mandoc", "-Tlint", *pages], capture_output=True, text=True)
        faults += lint.stdout.splitlines()
    else:
        print("mandoc is missing: the pages were not linted")
    print("\n".join(faults) if faults else f"man: {len(made)} pages are up to date and clean")
    return 1 if faults else 0


sys.exit(main())

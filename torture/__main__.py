"""python -m torture: runs the probes and prints the scorecard; status 1 if anything was wrong."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from torture.figures import Figure, Run, scorecard

# Probe -> its module, and whether Keras can be asked the same.
PROBES = {
    "hostile files": ("torture.hostile", True),
    "damaged files": ("torture.fuzz", True),
    "faults while saving": ("torture.faults", True),
    "bad input": ("torture.bad_input", True),
    "odd input": ("torture.odd_input", True),
    "the cache of compiled code": ("torture.cache_attacks", False),
    "generated graphs and models": ("torture.generated", False),
    "threads": ("torture.threads", False),
    "guard pages and valgrind": ("torture.native_checks", False),
}


def measured(name: str, run: Run) -> list[Figure]:
    """The figures of a probe, the time it took last."""
    start = time.perf_counter()
    figures = list(importlib.import_module(PROBES[name][0]).run(run))
    return [*figures, Figure("time of this probe", time.perf_counter() - start, unit="s")]


def main(words: list[str]) -> int:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of it, not a sample")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    parser.add_argument("--only", help=f"probes, separated by commas: {', '.join(PROBES)}")
    parser.add_argument("--peers", action="store_true", help="ask Keras the same")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(words)
    names = options.only.split(",") if options.only else list(PROBES)
    found: dict[str, list[tuple[str, list[Figure]]]] = {}
    for library in ("lamina", "keras") if options.peers else ("lamina",):
        for name in names:
            if library == "keras" and not PROBES[name][1]:
                continue
            with tempfile.TemporaryDirectory(prefix="torture-") as folder:
                run = Run(Path(folder), library, options.full, options.seed)
                entry = (name, measured(name, run))
            found.setdefault(library, []).append(entry)
            print(f"[{library}] {scorecard([entry])}\n", flush=True)
    if options.write:
        from torture.report import write

        write(found, options.full)
    return int(any(not f.is_right() for _, figures in found["lamina"] for f in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

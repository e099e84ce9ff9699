"""python -m bench: lamina and its peers on the same work, in one run.

    python -m bench [all] [--write]                    everything
    python -m bench train --workload notes,mnist --only lamina,jax,c
    python -m bench predict | first | sizes | memory | interrupt

Every peer is a process of its own. The rounds are interleaved: in each, every peer is timed once,
so that what else the machine does falls on all alike. Medians count.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from bench.report import RESULTS, save, write_readme

SECTIONS = ("train", "predict", "first", "sizes", "memory", "interrupt")


def _section(name: str) -> Any:
    return importlib.import_module(f"bench.sections.{name}")


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", help="peers, separated by commas")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved; medians count")
    parser.add_argument("--seconds", type=float, help="that one timed run should take")
    parser.add_argument("--cores", choices=("one", "all", "both"), default="both")
    parser.add_argument("--core", type=int, help="the one core; by default the first allowed")
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    parser.add_argument(
        "--write", action="store_true", help="add them to bench/results.json and bench/README.md"
    )


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; without a section, all of them."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parts = parser.add_subparsers(dest="section", required=True)
    for name in (*SECTIONS, "all"):
        part = parts.add_parser(name, help=(_section(name).__doc__ if name in SECTIONS else "all"))
        _common(part)
        for member in SECTIONS if name == "all" else (name,):
            _section(member).add_arguments(part)
    wants_help = words and words[0] in ("-h", "--help")
    if not wants_help and (not words or words[0].startswith("-")):
        words = ["all", *words]
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measures, prints, keeps. The status is 1 if something was wrong: peers that differ, say."""
    options = parse(words)
    names = SECTIONS if options.section == "all" else (options.section,)
    wrong = False
    for name in names:
        for found in _section(name).run(options):
            print(f"{found.text}\n", flush=True)
            if found.wrong:
                wrong = True
                print(f"{found.key}: {found.wrong}\n", file=sys.stderr, flush=True)
            if options.json:
                save(options.json, {found.key: found.entry})
            if options.write:
                entries = save(RESULTS, {found.key: found.entry})
                write_readme(entries, {part: _section(part).tables for part in SECTIONS})
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""A whole process: import, build, compile, one epoch of the notes; cold and cached.

Cold: no compiled object of an earlier process is found; cached: those of one are. lamina keeps its
own, JAX is told to keep all of its; PyTorch's eager mode and TensorFlow have none.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from bench.machine import describe
from bench.process import Unanswered, run_child
from bench.report import Entries, Entry, figure, rows_of, spread
from bench.sections import Found, Results, base, chosen, core_sets

PEERS = ("lamina", "keras_jax", "keras_tensorflow", "pytorch")
STAGES = ("wall", "import", "build", "fit")

# Of lamina alone: what compilation costs, what the import costs.
ALONE = (("compile", "notes"), ("compile", "ten layers of 512"), ("import", "-"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(options: Any) -> Results:
    """Whole processes of all peers in turns, then lamina's parts."""
    for used in core_sets(options):
        rows, missing = _processes(chosen(options, PEERS), used, options.rounds)
        alone = _alone(used, options.rounds, missing)
        entry = base(used, options)
        entry.update(rows=rows, missing=missing, alone=alone)
        yield Found(f"first/notes/{len(used)}", entry, table(entry))


def _environment(folder: str) -> dict[str, str]:
    return {
        "LAMINA_CACHE_DIR": folder,
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _twice(what: str, peer: str, name: str, cores: Sequence[int]) -> dict[str, Any]:
    """The same process in an empty cache, and once more."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            state: run_child("first", what, peer, name, cores=cores, more=_environment(folder))
            for state in ("cold", "cached")
        }


def _processes(
    peers: Sequence[str], cores: Sequence[int], rounds: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Seconds by "peer, state" and stage; and why peers have none."""
    rows: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    missing: dict[str, str] = {}
    for _ in range(rounds):
        for peer in (p for p in peers if p not in missing):
            try:
                found = _twice("fit", peer, "notes", cores)
            except Unanswered as reason:
                missing[peer] = str(reason)
                continue
            for state, stages in found.items():
                for stage in STAGES:
                    rows[f"{peer}, {state}"][stage].append(stages[stage])
    return {name: dict(stages) for name, stages in rows.items()}, missing


def _alone(cores: Sequence[int], rounds: int, missing: dict[str, str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for what, name in ALONE:
            try:
                states = _twice(what, "lamina", name, cores)
            except Unanswered as reason:
                missing[f"lamina, {what} {name}"] = str(reason)
                continue
            for row, seconds in _alone_rows(what, name, states):
                found[row].append(seconds)
    return dict(found)


def _alone_rows(what: str, name: str, states: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if what == "compile":
        for state, stages in states.items():
            yield f"compile {name}, {state}", stages["compile"]
        return
    stages = states["cached"]  # byte code is kept: this is what users see
    loaded = " ".join(stages["loaded"]) or "none"
    yield "import lamina", stages["import"]
    yield f"first use of its names (loaded of those that could wait: {loaded})", stages["names"]


# ── tables ──


def table(entry: Entry) -> str:
    """Both tables of an entry."""
    cores = len(entry["machine"]["cores"])
    on = f"{cores} cores" if cores > 1 else "one core"
    wall = {name: statistics.median(s["wall"]) for name, s in entry["rows"].items()}
    own = wall.get("lamina, cached")
    head = ["", "s in all (median, min to max)", "ratio", *STAGES[1:]]
    lines = []
    for name, stages in entry["rows"].items():
        middle = [figure(statistics.median(stages[stage])) for stage in STAGES[1:]]
        ratio = figure(wall[name] / own) if own else ""
        lines.append([name, spread(stages["wall"], 1), ratio, *middle])
    lines += [[peer, f"not measured: {why}", *[""] * 4] for peer, why in entry["missing"].items()]
    alone = [[name, spread(seconds, 1e3)] for name, seconds in entry["alone"].items()]
    parts = [f"**First epoch of the notes, a whole process**, {on}", rows_of(head, lines)]
    return "\n\n".join([*parts, rows_of(["lamina", "ms (median, min to max)"], alone)])


def tables(entries: Entries) -> str:
    """All entries."""
    machine = describe(next(reversed(entries.values()))["machine"])
    return "\n\n".join(["## A whole process", machine, *map(table, entries.values())])

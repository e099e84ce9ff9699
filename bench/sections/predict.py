"""Prediction: one row through each way that a peer has, and many rows at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.machine import describe
from bench.measure import Effort, Measured, Run, disagreement, interleave
from bench.process import Unanswered, Worker
from bench.report import Entries, Entry, figure, rows_of, spread
from bench.sections import Found, Results, base, chosen, core_sets, effort
from bench.workloads import WORKLOADS, Workload

PEERS = (
    "lamina", "jax", "pytorch", "torch_compile", "keras_jax", "keras_tensorflow", "scikit_learn",
    "onnxruntime",
)  # fmt: skip

ONE, MANY = "notes", "mnist"

# float32 in other orders of summation, through two hidden layers.
TOLERANCE = 1e-4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The section's own."""
    parser.add_argument("--rows", type=int, default=100_000, help=f"of {MANY}, at once")


def run(options: Any) -> Results:
    """One row of the notes, then many of mnist, on every set of cores."""
    for used in core_sets(options):
        for w, rows in ((WORKLOADS[ONE], 1), (WORKLOADS[MANY], options.rows)):
            found = measure(w, rows, chosen(options, PEERS), used, effort(options, 0.1))
            entry = base(used, options)
            entry.update(workload=w.to_json(), asked=rows, rows=list(map(asdict, found)))
            key = f"predict/{w.name}-{rows}/{len(used)}"
            yield Found(key, entry, table(entry), disagreement(found, TOLERANCE))


def measure(
    w: Workload, rows: int, peers: Sequence[str], cores: Sequence[int], effort: Effort
) -> list[Measured]:
    """All peers; for one row each of a peer's ways is a line of its own."""
    workers = {peer: Worker(peer, cores) for peer in peers}
    found: dict[str, Measured] = {}
    runs: dict[str, Run] = {}
    try:
        for peer, worker in workers.items():
            for way in _ways(worker, w, rows, peer, found):
                name = f"{peer}: {way}" if way else peer
                found[name] = Measured(name)
                runs[name] = _asked(worker, way, rows, found[name])
        interleave(runs, found, effort)
        return list(found.values())
    finally:
        for worker in workers.values():
            worker.close()


def _ways(
    worker: Worker, w: Workload, rows: int, peer: str, found: dict[str, Measured]
) -> list[str]:
    try:
        ways: list[str] = worker.ask(prepare=w.to_json())["ways"]
    except Unanswered as reason:
        found[peer] = Measured(peer, unavailable=str(reason))
        return []
    return ways if rows == 1 else [""]


def _asked(worker: Worker, way: str, rows: int, m: Measured) -> Run:
    """Calls -> seconds; keeps what was predicted first."""

    def run(count: int) -> float:
        if way:
            answer = worker.ask(ask=way, count=count)
        else:
            answers = [worker.ask(predict=rows) for _ in range(count)]
            answer = {**answers[0], "seconds": sum(a["seconds"] for a in answers)}
            m.note = f"batches of {answer['batch']}"
        m.out = answer["out"]
        return float(answer["seconds"])

    return run


# ── tables ──


def table(entry: Entry) -> str:
    """One entry in full; ratios are to lamina's `predict`."""
    many = entry["asked"] > 1
    scale, unit = (1e3, "ms") if many else (1e6, "us")
    rows = [Measured(**row) for row in entry["rows"]]
    own = next((m.median for m in rows if m.peer.startswith("lamina") and m.median), None)
    name, cores = entry["workload"]["name"], len(entry["machine"]["cores"])
    on = f"{cores} cores" if cores > 1 else "one core"
    what = f"{entry['asked']:,} rows of {name}" if many else f"one row of {name}"
    head = ["", f"{unit} (median, min to max)", "ratio", ""]
    lines = [_row(m, own, scale) for m in rows]
    return f"**{what}**, {on}\n\n{rows_of(head, lines)}"


def _row(m: Measured, own: float | None, scale: float) -> list[str]:
    if m.median is None:
        return [m.peer, f"not measured: {m.unavailable}", "", ""]
    ratio = figure(m.median / own) if own else ""
    return [m.peer, spread(m.seconds, scale), ratio, m.note]


def tables(entries: Entries) -> str:
    """All entries."""
    machine = describe(next(reversed(entries.values()))["machine"])
    return "\n\n".join(["## Prediction", machine, *map(table, entries.values())])

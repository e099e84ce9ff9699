"""Training: every peer on every workload, a step's time."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.machine import describe
from bench.measure import Effort, Measured, Run, disagreement, interleave, run_or_mark
from bench.process import Worker
from bench.report import Entries, Entry, figure, rows_of, spread
from bench.sections import Found, Results, base, chosen, core_sets, effort
from bench.workloads import WORKLOADS, Workload, from_json

PEERS = (
    "lamina", "lamina_builtin", "c", "jax", "pytorch", "torch_compile", "keras_jax",
    "keras_tensorflow", "scikit_learn",
)  # fmt: skip

# float32 in other orders of summation, after three epochs from equal weights.
TOLERANCE = 1e-3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The section's own."""
    parser.add_argument(
        "--workload", default=",".join(WORKLOADS), help="of " + ", ".join(WORKLOADS) + "; all"
    )


def run(options: Any) -> Results:
    """Every workload on every set of cores."""
    for name in options.workload.split(","):
        for used in core_sets(options):
            peers = [p for p in chosen(options, PEERS) if _takes_part(p, WORKLOADS[name])]
            rows, peak = measure(WORKLOADS[name], peers, used, effort(options, 0.5))
            entry = base(used, options)
            entry.update(
                workload=WORKLOADS[name].to_json(), peak=peak, rows=list(map(asdict, rows))
            )
            wrong = disagreement(rows, TOLERANCE)
            yield Found(f"train/{name}/{len(used)}", entry, table(entry), wrong)


def _takes_part(peer: str, w: Workload) -> bool:
    """Peers made for one kind of workload are no row of the others' tables."""
    return {"c": w.name == "notes", "lamina_builtin": w.own}.get(peer, True)


def measure(
    w: Workload, peers: Sequence[str], cores: Sequence[int], effort: Effort
) -> tuple[list[Measured], float | None]:
    """All peers on one workload, and the arithmetic peak of one core."""
    found = {peer: Measured(peer) for peer in peers}
    workers = {}
    try:
        for peer, m in found.items():
            workers[peer] = Worker(peer, cores)
            run_or_mark(m, prepare, workers[peer], w, m)
        peak = interleave({p: epochs(worker) for p, worker in workers.items()}, found, effort)
    finally:
        for worker in workers.values():
            worker.close()
    for m in found.values():
        m.seconds = [seconds / w.steps for seconds in m.seconds]
    return list(found.values()), peak


def prepare(worker: Worker, w: Workload, m: Measured) -> None:
    """Builds the network and trains it far enough to compare its loss.

    Raises: Unanswered.
    """
    m.note = worker.ask(prepare=w.to_json())["note"]
    m.start = worker.age
    m.loss = worker.ask(check=w.checked)["loss"]


def epochs(worker: Worker) -> Run:
    """Epochs -> seconds."""
    return lambda count: float(worker.ask(train=count)["seconds"])


# ── tables ──


def limit(entry: Entry) -> float | None:
    """Seconds that the products of a step take at the arithmetic peak of all cores used."""
    if not entry["peak"]:
        return None
    return from_json(entry["workload"]).flops / (entry["peak"] * len(entry["machine"]["cores"]))


def medians(entry: Entry) -> dict[str, float]:
    """Seconds a step of each peer that was measured."""
    rows = (Measured(**row) for row in entry["rows"])
    return {m.peer: m.median for m in rows if m.median is not None}


def table(entry: Entry) -> str:
    """One entry in full; ratios are to lamina's median."""
    own = medians(entry).get("lamina")
    least = limit(entry)
    says = f"; products at the peak: {figure(least * 1e6)} us" if least else ""
    cores = len(entry["machine"]["cores"])
    head = ["", "us a step (median, min to max)", "ratio", "start, s", "loss", ""]
    rows = [_row(Measured(**row), own) for row in entry["rows"]]
    return f"{from_json(entry['workload']).title()}, on {cores} of the cores{says}\n\n" + rows_of(
        head, rows
    )


def _row(m: Measured, own: float | None) -> list[str]:
    if m.median is None:
        return [m.peer, f"not measured: {m.unavailable}", "", "", "", ""]
    ratio = f"{m.median / own:.2f}" if own else ""
    loss = "" if m.loss is None else f"{m.loss:.5f}"
    return [m.peer, spread(m.seconds, 1e6), ratio, figure(m.start), loss, m.note]


def tables(entries: Entries) -> str:
    """A table for one core and one for all: workloads by peers."""
    found = []
    for count in sorted({int(key.split("/")[1]) for key in entries}):
        part = {k.split("/")[0]: e for k, e in entries.items() if k.endswith(f"/{count}")}
        part = {name: part[name] for name in WORKLOADS if name in part}
        found.append(_matrix(part, count))
    return "## Training\n\n" + "\n\n".join(found)


def _matrix(entries: Entries, count: int) -> str:
    present = [p for p in PEERS if any(p in medians(e) for e in entries.values())]
    head = ["us a step", *present, "limit"]
    rows, missing = [], []
    for name, entry in entries.items():
        times = medians(entry)
        own = times.get("lamina")
        rows.append([name, *(_cell(times.get(p), own) for p in present), _limit_cell(entry)])
        missing += [f"{name}, {r['peer']}: {r['unavailable']}" for r in entry["rows"]
                    if r["unavailable"]]  # fmt: skip
    machine = describe(next(reversed(entries.values()))["machine"])
    rounds = min(e["rounds"] for e in entries.values())
    lines = [f"{machine}; medians of {rounds} rounds", rows_of(head, rows)]
    lines += ["Not measured: " + "; ".join(missing) + "."] if missing else []
    return f"### On {'one core' if count == 1 else f'{count} cores'}\n\n" + "\n\n".join(lines)


def _cell(seconds: float | None, own: float | None) -> str:
    if seconds is None:
        return "–"
    ratio = f" ({figure(seconds / own)})" if own and seconds != own else ""
    return figure(seconds * 1e6) + ratio


def _limit_cell(entry: Entry) -> str:
    least = limit(entry)
    return figure(least * 1e6) if least else "–"

"""Memory: growth over many rounds of build, fit and predict; the peak of training a large model."""

from __future__ import annotations

import argparse
from itertools import product
from typing import Any

from bench.machine import describe
from bench.process import Unanswered, run_child
from bench.report import Entries, Entry, figure, rows_of
from bench.sections import Found, Results, base, chosen, core_sets

PEERS = ("lamina",)
PEAK_PEERS = ("lamina", "pytorch", "jax", "keras_jax", "keras_tensorflow")
PEAK_OF = "large,convnet,lenet,cifar,lstm-small,lstm,gru,bidirectional,conv1d"
MIB, KIB = 2**20, 2**10
HOUR = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The section's own; `--rounds` does not count here."""
    parser.add_argument("--repeats", type=int, default=10_000, help="models of the same shapes")
    parser.add_argument("--distinct", type=int, default=10_000, help="models of distinct shapes")
    parser.add_argument("--peak-of", default=PEAK_OF, help="the workloads whose peak is measured")


def run(options: Any) -> Results:
    """Growth with the same and with distinct shapes, and the peak, on the last set of cores."""
    used = core_sets(options)[-1]
    for peer in chosen(options, PEERS):
        for kind, count in (("same", options.repeats), ("distinct", options.distinct)):
            entry = base(used, options)
            entry.update(peer=peer, **_asked("rounds", peer, kind, count, used))
            yield Found(f"memory/{kind}-{peer}/{len(used)}", entry, _growth(kind, entry))
    pairs = product(options.peak_of.split(","), chosen(options, PEAK_PEERS))
    for name, peer in pairs:
        entry = base(used, options)
        # What a first process compiles, and the compiler itself, the second finds on disk.
        _asked("peak", peer, name, 2, used)
        entry.update(peer=peer, workload=name, **_asked("peak", peer, name, 2, used))
        yield Found(f"memory/peak of {name}-{peer}/{len(used)}", entry, _peak(entry))


def _asked(what: str, peer: str, which: str, count: int, cores: list[int]) -> Entry:
    try:
        return run_child("memory", what, peer, which, str(count), cores=cores, limit=HOUR)
    except Unanswered as reason:
        return {"unavailable": str(reason)}


# ── tables ──


def _growth(kind: str, entry: Entry) -> str:
    name = f"{entry['peer']}, build + fit + predict, {kind} shapes"
    if "unavailable" in entry:
        return f"{name}: not measured: {entry['unavailable']}"
    grown, count = entry["growth"], entry["rounds"]
    each = grown / KIB / count
    return f"{name}: {grown / MIB:+.2f} MiB in {count:,} rounds, {each:+.2f} KiB a round"


def _peak(entry: Entry) -> str:
    name = f"{entry['peer']}, peak memory of {entry['workload']}"
    if "unavailable" in entry:
        return f"{name}: not measured: {entry['unavailable']}"
    return f"{name}: {entry['peak'] / MIB:.1f} MiB, {_parts(entry)}"


def _parts(entry: Entry) -> str:
    """How often the peak beyond the data holds what training must keep."""
    needed = sum(entry[part] for part in ("weights", "moments", "activations"))
    over = (entry["peak"] - entry["data"]) / needed
    known = ", ".join(
        f"{part} {entry[part] / MIB:.1f}" for part in ("data", "weights", "moments", "activations")
    )
    return f"data + {figure(over)} x (weights + moments + activations); MiB: {known}"


def tables(entries: Entries) -> str:
    """All entries in a list."""
    machine = describe(next(reversed(entries.values()))["machine"])
    lines = []
    for key, entry in entries.items():
        text = _peak(entry) if "workload" in entry else _growth(key.split("-")[0], entry)
        lines.append(text.split(": ", 1))
    return "\n\n".join(["## Memory", machine, rows_of(["", ""], lines)])

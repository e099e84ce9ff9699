"""One hidden layer, Adam, at many widths and batches: against the peak, PyTorch and JAX.

Inputs and hidden units are `width`, classes ten. Widths are powers of two from 4 to 4096 and both
neighbours of each, batches powers of two from 1 to 1024. A run may take parts of them:

    python -m bench sizes --part 3/8                       every eighth point, from the third
    python -m bench sizes --widths 63,64,65 --batches 32
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.machine import describe
from bench.measure import Effort, Measured, disagreement, interleave, run_or_mark
from bench.process import Worker
from bench.report import Entries, Entry, figure, rows_of
from bench.sections import Found, Results, base, chosen, core_sets, effort
from bench.sections.train import TOLERANCE, epochs, limit, medians, prepare
from bench.workloads import Workload

PEERS = ("lamina", "jax", "pytorch")
POWERS = tuple(2**i for i in range(2, 13))
WIDTHS = tuple(sorted({p + d for p in POWERS for d in (-1, 0, 1)}))
BATCHES = tuple(2**i for i in range(11))
CLASSES = 10

# An epoch has so many operations, so that what happens once an epoch does not count.
EPOCH_FLOPS = 1e9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The section's own."""
    parser.add_argument("--widths", type=_numbers, default=WIDTHS, help="of the sizes")
    parser.add_argument("--batches", type=_numbers, default=BATCHES, help="of the sizes")
    parser.add_argument("--part", type=_part, default=(1, 1), help="of the sizes: 3/8")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _part(text: str) -> tuple[int, int]:
    which, count = (int(word) for word in text.split("/"))
    if not 1 <= which <= count:
        raise ValueError(text)
    return which, count


def points(options: Any) -> list[Workload]:
    """What is to be measured. Parts are disjoint, each has small and large ones."""
    which, count = options.part
    every = [(width, batch) for width in options.widths for batch in options.batches]
    return [workload(*point) for point in every[which - 1 :: count]]


def workload(width: int, batch: int) -> Workload:
    """One point."""
    w = Workload(f"{width}x{batch}", (width, width, CLASSES), batch, batch, checked=1)
    steps = min(256, max(2, round(EPOCH_FLOPS / w.flops)))
    return Workload(w.name, w.sizes, batch, batch * steps, checked=1)


def run(options: Any) -> Results:
    """All points. A peer keeps its process; one that ended is started again."""
    for used in core_sets(options):
        workers: dict[str, Worker] = {}
        try:
            for w in points(options):
                rows, peak = _measure(w, chosen(options, PEERS), used, workers, options)
                entry = base(used, options)
                entry.update(workload=w.to_json(), peak=peak, rows=list(map(asdict, rows)))
                yield Found(
                    f"sizes/{w.name}/{len(used)}",
                    entry,
                    _line(entry),
                    disagreement(rows, TOLERANCE),
                )
        finally:
            for worker in workers.values():
                worker.close()


def _measure(
    w: Workload, peers: Sequence[str], cores: Sequence[int], workers: dict[str, Worker],
    options: Any,
) -> tuple[list[Measured], float | None]:  # fmt: skip
    found = {peer: Measured(peer) for peer in peers}
    for peer, m in found.items():
        if peer not in workers or not workers[peer].running:
            workers[peer] = Worker(peer, cores)
        run_or_mark(m, prepare, workers[peer], w, m)
    wanted: Effort = effort(options, 0.05)
    peak = interleave({p: epochs(workers[p]) for p in peers}, found, wanted)
    for m in found.values():
        m.seconds = [seconds / w.steps for seconds in m.seconds]
    return list(found.values()), peak


# ── tables ──


def ratio(entry: Entry) -> float | None:
    """lamina's time in parts of the best peer's."""
    times = medians(entry)
    own = times.pop("lamina", None)
    return own / min(times.values()) if own and times else None


def _line(entry: Entry) -> str:
    width, batch = entry["workload"]["name"].split("x")
    times = ", ".join(f"{peer} {figure(s * 1e6)} us" for peer, s in medians(entry).items())
    times += "".join(f", {r['peer']}: {r['unavailable']}" for r in entry["rows"]
                     if r["unavailable"])  # fmt: skip
    least, of_best = limit(entry), ratio(entry)
    says = f"; peak {figure(least * 1e6)} us" if least else ""
    says += f"; lamina at {figure(of_best)} of the best peer's time" if of_best else ""
    cores = len(entry["machine"]["cores"])
    return f"width {width}, batch {batch}, cores {cores}: {times}{says}"


def tables(entries: Entries) -> str:
    """For each number of cores: against the best peer, and against the peak."""
    machine = describe(next(reversed(entries.values()))["machine"])
    found = ["## One hidden layer at many sizes", machine]
    for count in sorted({int(key.split("/")[1]) for key in entries}):
        part = {k.split("/")[0]: e for k, e in entries.items() if k.endswith(f"/{count}")}
        on = f"{count} cores" if count > 1 else "one core"
        over = [f"{name} {figure(r)}" for name, e in part.items() if (r := ratio(e)) and r > 1.05]
        found += [
            f"lamina's time in parts of the best peer's, the worst of a width and its neighbours; "
            f"rows are widths, columns batches; {on}, {len(part)} points",
            _grid(part, ratio, (-1, 0, 1)),
            "Over 1.05 (width x batch): " + (", ".join(over) if over else "none") + ".",
            f"lamina's time in parts of that of the products at the arithmetic peak, {on}",
            _grid(part, _of_limit, (0,)),
        ]
    return "\n\n".join(found)


def _of_limit(entry: Entry) -> float | None:
    own, least = medians(entry).get("lamina"), limit(entry)
    return own / least if own and least else None


def _grid(entries: Entries, value: Any, near: Sequence[int]) -> str:
    rows = []
    for width in POWERS:
        cells = [f"**{width}**"]
        for batch in BATCHES:
            names = [f"{width + d}x{batch}" for d in near]
            values = [v for n in names if n in entries and (v := value(entries[n])) is not None]
            cells.append(figure(max(values)) if values else "")
        if any(cells[1:]):
            rows.append(cells)
    return rows_of(["", *map(str, BATCHES)], rows)

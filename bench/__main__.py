"""python -m bench: lamina and its peers on the same work, in one run.

    python -m bench [--workload notes] [--only lamina,c] [--rounds 9] [--json FILE] [--write]

Every peer is a process of its own. The rounds are interleaved: in each, every peer is timed once,
so that what else the machine does falls on all alike. Medians count. All are pinned to one core.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

from bench.measure import Measured, measure
from bench.report import machine, table, write_readme
from bench.workloads import WORKLOADS

PEERS = ("lamina", "c", "jax", "pytorch", "keras_jax", "keras_tensorflow", "scikit_learn")


def main() -> int:
    """Measures, prints the table, and says whether the peers computed the same."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--workload", default="notes", help=f"of {', '.join(WORKLOADS)}, or all")
    parser.add_argument("--only", default=",".join(PEERS), help="peers, separated by commas")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", type=int, default=0, help="the core that all are pinned to")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--write", action="store_true", help="write the table to bench/README.md")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {given.core})
    names = list(WORKLOADS) if given.workload == "all" else given.workload.split(",")
    found: dict[str, list[Measured]] = {}
    for name in names:
        found[name] = measure(WORKLOADS[name], given.only.split(","), given.rounds)
        print(table(WORKLOADS[name], found[name]), flush=True)
    if given.json:
        rows = {name: [m.__dict__ for m in rows] for name, rows in found.items()}
        given.json.write_text(json.dumps({"machine": machine(), "results": rows}, indent=1))
    if given.write:
        write_readme({WORKLOADS[name]: rows for name, rows in found.items()})
    return int(any(_disagree(rows) for rows in found.values()))


def _disagree(rows: list[Measured]) -> bool:
    losses = [m.loss for m in rows if m.loss is not None and not math.isnan(m.loss)]
    # float32 in other orders of summation: 1e-3 after three epochs from equal weights.
    return bool(losses) and max(losses) - min(losses) > 1e-3 * max(map(abs, losses))


if __name__ == "__main__":
    raise SystemExit(main())

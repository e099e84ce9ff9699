"""A whole process, from import to a trained network; prints the seconds of its stages.

python -m bench.children.first fit lamina notes CORES       import, build, one epoch
python -m bench.children.first compile lamina notes CORES   what compilation costs by itself
python -m bench.children.first import lamina - CORES        the import alone, NumPy being there
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np  # noqa: F401 - all need it: its import is counted by no stage

from bench.children import finish, module_of
from bench.machine import pin
from bench.workloads import WORKLOADS, Workload

# Loaded by the import of lamina itself, these would be paid by those who do not need them.
LATE = ("h5py", "rich", "llvmlite")

TEN = Workload("ten layers of 512", (512,) * 11, 32, 64)


class Stages(dict[str, Any]):
    """Seconds by stage."""

    def time(self, name: str, run: Callable[[], Any]) -> Any:
        """The result; the seconds are kept."""
        begin = time.perf_counter()
        result = run()
        self[name] = time.perf_counter() - begin
        return result


def fit(peer: str, w: Workload) -> Stages:
    """What a user's program does."""
    stages = Stages()
    stages.time("import", lambda: module_of(peer))
    module = importlib.import_module(f"bench.peers.{peer}")
    ready = stages.time("build", lambda: module.prepare(w))
    stages["loss"] = stages.time("fit", lambda: ready.train(1)).loss
    return stages


def compile_only(peer: str, w: Workload) -> Stages:
    """The first epoch and a second one, the compiler's own import before both."""
    importlib.import_module("llvmlite.binding")
    ready = importlib.import_module(f"bench.peers.{peer}").prepare(w)
    stages = Stages()
    for name in ("first", "second"):
        stages.time(name, lambda: ready.train(1))
    stages["compile"] = stages["first"] - stages["second"]
    return stages


def import_only(peer: str, _: Workload) -> Stages:
    """The import, then the first use of names, and what they loaded that could wait."""
    stages = Stages()
    module = stages.time("import", lambda: importlib.import_module(peer))
    stages.time("names", lambda: (module.Sequential, module.layers.Dense, module.optimizers.Adam))
    stages["loaded"] = [name for name in LATE if name in sys.modules]
    return stages


if __name__ == "__main__":
    what, peer, name, cores = sys.argv[1:]
    pin([int(core) for core in cores.split(",")])
    run = {"fit": fit, "compile": compile_only, "import": import_only}[what]
    finish(run(peer, WORKLOADS.get(name, TEN)))

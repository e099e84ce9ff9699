"""Memory of a process that builds, fits and predicts again and again; or trains a large model once.

    python -m bench.children.memory rounds lamina same 10000 CORES
    python -m bench.children.memory rounds lamina distinct 1000 CORES
    python -m bench.children.memory peak lamina large 2 CORES        two epochs

Linux only: it reads /proc/self.
"""

from __future__ import annotations

import gc
import importlib
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bench.children import finish, module_of
from bench.machine import pin
from bench.peers.keras_api import build
from bench.workloads import WORKLOADS, Workload

# What a first round loads and what an allocator takes at first is not growth.
WARM_PART, WARM_LEAST = 0.02, 20
ROWS = 20


def resident(which: str = "VmRSS") -> int:
    """Bytes of this process in memory now; VmHWM: at most, since `forget_peak`."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {which}")


def forget_peak() -> None:
    """VmHWM starts again from here."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def shapes(distinct: bool, round_: int) -> tuple[int, ...]:
    """The notes' network, or in every round another."""
    return (1, 16 + round_ % 128, 32 + round_ // 128, 2) if distinct else (1, 16, 32, 2)


def rounds(peer: str, kind: str, count: int) -> dict[str, Any]:
    """Growth of so many rounds after the first ones, and in all."""
    k = module_of(peer)
    warm = max(WARM_LEAST, round(WARM_PART * count))
    random = np.random.default_rng(0)
    x, y = random.random((ROWS, 1), "float32"), random.integers(0, 2, ROWS)
    begin = 0
    for i in range(warm + count):
        if i == warm:
            gc.collect()
            begin = resident()
        w = Workload("round", shapes(kind == "distinct", i), 10, ROWS)
        model = build(k, w)
        model.fit(x, y, batch_size=w.batch, epochs=1, verbose=0)
        model.predict(x[:1], verbose=0)
    gc.collect()
    return {"rounds": count, "growth": resident() - begin, "begin": begin}


def peak(peer: str, name: str, epochs: int) -> dict[str, Any]:
    """The most that training a workload takes, beyond what importing and a tiny model take."""
    w = WORKLOADS[name]
    module = importlib.import_module(f"bench.peers.{peer}")
    ready = module.prepare(Workload("tiny", (4, 8, 2), 8, 16))
    ready.train(1)
    del ready
    gc.collect()
    before = resident()
    forget_peak()
    module.prepare(w).train(epochs)
    activations = sum(math.prod(link.made) for link in w.links if link.weights) * w.batch
    x, y = w.data()
    return {
        "peak": resident("VmHWM") - before,
        "data": x.nbytes + y.nbytes,
        "weights": 4 * w.weight_count,
        "moments": 4 * w.weight_count * {"adam": 2, "rmsprop": 1, "sgd": 0}[w.optimizer],
        "activations": 4 * activations,
    }


if __name__ == "__main__":
    what, peer, which, count, cores = sys.argv[1:]
    pin([int(core) for core in cores.split(",")])
    finish({"rounds": rounds, "peak": peak}[what](peer, which, int(count)))

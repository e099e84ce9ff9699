"""Training on 1 to 16 threads while they are held up at random: the same bits.

Delays: a thread of Python moves the process's other threads to one core, or to the lowest
priority, and back, at random moments.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from torture.children import Worker
from torture.figures import Figure, Run, counted
from torture.generated import ENGINE_TESTS

SMOKE = 0.1


def run(run: Run) -> Iterator[Figure]:
    """Counts of runs with the bits of one thread."""
    if not hasattr(os, "sched_setaffinity"):
        yield Figure("threads cannot be held up on this system: runs", 0)
        return
    outcomes = []
    with Worker("lamina", run.folder, patience=300, LAMINA_CACHE="0") as worker:
        for i in range(run.count(20, 200)):
            told = worker.ask("torture.threads", "one", seed=run.seed * 1_000_003 + i)
            raised = told["raised"]
            outcomes.append(
                (f"run {i}", f"{raised}: {told['text']:.100}" if raised else told["returned"])
            )
    yield counted("trainings on 1 to 16 delayed threads with the bits of one", outcomes)


def one(keras: Any, seed: int) -> str | None:
    """What is wrong with one run, if anything: in the worker."""
    if ENGINE_TESTS not in sys.path:
        sys.path.insert(0, ENGINE_TESTS)
    import test_threads as tests

    from lamina.engines.native import scatter
    from lamina.engines.native.tiles import kernel

    kernel.SHARED_CYCLES = scatter.SHARED = 0  # every kernel is shared
    chance = random.Random(seed)
    name = chance.choice(sorted(tests.MODELS))
    want = _kept.get(name)
    if want is None:
        want = _kept[name] = tests._trained(tests.MODELS[name], 1)
    count = chance.randint(1, 16)
    with delays(chance):
        found = tests._trained(tests.MODELS[name], count)
    same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(want, found, strict=True))
    return None if same else f"{name} on {count} threads: other bits"


_kept: dict[str, list[np.ndarray]] = {}


@contextlib.contextmanager
def delays(chance: random.Random) -> Iterator[None]:
    """Within, threads are held up."""
    ended = threading.Event()
    cores = sorted(os.sched_getaffinity(0))
    own = random.Random(chance.random())

    def disturb() -> None:
        while not ended.is_set():
            for text in os.listdir("/proc/self/task"):
                with contextlib.suppress(OSError):
                    where = own.choice([cores, cores[:1], cores[-1:]])
                    os.sched_setaffinity(int(text), where)
                    policy = own.choice([os.SCHED_OTHER, os.SCHED_IDLE, os.SCHED_BATCH])
                    os.sched_setscheduler(int(text), policy, os.sched_param(0))
            time.sleep(own.uniform(0.0, 0.004))
        for text in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(int(text), cores)
                os.sched_setscheduler(int(text), os.SCHED_OTHER, os.sched_param(0))

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""Interleaved rounds over peers, each a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.workloads import Workload

CHECKED_EPOCHS = 3


@dataclass
class Measured:
    """What was found for a peer: all times, the loss that is compared, or why there is none."""

    peer: str
    us: list[float] = field(default_factory=list)
    loss: float | None = None
    predict_us: float | None = None
    start_seconds: float | None = None
    unavailable: str | None = None

    @property
    def median(self) -> float | None:
        """The median time of a step in microseconds."""
        return statistics.median(self.us) if self.us else None


class Worker:
    """A peer's process."""

    def __init__(self, peer: str, workload: str) -> None:
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", peer, workload],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.ready = self._read()
        self.seconds = time.perf_counter() - begin

    def ask(self, **request: int) -> dict[str, Any]:
        """One request and its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        return {"unavailable": "its process ended"}

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()


def measure(workload: Workload, peers: Sequence[str], rounds: int) -> list[Measured]:
    """All peers on one workload."""
    found = [Measured(peer) for peer in peers]
    workers: dict[str, Worker] = {}
    try:
        for m in found:
            worker = Worker(m.peer, workload.name)
            workers[m.peer] = worker
            m.unavailable = worker.ready.get("unavailable")
            if m.unavailable is None:
                m.start_seconds = worker.seconds
                m.loss = worker.ask(check=CHECKED_EPOCHS).get("loss")
                worker.ask(epochs=workload.epochs)  # warms up, compiles
        running = [m for m in found if m.unavailable is None]
        for _ in range(rounds):
            for m in running:
                m.us.append(workers[m.peer].ask(epochs=workload.epochs)["us_per_step"])
        for m in running:
            m.predict_us = workers[m.peer].ask(predict=30).get("us")
    finally:
        for worker in workers.values():
            worker.close()
    return found

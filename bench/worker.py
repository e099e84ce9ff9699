"""One peer in a process of its own: answers a line of JSON to each line on stdin.

    {"prepare": {...a workload}}      -> {"note", "ways"}
    {"check": 3}                      -> {"loss"}
    {"train": 5}                      -> {"seconds", "loss"}
    {"ask": "model(x)", "count": 100} -> {"seconds", "out"}
    {"predict": 100000}               -> {"seconds", "batch", "out"}

Any of them may be answered by {"unavailable": reason}.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.machine import pin
from bench.native import Unavailable
from bench.peers import Peer
from bench.workloads import Workload, from_json

Answer = dict[str, Any]

# Of these the fastest counts, tried on a part of the rows.
BATCHES = (32, 256, 2048, 16384)
TRIED = 20_000


class Server:
    """Holds one peer's current workload."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.peer = Peer()
        self.workload: Workload | None = None
        self.rows = np.zeros((0, 0), "float32")
        self.batch: int | None = None

    def prepare(self, row: Answer) -> Answer:
        """Another workload; the former is forgotten."""
        w = from_json(row)
        self.peer, self.batch = Peer(), None
        gc.collect()
        self.peer = importlib.import_module(f"bench.peers.{self.name}").prepare(w)
        self.workload, self.rows = w, w.sample(1)
        return {"note": self.peer.note, "ways": list(self.peer.forward)}

    def check(self, epochs: int) -> Answer:
        """The loss that peers must agree on; null where it cannot be compared."""
        return {"loss": self.peer.check(epochs) if self.peer.check else None}

    def train(self, epochs: int) -> Answer:
        """Epochs of training."""
        if self.peer.train is None:
            return {"unavailable": "it does not train"}
        found = self.peer.train(epochs)
        return {"seconds": found.seconds, "loss": found.loss}

    def ask(self, way: str, count: int) -> Answer:
        """The same row so many times."""
        forward, row = self.peer.forward[way], self.rows[:1]
        begin = time.perf_counter()
        for _ in range(count):
            out = forward(row)
        return {"seconds": time.perf_counter() - begin, "out": self._first(out)}

    def predict(self, rows: int) -> Answer:
        """So many rows, in batches of the size that suits the peer."""
        if self.peer.predict is None:
            return {"unavailable": "it does not predict"}
        if len(self.rows) != rows:
            assert self.workload is not None
            self.rows = self.workload.sample(rows)
        if self.batch is None:
            self.batch = _best_batch(self.peer.predict, self.rows[:TRIED])
        begin = time.perf_counter()
        out = self.peer.predict(self.rows, self.batch)
        return {
            "seconds": time.perf_counter() - begin,
            "batch": self.batch,
            "out": self._first(out),
        }

    def _first(self, out: np.ndarray) -> list[float] | None:
        return [float(v) for v in out[0]] if self.peer.comparable else None


def _best_batch(predict: Callable[[np.ndarray, int], Any], rows: np.ndarray) -> int:
    def seconds(batch: int) -> float:
        predict(rows, batch)  # compiles
        begin = time.perf_counter()
        predict(rows, batch)
        return time.perf_counter() - begin

    return min(BATCHES, key=seconds)


def answer(server: Server, asked: Answer) -> Answer:
    """What a peer answers to one request."""
    try:
        if "ask" in asked:
            return server.ask(asked["ask"], asked["count"])
        ((name, value),) = asked.items()
        found: Answer = getattr(server, name)(value)
        return found
    except Unavailable as reason:
        return {"unavailable": str(reason)}
    except Exception as error:
        lines = str(error).strip().splitlines()
        return {"unavailable": f"{type(error).__name__}: {lines[0]}" if lines else repr(error)}


def main(name: str, cores: str) -> None:
    """Serves requests on these cores until stdin closes."""
    pin([int(core) for core in cores.split(",")])
    server = Server(name)
    for line in sys.stdin:
        print(json.dumps(answer(server, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

"""One peer on one workload, in a process of its own: answers a line of JSON to each line on stdin.

{"check": 3} -> {"loss": ...}; {"epochs": 5} -> {"us_per_step": ..., "loss": ...};
{"predict": 20} -> {"us": ...}; the first line it writes says how long its import took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.workloads import WORKLOADS

Answer = dict[str, Any]


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = run()
    return time.perf_counter() - begin, result


def answer(peer: Any, steps: int, asked: dict[str, int]) -> Answer:
    """What a peer answers to one request."""
    if "check" in asked:
        return {"loss": peer.check(asked["check"])}
    if "predict" in asked:
        if peer.predict_one is None:
            return {}
        peer.predict_one()
        taken = sorted(_timed(peer.predict_one)[0] for _ in range(asked["predict"]))
        return {"us": taken[len(taken) // 2] * 1e6}
    epochs = max(1, asked["epochs"] // peer.slower)
    seconds, loss = _timed(lambda: peer.train(epochs))
    return {"us_per_step": seconds * 1e6 / (epochs * steps), "loss": loss}


def main(name: str, workload: str) -> None:
    """Serves requests until stdin closes."""
    work = WORKLOADS[workload]
    module = importlib.import_module(f"bench.peers.{name}")
    try:
        seconds, peer = _timed(lambda: module.prepare(work))
    except Exception as error:
        print(json.dumps({"unavailable": str(error) or type(error).__name__}), flush=True)
        return
    print(json.dumps({"prepared": seconds}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(peer, work.steps, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

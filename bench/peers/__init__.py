"""One module a peer: `prepare(workload)` gives a `Peer`. Each runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Rows in, probabilities out, both NumPy's.
Forward = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Trained:
    """What a run of epochs gives: loss of the last one, and the seconds of all."""

    loss: float
    seconds: float


@dataclass(frozen=True)
class Peer:
    """A network with its start weights, ready to train.

    Attributes:
        train: epochs -> result; shuffles each epoch. None for a peer that only predicts.
        check: the loss of the last of these many epochs from the start weights, unshuffled.
        forward: ways to predict a few rows, by the call's spelling.
        predict: (rows, batch) -> probabilities, for many rows.
        note: what was chosen, where there was a choice.
        comparable: it has the start weights, so that others must predict the same.
    """

    train: Callable[[int], Trained] | None = None
    check: Callable[[int], float] | None = None
    forward: Mapping[str, Forward] = field(default_factory=dict)
    predict: Callable[[np.ndarray, int], np.ndarray] | None = None
    note: str = ""
    comparable: bool = True


def timed(train: Callable[[int], float]) -> Callable[[int], Trained]:
    """A training function with the seconds it took."""

    def run(epochs: int) -> Trained:
        begin = time.perf_counter()
        loss = train(epochs)
        return Trained(loss, time.perf_counter() - begin)

    return run


def in_batches(forward: Forward) -> Callable[[np.ndarray, int], np.ndarray]:
    """Predicts many rows by a function of few."""

    def run(x: np.ndarray, batch: int) -> np.ndarray:
        return np.concatenate([forward(x[i : i + batch]) for i in range(0, len(x), batch)])

    return run


def threads() -> int:
    """How many threads this process may use: as many as the cores it is pinned to."""
    from bench.machine import cores

    return len(cores())


def drawn(options: Mapping[str, Any], name: str, what: str) -> Any:
    """A row of a peer's table, or the reason why it cannot take part.

    Raises: Unavailable.
    """
    from bench.native import Unavailable

    if name not in options:
        raise Unavailable(f"{what} has no {name}")
    return options[name]

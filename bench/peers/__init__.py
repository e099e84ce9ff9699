"""One module a peer: `prepare(workload)` gives a `Peer`. Each runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """A trained-up peer.

    Attributes:
        train: epochs -> loss of the last epoch; shuffles each epoch.
        predict_one: one row through the network.
        check: the loss after these many epochs from the start weights, unshuffled.
        slower: by about how many times it is slower than compiled code: it gets fewer epochs.
    """

    train: Callable[[int], float]
    check: Callable[[int], float]
    predict_one: Callable[[], object] | None = None
    slower: int = 1

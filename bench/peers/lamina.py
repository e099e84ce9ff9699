"""lamina, through its public API."""

from __future__ import annotations

from bench.peers import Peer
from bench.peers.keras_api import prepare_with
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import lamina

    return prepare_with(lamina, w)

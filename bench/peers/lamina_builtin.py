"""lamina on a workload of a user's own parts, with built-in parts in their place."""

from __future__ import annotations

from bench.native import Unavailable
from bench.peers import Peer
from bench.peers.keras_api import prepare_with
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    if not w.own:
        raise Unavailable("the workload has built-in parts only")
    import lamina

    return prepare_with(lamina, w, own=False)

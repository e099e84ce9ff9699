"""PyTorch with torch.compile."""

from __future__ import annotations

from bench.peers import Peer, pytorch
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import torch

    torch.compiler.reset()
    return pytorch.prepare(w, compiled=True)

"""Keras on tensorflow."""

from __future__ import annotations

import os

from bench.peers import Peer
from bench.peers.keras_api import prepare_with
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    return prepare_with(keras, w, 600)

"""Keras on JAX; XLA sizes its threads by the cores it is pinned to."""

from __future__ import annotations

import os

from bench.peers import Peer
from bench.peers.keras_api import prepare_with
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    keras.backend.clear_session()
    return prepare_with(keras, w)

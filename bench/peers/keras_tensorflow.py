"""Keras on TensorFlow, with as many threads as cores."""

from __future__ import annotations

import os

from bench.peers import Peer, threads
from bench.peers.keras_api import prepare_with
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() != threads():
        tf.config.threading.set_intra_op_parallelism_threads(threads())
        tf.config.threading.set_inter_op_parallelism_threads(threads())
    import keras

    keras.backend.clear_session()
    return prepare_with(keras, w)

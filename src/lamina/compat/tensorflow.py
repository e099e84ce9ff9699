"""The few names of TensorFlow outside `tensorflow.keras` that programs for Keras use."""

from __future__ import annotations

import random

import numpy as np

from lamina.random import set_random_seed


def set_seed(seed: int) -> None:
    """`tf.random.set_seed`: seeds lamina's streams; Python's and NumPy's go on as they were."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    set_random_seed(seed)
    random.setstate(python_state)
    np.random.set_state(numpy_state)

"""Numbers as older Keras took them: NumPy's where Python's are meant, and halves of a step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Numbers of batches: older Keras went on until it had done at least so many.
STEPS = frozenset(
    ("steps_per_epoch", "validation_steps", "steps", "samples_per_epoch", "nb_val_samples",
     "val_samples")
)  # fmt: skip
# Sizes, of which older Keras took the whole part.
SIZES = frozenset(
    ("units", "filters", "input_dim", "output_dim", "epochs", "nb_epoch", "nb_filter", "nb_row",
     "nb_col", "filter_length", "batch_size")
)  # fmt: skip


def plain(value: Any, name: str = "") -> Any:
    """A number of NumPy's as Python's, alone or in a tuple or list; a float as the whole number
    that an argument of this name has to be.
    """
    if isinstance(value, np.number) and not isinstance(value, np.complexfloating):
        value = value.item()
    elif isinstance(value, tuple | list) and any(isinstance(v, np.number) for v in value):
        return type(value)(map(plain, value)) if type(value) in (tuple, list) else value
    if isinstance(value, float) and math.isfinite(value):
        if name in STEPS:
            return math.ceil(value)
        if name in SIZES:
            return int(value)
    return value

"""lamina.utils: small helpers of Keras' API."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.callbacks.progress import Progbar
from lamina.data.py_dataset import PyDataset
from lamina.naming import reset_names as clear_session
from lamina.random import set_random_seed
from lamina.registry import names_only
from lamina.utils.categories import normalize, to_categorical

# The name of older Keras.
Sequence = PyDataset

# What is imported when it is asked for.
LATER = {
    "get_file": "lamina.utils.cached_files",
}

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "get_file",
    "normalize",
    "set_random_seed",
    "to_categorical",
]

_missing = names_only("lamina.utils", __all__)


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(importlib.import_module(LATER[name]), name)
    return _missing(name)

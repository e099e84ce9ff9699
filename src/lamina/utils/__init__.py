"""lamina.utils: small helpers of Keras' API."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.callbacks.progress import Progbar
from lamina.data.py_dataset import PyDataset
from lamina.naming import clear_session
from lamina.random import set_random_seed
from lamina.registry import names_only
from lamina.utils.categories import normalize, to_categorical

# The name of older Keras.
Sequence = PyDataset

# What is imported when it is asked for.
LATER = {
    "array_to_img": "lamina.preprocessing.image",
    "get_file": "lamina.utils.cached_files",
    "image_dataset_from_directory": "lamina.preprocessing",
    "img_to_array": "lamina.preprocessing.image",
    "load_img": "lamina.preprocessing.image",
    "model_to_dot": "lamina.inspect.diagram.plot",
    "pad_sequences": "lamina.preprocessing.sequence",
    "plot_model": "lamina.inspect.diagram.plot",
    "save_img": "lamina.preprocessing.image",
    "text_dataset_from_directory": "lamina.preprocessing",
    "timeseries_dataset_from_array": "lamina.preprocessing",
}

__all__ = [
    "Progbar", "PyDataset", "Sequence", "clear_session", "normalize", "set_random_seed",
    "to_categorical", *LATER,
]  # fmt: skip

_missing = names_only("lamina.utils", __all__)


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(importlib.import_module(LATER[name]), name)
    return _missing(name)

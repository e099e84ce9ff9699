"""lamina.utils: small helpers of Keras' API."""

from lamina.callbacks.progress import Progbar
from lamina.data.py_dataset import PyDataset
from lamina.naming import reset_names as clear_session
from lamina.random import set_random_seed
from lamina.registry import names_only
from lamina.utils.categories import normalize, to_categorical

# The name of older Keras.
Sequence = PyDataset

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "normalize",
    "set_random_seed",
    "to_categorical",
]

__getattr__ = names_only("lamina.utils", __all__)

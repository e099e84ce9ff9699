"""lamina.preprocessing: what turns texts, pictures and series into arrays and batches.

text       Tokenizer, text_to_word_sequence, one_hot, hashing_trick
sequence   pad_sequences, skipgrams, make_sampling_table, TimeseriesGenerator
image      ImageDataGenerator, load_img, img_to_array, ...
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.registry import names_only

_MODULES = ("image", "sequence", "text")
LATER = {
    "audio_dataset_from_directory": "lamina.preprocessing.audio_folders",
    "image_dataset_from_directory": "lamina.preprocessing.image_folders",
    "text_dataset_from_directory": "lamina.preprocessing.text_folders",
    "timeseries_dataset_from_array": "lamina.preprocessing.windows",
}
__all__ = [*_MODULES, *LATER]

_missing = names_only("lamina.preprocessing", __all__)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"lamina.preprocessing.{name}")
    if name in LATER:
        return getattr(importlib.import_module(LATER[name]), name)
    return _missing(name)


def __dir__() -> list[str]:
    return list(__all__)

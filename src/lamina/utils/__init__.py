"""lamina.utils: small helpers of Keras' API."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.backend import is_keras_tensor, standardize_dtype
from lamina.callbacks.progress import Progbar
from lamina.data.py_dataset import PyDataset
from lamina.naming import clear_session
from lamina.random import set_random_seed
from lamina.registry import names_only
from lamina.settings import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from lamina.utils.categories import normalize, to_categorical

# The name of older Keras.
Sequence = PyDataset

# What is imported when it is asked for.
LATER = {
    "Config": "lamina.utils.config_dictionary",
    "CustomObjectScope": "lamina.custom_objects",
    "FeatureSpace": "lamina.utils.feature_space",
    "array_to_img": "lamina.preprocessing.image",
    "audio_dataset_from_directory": "lamina.preprocessing",
    "bounding_boxes": "lamina.utils.bounding_boxes",
    "custom_object_scope": "lamina.custom_objects",
    "deserialize_keras_object": "lamina.configurations",
    "get_custom_objects": "lamina.custom_objects",
    "get_file": "lamina.utils.cached_files",
    "get_registered_name": "lamina.custom_objects",
    "get_registered_object": "lamina.custom_objects",
    "get_source_inputs": "lamina.utils.source_inputs",
    "image_dataset_from_directory": "lamina.preprocessing",
    "img_to_array": "lamina.preprocessing.image",
    "load_img": "lamina.preprocessing.image",
    "model_to_dot": "lamina.inspect.diagram.plot",
    "pack_x_y_sample_weight": "lamina.data.batch_parts",
    "pad_sequences": "lamina.preprocessing.sequence",
    "plot_model": "lamina.inspect.diagram.plot",
    "register_keras_serializable": "lamina.custom_objects",
    "serialize_keras_object": "lamina.configurations",
    "save_img": "lamina.preprocessing.image",
    "split_dataset": "lamina.utils.dataset_split",
    "text_dataset_from_directory": "lamina.preprocessing",
    "timeseries_dataset_from_array": "lamina.preprocessing",
    "unpack_x_y_sample_weight": "lamina.data.batch_parts",
}

__all__ = [
    "Progbar", "PyDataset", "Sequence", "clear_session", "disable_interactive_logging",
    "enable_interactive_logging", "is_interactive_logging_enabled", "is_keras_tensor", "normalize",
    "set_random_seed", "standardize_dtype", "to_categorical", *LATER,
]  # fmt: skip

_missing = names_only("lamina.utils", __all__)


def __getattr__(name: str) -> Any:
    if name == "bounding_boxes":
        return importlib.import_module(LATER[name])
    if name in LATER:
        return getattr(importlib.import_module(LATER[name]), name)
    return _missing(name)

"""lamina.saving: models and weights in files, and everything as configurations."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.registry import names_only

# What is imported when it is asked for.
_HOMES = {
    "CustomObjectScope": "lamina.custom_objects",
    "custom_object_scope": "lamina.custom_objects",
    "deserialize_keras_object": "lamina.configurations",
    "get_custom_objects": "lamina.custom_objects",
    "get_registered_name": "lamina.custom_objects",
    "get_registered_object": "lamina.custom_objects",
    "load_model": "lamina.saving.files",
    "load_weights": "lamina.saving.files",
    "model_from_json": "lamina.saving.files",
    "register_keras_serializable": "lamina.custom_objects",
    "save_model": "lamina.saving.files",
    "save_weights": "lamina.saving.files",
    "serialize_keras_object": "lamina.configurations",
}

__all__ = sorted(_HOMES)

_missing = names_only("lamina.saving", __all__)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    return _missing(name)


def __dir__() -> list[str]:
    return __all__

"""lamina.models: Model, Functional, Sequential; and how models are loaded and copied."""

from typing import Any

from lamina.layers.serialization import FINDERS
from lamina.models.functional import CallGraph
from lamina.models.model import Functional, Model
from lamina.models.sequential import Sequential
from lamina.registry import names_only

# What is imported when it is asked for.
_LATER = {
    "clone_model": "lamina.models.cloning",
    "load_model": "lamina.saving.files",
    "model_from_config": "lamina.configurations",
    "model_from_json": "lamina.saving.files",
    "save_model": "lamina.saving.files",
}

__all__ = ["CallGraph", "Functional", "Model", "Sequential", *_LATER]

FINDERS.append({"Functional": Functional, "Model": Model, "Sequential": Sequential}.get)

_missing = names_only("lamina.models", __all__)


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        return _missing(name)
    import importlib

    inner = "deserialize_keras_object" if name == "model_from_config" else name
    return getattr(importlib.import_module(_LATER[name]), inner)

"""Layers as configurations, and back: what a layer that holds others writes of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from lamina.errors import ArgumentError, nearest
from lamina.layers.base import Layer


def serialize(layer: Any) -> dict[str, Any]:
    """The configuration from which `deserialize` makes an equal layer."""
    cls = type(layer)
    own = cls.__module__.startswith("lamina.")
    config = {
        "module": "keras.layers" if own else cls.__module__,
        "class_name": cls.__name__,
        "config": layer.get_config(),
        "registered_name": None if own else cls.__name__,
    }
    build = layer.get_build_config() if isinstance(layer, Layer) else None
    return config if build is None else {**config, "build_config": build}


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer that a configuration describes.

    A class of the user's own is found in `custom_objects`, or where it was defined if that module
    is loaded. Raises: ArgumentError for a class that is not found.
    """
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise ArgumentError(
            "keras.layers.deserialize", "needs a dictionary with 'class_name' and 'config'",
            f"{config!r:.80}", "pass what keras.layers.serialize returned",
        )  # fmt: skip
    cls = _class_of(config, custom_objects or {})
    layer: Any = cls.from_config(dict(config["config"]))
    return layer


def _class_of(config: Mapping[str, Any], custom_objects: Mapping[str, Any]) -> Any:
    from lamina import layers

    name, module = config["class_name"], str(config.get("module", ""))
    if name in custom_objects:
        return custom_objects[name]
    ours = not module or module.startswith(("keras", "lamina"))
    place = layers if ours else sys.modules.get(module)
    found = getattr(place, name, None) if not ours or name in dir(layers) else None
    if isinstance(found, type) and hasattr(found, "from_config"):
        return found
    raise ArgumentError(
        "keras.layers.deserialize", "found no class of this name", f"{module}.{name}",
        f"pass custom_objects={{{name!r}: the class}}"
        if not ours else f"did you mean {nearest(str(name), dir(layers))[0]}?",
    )  # fmt: skip

"""Layers as configurations, and back: what a layer that holds others writes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina import custom_objects as own
from lamina.errors import ArgumentError, nearest
from lamina.layers.base import Layer

# Keras' modules of layers and models, by the beginning of the path of our own.
MODULES = {
    "lamina.layers": "keras.layers", "lamina.compat": "keras.layers", "lamina.utils": "keras.utils",
}  # fmt: skip
MODELS = {"Functional": "keras.src.models.functional", "Sequential": "keras", "Model": "keras"}
# How models are found, and layers of older Keras: set by the packages that have them.
# Arguments of Keras' layers that lamina leaves out, and that files have as None.
LEFT_OUT = {"quantization_config", "gptq_unpacked_column_size", "lora_rank", "lora_alpha"}
# Classes whose public name is another.
PUBLIC = {"GroupedQueryAttention": "GroupQueryAttention"}
FINDERS: list[Callable[[str], Any]] = []


def serialize(layer: Any) -> dict[str, Any]:
    """The configuration from which `deserialize` makes an equal layer or model."""
    cls = type(layer)
    module = _module_of(cls)
    if module is None:
        own.note_written(cls, cls.__module__)
    config = {
        "module": module or cls.__module__,
        "class_name": PUBLIC.get(cls.__name__, cls.__name__) if module else cls.__name__,
        "config": layer.get_config(),
        "registered_name": None if module else own.get_registered_name(cls),
    }
    for key in ("build_config", "compile_config"):
        says = getattr(layer, f"get_{key}", None)
        found = says() if says is not None else None
        if found:
            config[key] = found
    return config


def _module_of(cls: type) -> str | None:
    """Keras' module of a class of ours; None for one of the user's."""
    if cls.__module__.startswith("lamina.models."):
        return MODELS.get(cls.__name__)
    return next((keras for ours, keras in MODULES.items() if cls.__module__.startswith(ours)), None)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer or model that a configuration describes, built and compiled as it says.

    A class of the user's own is found in `custom_objects`, in a scope, if it is registered, or if
    this process wrote it. Raises: ArgumentError for a class that is not found.
    """
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise ArgumentError(
            "keras.layers.deserialize", "needs a dictionary with 'class_name' and 'config'",
            f"{config!r:.80}", "pass what keras.layers.serialize returned",
        )  # fmt: skip
    cls = class_of(config, custom_objects)
    if not isinstance(config["config"], Mapping):
        raise ArgumentError(
            cls.__name__, "needs a dictionary of its arguments as configuration",
            f"{config['config']!r:.80}", "pass what get_config() returned",
        )  # fmt: skip
    with own.CustomObjectScope(custom_objects or {}):
        inner = dict(config["config"])
        if cls.__module__.startswith("lamina."):
            inner = offered(inner)
        layer: Any = cls.from_config(inner)
        _finish(layer, config)
    return layer


def offered(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without what lamina leaves out, where that is not asked for."""
    return {key: v for key, v in config.items() if key not in LEFT_OUT or v is not None}


def _finish(layer: Any, config: Mapping[str, Any]) -> None:
    """Builds and compiles what was made."""
    build = config.get("build_config")
    if build and not layer.built:
        layer.build_from_config(build)
    if config.get("compile_config"):
        layer.compile_from_config(config["compile_config"])


def class_of(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> Any:
    """The class that a configuration names.

    Raises: ArgumentError for one that is not found.
    """
    name, module = config["class_name"], config.get("module")
    found = own.find(config, custom_objects)
    ours = not module or str(module).split(".")[0] in ("keras", "lamina", "tensorflow", "tf_keras")
    if found is None and ours and isinstance(name, str):
        found = _public(name)
    if isinstance(found, type) and hasattr(found, "from_config"):
        return found
    raise ArgumentError(
        "keras.layers.deserialize", "found no class of this name", f"{module}.{name}"[:200],
        f"pass custom_objects={{{name!r}: the class}}"
        if not ours else f"did you mean {nearest(str(name), _names())[0]}?",
    )  # fmt: skip


def _names() -> list[str]:
    from lamina import layers

    return dir(layers)


def _public(name: str) -> Any:
    """A layer of Keras, or what one of `FINDERS` knows."""
    from lamina import layers

    name = PUBLIC.get(name, name)
    if name in dir(layers):
        found = getattr(layers, name)
        return found if isinstance(found, type) and issubclass(found, Layer) else None
    return next((found for finder in FINDERS if (found := finder(name)) is not None), None)

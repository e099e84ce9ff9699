"""Everything as a configuration in Keras' form, and back.

    {"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": None}

Names in a configuration are looked up in tables of lamina's own classes, then among what the user
made known (`custom_objects`); nothing is imported or called because a text says so.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lamina import custom_objects as own
from lamina.errors import ArgumentError, UnsupportedError, nearest
from lamina.graph import policies
from lamina.graph.tensor import Tensor
from lamina.layers import serialization as layers
from lamina.layers.base import Layer
from lamina.layers.function_configs import code_allowed, config_of, function_of

# What is written as it is.
_PLAIN = (str, int, float, bool, type(None))
# Kinds of objects: our package, Keras' module.
_KINDS = {
    "losses": "keras.losses", "metrics": "keras.metrics", "optimizers": "keras.optimizers",
    "optimizers.schedules": "keras.optimizers.schedules", "initializers": "keras.initializers",
    "regularizers": "keras.regularizers", "constraints": "keras.constraints",
    "activations": "keras.activations",
}  # fmt: skip


def serialize_keras_object(obj: Any) -> Any:
    """What `deserialize_keras_object` makes an equal object of: numbers, texts, lists, dicts.

    Raises: UnsupportedError for an object without `get_config`.
    """
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, list | tuple):
        items = [serialize_keras_object(item) for item in obj]
        return items if isinstance(obj, list) else tuple(items)
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    special = _special(obj)
    return special if special is not None else _described(obj)


def _special(obj: Any) -> dict[str, Any] | None:
    """The configuration of what is no object of a class with a configuration."""
    if isinstance(obj, slice):
        return _named("__slice__", start=obj.start, stop=obj.stop, step=obj.step)
    if obj is Ellipsis:
        return _named("__ellipsis__")
    if isinstance(obj, bytes):
        return _named("__bytes__", value=obj.decode("utf-8", "backslashreplace"))
    if isinstance(obj, Tensor):
        return _named("__tensor__", value=np.asarray(obj).tolist(), dtype=str(obj.dtype))
    if isinstance(obj, np.ndarray):
        return _named("__numpy__", value=obj.tolist(), dtype=obj.dtype.name)
    return None


def _named(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": name, "config": config}


def _described(obj: Any) -> Any:
    if isinstance(obj, policies.DTypePolicy):
        return policies.serialize(obj)
    if isinstance(obj, Layer):
        return serialize_keras_object(layers.serialize(obj))
    if isinstance(obj, types.FunctionType | types.BuiltinFunctionType):
        return config_of(obj)
    if isinstance(obj, type):
        own.note_written(obj, obj.__module__)
        return own.get_registered_name(obj)
    if not hasattr(obj, "get_config"):
        raise UnsupportedError(
            "serialize_keras_object", "needs objects with a get_config method",
            f"{obj!r:.80} of type {type(obj).__name__}", "define get_config(self) in its class",
        )  # fmt: skip
    cls = type(obj)
    module = _keras_module(cls)
    if module is None:
        own.note_written(cls, cls.__module__)
    return {
        "module": module or cls.__module__, "class_name": cls.__name__,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": None if module else own.get_registered_name(cls),
    }  # fmt: skip


def _keras_module(cls: type) -> str | None:
    """Keras' module of a class of ours; None for one of the user's."""
    if not cls.__module__.startswith("lamina."):
        return None
    kinds = sorted(_KINDS, key=len, reverse=True)
    found = next((k for k in kinds if cls.__module__.startswith(f"lamina.{k}")), None)
    return _KINDS[found] if found else "keras"


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    **kwargs: Any,
) -> Any:
    """The object that a configuration describes; plain values as they are.

    Args:
        custom_objects: name -> class or function of your own.
        safe_mode: False runs the code of lambdas that the configuration holds.
        module_objects: more names, as Keras 2 had them.

    Raises: ArgumentError, UnsupportedError for what is not known.
    """
    objects = {**(kwargs.pop("module_objects", None) or {}), **(custom_objects or {})}
    kwargs.pop("printable_module_name", None)
    if kwargs:
        raise ArgumentError(
            "deserialize_keras_object", "does not know this argument", ", ".join(kwargs),
            "leave it out",
        )  # fmt: skip
    if safe_mode:
        with own.CustomObjectScope(objects):
            return _made(config)
    with own.CustomObjectScope(objects), code_allowed(names_of_lambdas()):
        return _made(config)


def names_of_lambdas() -> dict[str, Any]:
    """What the code of lambdas may call by name, as programs import it."""
    import builtins

    import lamina
    from lamina import layers, ops
    from lamina.compat import backend, installed

    found = {
        "__builtins__": builtins, "keras": lamina, "lamina": lamina, "np": np, "numpy": np,
        "ops": ops, "layers": layers, "K": backend, "backend": backend,
    }  # fmt: skip
    return {**found, "tf": backend.tf} if installed() else found


def _made(config: Any) -> Any:
    if isinstance(config, str):
        found = own.lookup(config)
        return config if found is None else found
    if isinstance(config, list | tuple):
        return [_made(item) for item in config]
    if not isinstance(config, Mapping):
        return config
    name = config.get("class_name")
    if not isinstance(name, str) or "config" not in config:
        return {key: _made(value) for key, value in config.items()}
    if name in ("function", "__lambda__"):
        return _function(config)
    if name.startswith("__"):
        return special_value(config)
    return _object(config)


def _function(config: Mapping[str, Any]) -> Any:
    from lamina import losses, metrics

    name = config["config"]
    found = own.find(config) if config["class_name"] == "function" else None
    tables = (losses.REGISTRY.table, metrics.REGISTRY.table, metrics._NAMED.table)
    for table in tables if found is None else ():
        if isinstance(name, str) and isinstance(table.get(name), types.FunctionType):
            return table[name]
    return function_of(config)


def special_value(config: Mapping[str, Any]) -> Any:
    """The value of a configuration whose class is no class."""
    name, inner = config["class_name"], config["config"]
    read = _SPECIAL.get(name)
    if read is None or not isinstance(inner, Mapping):
        raise ArgumentError(
            "a configuration", "has a value of an unknown kind", repr(name),
            f"the kinds are {', '.join(_SPECIAL)}",
        )  # fmt: skip
    return read(inner)


_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "__slice__": lambda c: slice(*(_made(c.get(key)) for key in ("start", "stop", "step"))),
    "__ellipsis__": lambda c: Ellipsis,
    "__bytes__": lambda c: str(c["value"]).encode(),
    "__numpy__": lambda c: np.array(c["value"], dtype=policies_dtype(c)),
    "__tensor__": lambda c: _tensor(c),
    "__tuple__": lambda c: tuple(_made(list(c["value"]))),
}  # fmt: skip


def policies_dtype(config: Mapping[str, Any]) -> np.dtype[Any]:
    """The dtype that a configuration names: of numbers or texts, never of Python objects."""
    dtype = np.dtype(str(config.get("dtype", "float32")))
    if dtype.hasobject or dtype.kind not in "biufUS":
        raise ArgumentError(
            "a configuration", "has an array of a dtype that is none of numbers", str(dtype),
            "write the array as numbers",
        )  # fmt: skip
    return dtype


def _tensor(config: Mapping[str, Any]) -> Any:
    from lamina import ops

    return ops.convert_to_tensor(np.array(config["value"], dtype=policies_dtype(config)))


def _object(config: Mapping[str, Any]) -> Any:
    """The object of a configuration with a class."""

    name, module = config["class_name"], str(config.get("module") or "")
    cls = own.find(config)
    if cls is None and name in ("DTypePolicy", "FloatDTypePolicy", "Policy"):
        return policies.deserialize(dict(config))
    if cls is None:
        cls = _public(name, module)
    if cls is None or issubclass(cls, Layer):
        return layers.deserialize(config)
    return cls.from_config(dict(config["config"]))


def _public(name: str, module: str) -> Any:
    """A class of ours that is no layer, by its name in the table of its kind; None if none is."""
    import importlib

    parts = [part for part in module.split(".") if part not in ("src", "engine", "python")]
    kinds = [kind for kind in _KINDS if kind.split(".")[0] in parts]
    for kind in sorted(kinds, key=len, reverse=True):
        table = importlib.import_module(f"lamina.{kind}").REGISTRY.table
        found = table.get(name, table.get(name.lower()))
        if isinstance(found, type):
            return found
    if kinds:
        names = importlib.import_module(f"lamina.{kinds[0]}").REGISTRY.table
        raise ArgumentError(
            "a configuration", "names a class that is not known", f"{module}.{name}"[:200],
            f"pass custom_objects={{{name!r}: the class}}; near is {nearest(name, names)[0]}",
        )  # fmt: skip
    return None


def _older(name: str) -> Any:
    """A layer that only Keras 1 and 2 had."""
    from lamina.compat import layers as older
    from lamina.compat import local, merge

    for module in (older, local, merge):
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, Layer):
            return found
    return None


def _of_tables(name: str) -> Any:
    """What encodes tables, by the names in Keras' files."""
    from lamina.layers import Identity
    from lamina.utils import FeatureSpace

    return {"FeatureSpace": FeatureSpace, "TFDIdentity": Identity}.get(name)


layers.FINDERS += [_older, _of_tables]

"""What layers of the user's were made with: a configuration for classes that do not write one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lamina.errors import UnsupportedError
from lamina.graph.structure import flatten

_PLAIN = (str, int, float, bool, type(None))
# What every layer takes; a class may leave it to its base.
_BASIC = ("name", "trainable", "dtype")


def noting(init: Callable[..., None]) -> Callable[..., None]:
    """An `__init__` that keeps its arguments first, those of the outermost class."""

    @functools.wraps(init)
    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        if "_given" not in self.__dict__:
            self.__dict__["_given"] = given_arguments(init, args, kwargs)
        init(self, *args, **kwargs)

    return noted


def given_arguments(
    init: Callable[..., None], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The arguments by name, defaults included; None if they are no numbers, texts or lists of
    these, or cannot be given by name.
    """
    signature = inspect.signature(init)
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    found: dict[str, Any] = {}
    for name, parameter in list(signature.parameters.items())[1:]:
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= value
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            if value:
                return None
        else:
            found[name] = value
    plain = all(isinstance(leaf, _PLAIN) for leaf in flatten(found))
    return {k: v for k, v in found.items() if k not in _BASIC} if plain else None


def own_arguments(layer: Any) -> dict[str, Any]:
    """What `get_config` adds for a class of the user's that does not define it.

    Raises: UnsupportedError if the arguments are not known.
    """
    cls = type(layer)
    says = next(c for c in cls.__mro__ if "get_config" in c.__dict__)
    if cls.__module__.startswith("lamina.") or says.__name__ not in ("Layer", "Model") or (
        not says.__module__.startswith("lamina.")
    ):  # fmt: skip
        return {}
    given: dict[str, Any] | None = layer.__dict__.get("_given", {})
    if given is None:
        raise UnsupportedError(
            f"{cls.__name__}.get_config", "does not know how to make an equal layer",
            "arguments that are more than numbers, texts and lists of them",
            "define get_config(self) in the class; return {**super().get_config(), ...}",
        )  # fmt: skip
    return given


def made_from(cls: Any, config: Mapping[str, Any]) -> Any:
    """The layer of a configuration; what its class leaves to its base is set afterwards."""
    parameters = inspect.signature(cls.__init__).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return cls(**config)
    left = [key for key in _BASIC if key in config and key not in parameters]
    layer = cls(**{key: value for key, value in config.items() if key not in left})
    if "name" in left:
        layer.name = config["name"]
    if "trainable" in left:
        layer.trainable = config["trainable"]
    return layer

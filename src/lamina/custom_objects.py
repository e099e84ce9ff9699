"""Classes and functions of the user's own, by the names that configurations have for them.

A configuration names a class; which class that is, is never looked up by importing anything. Own
classes are found, in this order: in the `custom_objects` of a call, in the scopes that are open,
among those registered, and among those that this process itself has written into a configuration.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

from lamina.errors import ArgumentError, ArgumentTypeError

Object = TypeVar("Object")

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_global: dict[str, Any] = {}
_written: dict[tuple[str, str], Any] = {}
_scopes: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("scopes", default=())


class CustomObjectScope:
    """Within it, configurations find these classes and functions by their names.

    Args:
        custom_objects: name -> class or function. more: further dictionaries.

    Raises: ArgumentTypeError for anything else.
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None, *more: Any) -> None:
        for given in (custom_objects, *more):
            if not isinstance(given, Mapping | None):
                raise ArgumentTypeError(
                    "custom_object_scope", "needs a dictionary from names to classes or functions",
                    f"{given!r:.60}", "pass {'MyLayer': MyLayer}",
                )  # fmt: skip
        self._objects = {
            k: v for given in (custom_objects, *more) for k, v in (given or {}).items()
        }

    def __enter__(self) -> CustomObjectScope:
        self._token = _scopes.set((self._objects, *_scopes.get()))
        return self

    def __exit__(self, *error: Any) -> None:
        _scopes.reset(self._token)


custom_object_scope = CustomObjectScope


def get_custom_objects() -> dict[str, Any]:
    """The dictionary of own objects that are known everywhere; it may be changed."""
    return _global


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Object], Object]:
    """A decorator: configurations and files find the class or function as "package>name".

    Args:
        package: a name for what belongs together. name: default that of the class.

    Raises: ArgumentError for a class without `get_config`.
    """

    def register(thing: Object) -> Object:
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ArgumentError(
                "register_keras_serializable", "needs a class with a get_config method",
                thing.__name__, "define get_config(self), or derive it from keras.layers.Layer",
            )  # fmt: skip
        full = f"{package}>{name or getattr(thing, '__name__', type(thing).__name__)}"
        _registered[full] = thing
        _names[thing] = full
        return thing

    return register


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function is registered, or its own."""
    found = _names.get(obj) if getattr(obj, "__hash__", None) else None
    return found or str(getattr(obj, "__name__", obj))


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The own class or function of this name, None if there is none."""
    return lookup(name, custom_objects) or (module_objects or {}).get(name)


def lookup(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """What was given, is in scope, or is registered under this name; None if nothing is."""
    for known in (custom_objects or {}, *_scopes.get(), _global, _registered):
        if name in known:
            return known[name]
    return None


def note_written(thing: Any, module: str) -> None:
    """This class or function stands in a configuration that this process wrote."""
    _written[(module, get_registered_name(thing))] = thing


def find(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The user's class or function that a configuration names; None if it is not known here."""
    function = config["class_name"] == "function"
    name = config["config"] if function else config["class_name"]
    names = [n for n in (config.get("registered_name"), name) if isinstance(n, str)]
    for key in (*names, f"Custom>{name}"):
        if not (function and key == "function") and (found := lookup(key, custom_objects)):
            return found
    module = "builtins" if function else str(config.get("module"))
    return next((_written[module, n] for n in names if (module, n) in _written), None)

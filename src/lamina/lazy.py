"""Packages whose modules are imported when a name of theirs is first used (PEP 562).

Such a package says in its `__init__.pyi` what it offers, for readers of types and for Python alike:

    from lamina.layers.convolution import Conv2D as Convolution2D
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from lamina.registry import names_only


def lazily(package: str, file: str) -> tuple[Callable[[str], Any], list[str]]:
    """The `__getattr__` and `__all__` of a package, given its `__name__` and `__file__`.

    A name is imported once, and then there. Modules of the package are found too; anything else is
    a MissingNameError that lists the nearest names.
    """
    homes = _homes(package, file)
    refuse = names_only(package, sorted(homes))

    def find(name: str) -> Any:
        if name not in homes:
            found = None if name.startswith("__") else _module(f"{package}.{name}")
            return found or refuse(name)
        module, inner = homes[name]
        value = getattr(importlib.import_module(module), inner)
        setattr(sys.modules[package], name, value)
        return value

    return find, sorted(homes)


def _homes(package: str, file: str) -> dict[str, tuple[str, str]]:
    """By name the module that defines it, and its name there; modules of the package itself are
    not among its names.
    """
    with open(f"{os.path.splitext(file)[0]}.pyi", encoding="utf-8") as stub:
        words = [line.split() for line in stub if line.startswith("from ")]
    return {public: (home, name) for _, home, _, name, _, public in words if home != package}


def _module(path: str) -> Any:
    """The module of this path, None if there is none."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        return None

"""The dictionary of measured quantities that callbacks receive and `History` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np


class Logs(dict[str, Any]):
    """A dict by name of quantity; a name that is missing is looked up under its other names.

    `aliases` (name -> names of the same quantity) is empty unless the compatibility layer fills
    it, so that `history["acc"]` finds "accuracy" in programs of older Keras. What is iterated over
    are the real names only.
    """

    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def real_name(self, name: str) -> str | None:
        """The key under which the quantity of this name stands, or None."""
        if dict.__contains__(self, name) or not isinstance(name, str):
            return name if isinstance(name, str) else None
        for old, others in self.aliases.items():
            prefix = name.removesuffix(old)  # "val_", the name of an output, or both
            if name.endswith(old) and (not prefix or prefix.endswith("_")):
                found = (prefix + other for other in others)
                return next((o for o in found if dict.__contains__(self, o)), None)
        return None

    def __missing__(self, name: str) -> Any:
        real = self.real_name(name)
        if real is None:
            raise KeyError(name)
        return dict.__getitem__(self, real)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.real_name(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The value under this or another name of the quantity, else `default`."""
        real = self.real_name(name)
        return default if real is None else dict.__getitem__(self, real)


def python_logs(logs: Mapping[str, Any] | None) -> Logs:
    """A copy in order of names, nested dicts flattened, numbers as Python floats; other values as
    they are.
    """
    flat = Logs()
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, Mapping):
            flat.update(python_logs(value))
        elif type(value) is float:
            flat[name] = value
        else:
            flat[name] = _number(value)
    return flat


def _number(value: Any) -> Any:
    """A float of a number or of a tensor without axes; anything else, such as outputs, itself."""
    if isinstance(value, str) or not (isinstance(value, int) or getattr(value, "shape", 0) == ()):
        return value
    return float(np.asarray(value))

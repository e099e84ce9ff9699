"""Another name of the ops, Keras' for those of NumPy: `ops.numpy.mean` is `ops.mean`."""

from __future__ import annotations

from typing import Any

from lamina import ops


def __getattr__(name: str) -> Any:
    return getattr(ops, name)


def __dir__() -> list[str]:
    return dir(ops)

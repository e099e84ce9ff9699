"""Initializer: (shape, dtype) -> the first value of a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import UnsupportedError
from lamina.graph.tensor import Tensor


class Initializer:
    """Base of all initializers. A subclass defines `__call__(shape, dtype=None)`."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """A tensor of this shape and dtype (default floatx). Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what it makes", "a class without `__call__`",
            "define __call__(self, shape, dtype=None)",
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The initializer that `get_config` describes."""
        return cls(**config)

    def clone(self) -> Any:
        """An equal initializer with a state of its own."""
        return type(self).from_config(self.get_config())

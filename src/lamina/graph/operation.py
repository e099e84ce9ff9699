"""Operation: a function with a name that is recorded when it is called on symbolic tensors."""

from __future__ import annotations

from typing import Any

from lamina.errors import UnsupportedError
from lamina.graph import symbolic
from lamina.left_out import LeavesOut
from lamina.naming import auto_name


class Operation(LeavesOut):
    """Base of one's own operations without weights. A subclass defines `call` with lamina.ops.

    Args:
        name: default the class name in snake case, numbered.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or auto_name(self)
        self._calls: list[symbolic.Call] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not symbolic.is_symbolic(args, kwargs):
            return self.call(*args, **kwargs)
        return self.symbolic_call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic results for symbolic arguments; the call is recorded."""
        return symbolic.record(self, args, kwargs, self.call)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What it computes, written with lamina.ops. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what it computes", "a class without `call`",
            "define call(self, x)",
        )  # fmt: skip

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of the results' shapes and dtypes."""
        return symbolic.output_spec(self.call, args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal operation. Override it if there are more."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The operation that `get_config` describes."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<Operation name={self.name}>"

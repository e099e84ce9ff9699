"""StatelessScope: variables have given values and assignments go to the scope, not to them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lamina.graph.tensor import Tensor

if TYPE_CHECKING:
    from lamina.graph.variable import Variable

_local = threading.local()


def current() -> StatelessScope | None:
    """The innermost scope of this thread, or None."""
    return getattr(_local, "scope", None)


class StatelessScope:
    """While it is entered, reading a variable gives its value in the scope, `assign` changes that.

        with StatelessScope([(variable, value)]) as scope:
            variable.assign(variable + 1)
        scope.get_current_value(variable)

    Args:
        state_mapping: pairs (variable, value); variables that are not among them keep their own
            value until they are assigned.
        collect_losses: what layers add by `add_loss` meanwhile is found in `losses`.
        initialize_variables: a hint; variables have their values at once.
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses: list[Any] = []
        self.values: dict[Variable, Tensor] = {}
        self._outer: StatelessScope | None = None
        for variable, value in state_mapping or ():
            self.write(variable, variable.fitting(value))

    def __enter__(self) -> StatelessScope:
        self._outer = current()
        _local.scope = self
        return self

    def __exit__(self, *_: object) -> None:
        _local.scope = self._outer

    def read(self, variable: Variable) -> Tensor | None:
        """The variable's value in this scope or one around it, None if they hold none."""
        if variable in self.values:
            return self.values[variable]
        return self._outer.read(variable) if self._outer is not None else None

    def write(self, variable: Variable, value: Tensor) -> None:
        """Sets the variable's value in this scope."""
        self.values[variable] = value

    def add_loss(self, loss: Any) -> None:
        """Adds to `losses`."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Sets a variable's value in this scope: (variable, value)."""
        variable, value = update
        self.write(variable, variable.fitting(value))

    def get_current_value(self, variable: Variable) -> Tensor:
        """The variable's value in this scope, or its own."""
        found = self.read(variable)
        return variable.value if found is None else found

"""MultiOptimizer: a rule of its own for each part of a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError, MissingNameError
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer
from lamina.optimizers.loss_scale import LossScaleOptimizer


class OptimizerMap(MutableMapping[str, Optimizer]):
    """From paths of variables to optimizers: a path, or a pattern that matches it whole.

    Args:
        default_optimizer: for what nothing matches.
        optimizer_map: path or pattern -> optimizer.

    Raises: ArgumentTypeError for something that is no optimizer; ArgumentError for a key that is
        there already, and for a path that several patterns match.
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None
    ) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise ArgumentTypeError(
                "OptimizerMap(default_optimizer=...)", "needs an optimizer",
                repr(default_optimizer), "pass optimizers.Adam()",
            )  # fmt: skip
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise ArgumentTypeError(
                "OptimizerMap(optimizer_map=...)", "needs a dictionary", repr(optimizer_map),
                "pass {'encoder/.*': optimizers.SGD()}",
            )  # fmt: skip
        self._default = default_optimizer
        self._map = dict(optimizer_map or {})

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of what nothing matches."""
        return self._default

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._map:
            return self._map[key]
        found = [pattern for pattern in self._map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ArgumentError(
                "OptimizerMap", f"has several optimizers for {key!r}", ", ".join(found),
                "make the patterns exclude one another",
            )  # fmt: skip
        return self._map[found[0]] if found else self._default

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str) or key in self._map:
            raise ArgumentError(
                "OptimizerMap", "needs a new path or pattern", repr(key), "choose another"
            )
        self._map[key] = check_inner("OptimizerMap", optimizer)

    def __delitem__(self, key: str) -> None:
        del self._map[key]

    def __len__(self) -> int:
        return len(self._map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a variable, by its path."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal map."""
        from lamina.optimizers import serialize

        return {
            "default_optimizer": serialize(self._default),
            "optimizer_map": {key: serialize(value) for key, value in self._map.items()},
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> OptimizerMap:
        """The map that `get_config` describes."""
        from lamina.optimizers import deserialize

        inner = {
            key: deserialize(value, custom_objects)
            for key, value in config["optimizer_map"].items()
        }
        return cls(deserialize(config["default_optimizer"], custom_objects), inner)


def check_inner(where: str, optimizer: Any) -> Optimizer:
    """The optimizer itself.

    Raises: ArgumentError for what is none, and for one that wraps others.
    """
    wraps = isinstance(optimizer, LossScaleOptimizer | MultiOptimizer)
    if wraps or not isinstance(optimizer, Optimizer):
        raise ArgumentError(
            where, "needs optimizers that wrap no others", repr(optimizer),
            "pass optimizers.Adam(), for instance",
        )  # fmt: skip
    return optimizer


class MultiOptimizer(Optimizer):
    """Each variable is changed by the optimizer that `optimizer_map(variable)` gives.

    Args:
        optimizer_map: an `OptimizerMap`, or a function of a variable.
        loss_scale_factor: of the whole; that of the inner optimizers becomes it.
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        self._inner: list[Optimizer] = []
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._take_in(optimizer)
        self._chosen: dict[Variable, Optimizer] = {}

    def _take_in(self, optimizer: Optimizer) -> Optimizer:
        if all(optimizer is not known for known in self._inner):
            optimizer.loss_scale_factor = self.loss_scale_factor
            self._inner.append(optimizer)
        return optimizer

    @property
    def optimizers(self) -> list[Optimizer]:
        """The inner optimizers."""
        return self._inner

    @property
    def variables(self) -> list[Variable]:
        """Its own variables, then those of the inner optimizers."""
        return [*self._variables, *(v for inner in self._inner for v in inner.variables)]

    @property
    def learning_rate(self) -> Any:
        """There is none: each inner optimizer has its own.

        Raises: MissingNameError.
        """
        raise MissingNameError(
            "MultiOptimizer", "has no learning rate", "learning_rate",
            "read or set that of its `optimizers`",
        )  # fmt: skip

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.learning_rate  # noqa: B018 - says that there is none

    @property
    def iterations(self) -> Any:
        """How many steps were made."""
        return self._iterations

    def build(self, variables: Sequence[Variable]) -> None:
        """Builds each inner optimizer for its variables."""
        if self.built:
            return
        for variable in variables:
            chosen = check_inner("MultiOptimizer", self._optimizer_map(variable))
            self._chosen[variable] = self._take_in(chosen)
        for inner in self._inner:
            own = [v for v in variables if self._chosen[v] is inner]
            if own:
                inner.build(own)
        super().build(variables)

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step of each inner optimizer on its variables."""
        if len(grads) == 0:
            return
        variables = self._variables_of(grads, trainable_variables)
        for inner in self._inner:
            own = [(g, v) for g, v in zip(grads, variables, strict=True) if self._owns(inner, v)]
            if own:
                inner.apply([g for g, _ in own], [v for _, v in own])
        self._iterations.assign_add(1)

    def _owns(self, inner: Optimizer, variable: Variable) -> bool:
        return self._chosen[variable] is inner

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """What each inner optimizer does at the end of training."""
        for inner in self._inner:
            own = [v for v in var_list if self._owns(inner, v)]
            if own:
                inner.finalize_variable_values(own)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer.

        Raises: ArgumentError if the optimizers are chosen by a function.
        """
        if not isinstance(self._optimizer_map, OptimizerMap):
            raise ArgumentError(
                "MultiOptimizer", "has a configuration only with an OptimizerMap",
                repr(self._optimizer_map), "pass an OptimizerMap",
            )  # fmt: skip
        return {
            "optimizer_map": self._optimizer_map.get_config(),
            "loss_scale_factor": self.loss_scale_factor, "name": self.name,
        }  # fmt: skip

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The optimizer that `get_config` describes, or Keras', whose map is nested once more."""
        inner = config["optimizer_map"]
        if isinstance(inner, dict):
            inner = OptimizerMap.from_config(inner.get("config", inner), custom_objects)
        return cls(**{**config, "optimizer_map": inner})

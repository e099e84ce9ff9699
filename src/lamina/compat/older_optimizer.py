"""The base of optimizers of one's own as Keras 2 had it.

A subclass defines `get_updates(loss, params)` with `K.update`, or `_resource_apply_dense(grad,
var)` with slots and hyperparameters. Both run compiled, as the step of any optimizer.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.compat.backend import state
from lamina.errors import UnsupportedError
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer


class OlderOptimizer(Optimizer):
    """Stands between `Optimizer` and a class that is written for Keras 2.

    Args:
        name, lr, learning_rate, clipnorm, clipvalue: as they were; the rate is 0.01 where the class
            keeps its own.
        decay: for `_decayed_lr`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        named = kwargs.pop("name", None)
        name = next((a for a in args if isinstance(a, str)), named)
        rate = kwargs.pop("lr", kwargs.pop("learning_rate", 0.01))
        self._hyper: dict[str, Any] = {}
        self._slots: dict[tuple[int, str], Variable] = {}
        self._initial_decay = float(kwargs.pop("decay", 0.0) or 0.0)
        self._made, self._grads = state.Kept(), list[Any]()
        super().__init__(rate, name=name, **kwargs)

    # ── what its `__init__` may set ──

    @property
    def iterations(self) -> Any:
        """The count of steps: the variable that the class made, or the optimizer's."""
        return self.__dict__.get("_own_iterations", self._iterations)

    @iterations.setter
    def iterations(self, value: Any) -> None:
        self.__dict__["_own_iterations"] = value

    @property
    def weights(self) -> list[Any]:
        """The variables of the optimizer."""
        return list(self.__dict__.get("_own_weights", self.variables))

    @weights.setter
    def weights(self, value: Any) -> None:
        self.__dict__["_own_weights"] = list(value)

    # ── hyperparameters and slots ──

    def _set_hyper(self, name: str, value: Any) -> None:
        if name == "learning_rate":
            if isinstance(value, int | float):
                self.learning_rate.assign(value)
            else:
                self.learning_rate = value
        self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        value = self.learning_rate if name == "learning_rate" else self._hyper[name]
        value = value() if callable(value) else value
        return value if dtype is None else ops.cast(value, dtype)

    def _serialize_hyperparameter(self, name: str) -> Any:
        value = self._get_hyper(name)
        return float(value.numpy()) if hasattr(value, "numpy") else value

    def _decayed_lr(self, var_dtype: Any) -> Any:
        rate = ops.cast(self._get_hyper("learning_rate"), var_dtype)
        if not self._initial_decay:
            return rate
        steps = ops.cast(self.iterations, var_dtype)
        return rate / (1.0 + self._initial_decay * steps)

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        """Makes slots. Override it."""

    def add_slot(self, var: Variable, slot_name: str, initializer: Any = "zeros") -> Variable:
        """A variable of this name for a weight."""
        key = (id(var), slot_name)
        if key not in self._slots:
            self._slots[key] = self.add_variable_from_reference(var, slot_name, initializer)
        return self._slots[key]

    def get_slot(self, var: Variable, slot_name: str) -> Variable:
        """That variable."""
        return self._slots[id(var), slot_name]

    # ── a step ──

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the slots of these weights."""
        if self.built:
            return
        super().build(variables)
        self._create_slots(list(variables))

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The gradients of the step that is made."""
        return list(self._grads)

    def _update_all(
        self, grads: Sequence[Any], variables: Sequence[Variable], learning_rate: Any
    ) -> None:
        if hasattr(self, "_resource_apply_dense"):
            super()._update_all(grads, variables, learning_rate)
            return
        self._grads = list(grads)
        with self._made.deferring() as updates:
            self.get_updates(None, list(variables))
        for variable, value in updates:
            variable.assign(value)
        known = {id(v) for v in self._variables}
        self._variables += [v for v in self._made.variables if id(v) not in known]

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """The subclass' rule for one weight."""
        rule = self._resource_apply_dense
        if "apply_state" in inspect.signature(rule).parameters:
            rule(gradient, variable, apply_state={})
        else:
            rule(gradient, variable)

    def get_config(self) -> dict[str, Any]:
        """What all had: the name, and how gradients are clipped."""
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue")}
        return {"name": self.name, **{k: v for k, v in clips.items() if v is not None}}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The optimizer that `get_config` describes."""
        del custom_objects
        return cls(**config)


RULES = ("get_updates", "_resource_apply_dense")


def reading_rules(inherited: Any) -> classmethod[Any, Any, None]:
    """A class of the user's own with a rule as of Keras 2 gets `OlderOptimizer` as its base."""
    owner = inherited.__self__

    def init_subclass(cls: type[Any], /, **kwargs: Any) -> None:
        super(owner, cls).__init_subclass__(**kwargs)
        ours = cls.__module__.partition(".")[0] == "lamina"
        if ours or not any(rule in vars(cls) for rule in RULES) or issubclass(cls, OlderOptimizer):
            return
        if owner not in cls.__bases__:
            raise UnsupportedError(
                cls.__name__, "changes the rule of an optimizer in Keras 2's way",
                f"a class derived from {cls.__bases__[0].__name__}",
                "derive it from Optimizer, or define update_step(gradient, variable, rate)",
            )  # fmt: skip
        cls.__bases__ = tuple(OlderOptimizer if b is owner else b for b in cls.__bases__)

    return classmethod(init_subclass)

"""LossScaleOptimizer: another optimizer, with a loss so large that no gradient becomes 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina import initializers, ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer

_DEFAULTS = {"use_ema": False, "ema_momentum": 0.99}


class LossScaleOptimizer(Optimizer):
    """Multiplies the loss by a scale, and divides the gradients by it before the inner optimizer.

    A step with a gradient that is not finite changes no weight and halves the scale; after
    `dynamic_growth_steps` finite ones in a row it doubles. Micikevicius et al. 2018.

    Args:
        inner_optimizer: what changes the weights; its `loss_scale_factor` becomes None.
        initial_scale: what the scale begins with.

    Raises: ArgumentError for arguments that belong to the inner optimizer.
    """

    def __init__(
        self, inner_optimizer: Optimizer, initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000, name: str | None = None, **unknown: Any,
    ) -> None:  # fmt: skip
        for key, value in unknown.items():
            if key != "dynamic" and value != _DEFAULTS.get(key):
                raise ArgumentError(
                    f"LossScaleOptimizer({key}=...)", "belongs to the inner optimizer", repr(value),
                    "give it to the inner optimizer",
                )  # fmt: skip
        self.inner_optimizer = inner_optimizer
        super().__init__(0.0, name=name)
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the scale and its count of steps, and builds the inner optimizer."""
        if self.built:
            return
        self.step_counter = self.add_variable((), "zeros", "int32", name="step_counter")
        first = initializers.Constant(self.initial_scale)
        self.dynamic_scale = self.add_variable((), first, "float32", name="dynamic_scale")
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self) -> list[Variable]:
        """Its own variables, then those of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step on gradients of the scaled loss."""
        variables = self._variables_of(grads, trainable_variables)
        finite, scale = self.check_finite(grads), self.dynamic_scale.value
        state = [*variables, *self.inner_optimizer.variables]
        before = [v.value for v in state]
        plain = [None if g is None else ops.divide(g, ops.cast(scale, g.dtype)) for g in grads]
        self.inner_optimizer.apply(plain, variables)
        for variable, old in zip(state, before, strict=True):
            variable.assign(ops.where(finite, variable.value, old))
        steps = self.step_counter.value
        grows = ops.equal(steps, self.dynamic_growth_steps - 1)
        self.dynamic_scale.assign(
            ops.where(finite, ops.where(grows, scale * 2.0, scale), scale * 0.5)
        )
        again = ops.logical_or(grows, ops.logical_not(finite))
        self.step_counter.assign(ops.where(again, 0, steps + 1))

    def check_finite(self, grads: Sequence[Any]) -> Tensor:
        """Whether every entry of every gradient is finite."""
        finite: Any = True
        for gradient in grads:
            if gradient is not None:
                finite = ops.logical_and(finite, ops.all(ops.isfinite(gradient)))
        return ops.convert_to_tensor(finite)

    @property
    def learning_rate(self) -> Any:
        """That of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def iterations(self) -> Any:
        """How many updates the inner optimizer made."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the present scale."""
        scale = self.dynamic_scale.value if self.built else self.initial_scale
        return ops.multiply(loss, scale)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """What the inner optimizer does at the end of training."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        from lamina.optimizers import serialize

        return {
            "name": self.name, "inner_optimizer": serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }  # fmt: skip

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The optimizer that `get_config` describes."""
        from lamina.optimizers import deserialize

        inner = config["inner_optimizer"]
        if isinstance(inner, Mapping):
            inner = deserialize(inner, custom_objects)
        return cls(**{**config, "inner_optimizer": inner})

"""Optimizer: from gradients to new weights. What all optimizers share stands here, once.

A step decays the weights, clips the gradients, calls `update_step` for each variable, applies the
variables' constraints, and keeps the moving average if there is one. All of it is values and
`assign`, so that it traces into the compiled program; what happens only every n-th step is a
selection between two values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from lamina import initializers, ops
from lamina.errors import ArgumentError, NotBuiltError, ShapeError, UnsupportedError
from lamina.graph import dtypes, trace
from lamina.graph.stateless import StatelessScope
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.left_out import LeavesOut
from lamina.naming import auto_name
from lamina.optimizers import arguments, gradients
from lamina.optimizers.schedules.base import LearningRateSchedule
from lamina.optimizers.sharing import Shared

Rate = float | LearningRateSchedule | Callable[[], Any]


class Optimizer(LeavesOut):
    """Base of all optimizers. A subclass makes its variables in `build(variables)` and defines
    `update_step(gradient, variable, learning_rate)`.

    Args:
        learning_rate: a number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: each step first takes so much, times the learning rate, off every weight.
        clipnorm: the largest norm of each gradient. clipvalue: the largest entry of each.
            global_clipnorm: the largest norm of all together. Only one of the three.
        use_ema, ema_momentum, ema_overwrite_frequency: keeps a moving average of the weights, and
            puts it in their place every so many steps (None: only at the end of `fit`).
        loss_scale_factor: the loss is multiplied by it before gradients are taken, and they are
            divided by it after.
        gradient_accumulation_steps: weights change only every so many steps, by the mean gradient.
        name: default the class name in snake case, numbered.
    """

    def __init__(
        self,
        learning_rate: Rate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        arguments.refuse_unknown(type(self), unknown)
        self.name = name or auto_name(self)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        arguments.check_shared(self)
        self.built = False
        self._variables: list[Variable] = []
        self._twins: list[Optimizer] = []
        self._trainable_variables: list[Variable] = []
        self._index: dict[Variable, int] = {}
        self._shared = Shared()
        self._averages: list[Variable] = []
        self._accumulated: list[Variable] = []
        self._excluded: tuple[set[Variable], re.Pattern[str] | None] = (set(), None)
        self._iterations = self.add_variable((), "zeros", "int32", name="iteration")
        self._learning_rate: Any = self._rate(learning_rate)

    # ── the learning rate ──

    def _rate(self, value: Any) -> Any:
        """The rate as it is kept: a schedule or function as it is, a number in a variable."""
        if callable(value):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ArgumentError(
                f"{type(self).__name__}(learning_rate=...)",
                "needs a number, a LearningRateSchedule or a function without arguments",
                repr(value), "pass for instance learning_rate=0.001",
            )  # fmt: skip
        if not math.isfinite(value):
            raise ArgumentError(
                f"{type(self).__name__}(learning_rate=...)", "needs a finite number", repr(value),
                "pass for instance learning_rate=0.001",
            )  # fmt: skip
        first = initializers.Constant(float(value))
        return self.add_variable((), first, dtypes.floatx(), name="learning_rate")

    @property
    def learning_rate(self) -> Any:
        """The present learning rate: its variable, or what the schedule or function says."""
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        held = self._learning_rate
        if callable(value):
            self._learning_rate = value
            self._variables = [v for v in self._variables if v is not held]
        elif isinstance(held, Variable):
            held.assign(value)
        else:
            raise ArgumentError(
                f"{type(self).__name__}.learning_rate", "is given by a schedule or a function",
                repr(value), "make the optimizer with a number to set it later",
            )  # fmt: skip

    @property
    def iterations(self) -> Any:
        """How many updates were made, int32."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    # ── variables ──

    @property
    def variables(self) -> list[Variable]:
        """All variables: iteration, learning rate, then averages, accumulators and the rule's."""
        return list(self._variables)

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the variables that belong to these weights."""
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._index = {variable: i for i, variable in enumerate(variables)}
        self._trainable_variables = list(variables)
        self.built = True

    def for_variables(self, variables: Sequence[Variable]) -> Optimizer:
        """This optimizer; or, if it was built for others, one like it for these.

        That one shares its learning rate and its count of steps: several models, or parts of one,
        may be trained with one optimizer.
        """
        if not self.built or all(v in self._index for v in variables):
            return self
        for twin in self._twins:
            if all(v in twin._index for v in variables):
                return twin
        twin = type(self).from_config(self.get_config())
        own = (twin._iterations, twin._learning_rate)
        twin._iterations, twin._learning_rate = self._iterations, self._learning_rate
        shared = [v for v in (self._iterations, self._learning_rate) if isinstance(v, Variable)]
        twin._variables = [*shared, *(v for v in twin._variables if all(v is not o for o in own))]
        twin.build(variables)
        self._twins.append(twin)
        return twin

    def add_variable(
        self, shape: Sequence[int], initializer: Any = "zeros", dtype: Any = None,
        aggregation: str = "none", layout: Any = None, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """A new variable of this optimizer."""
        if layout is not None or aggregation not in ("none", "mean", "only_first_replica", None):
            raise UnsupportedError(
                f"Optimizer '{self.name}'", "runs on one machine",
                f"layout={layout!r}, aggregation={aggregation!r}", "leave them out",
            )  # fmt: skip
        label = name or "variable"
        first = initializers.get(initializer)
        path = f"{self.name}/{label}"
        variable = Variable(first, tuple(shape), dtype, False, name=label, path=path)
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable of a weight's shape and dtype, named after its path."""
        label = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        shape, dtype = reference_variable.shape, reference_variable.dtype
        return self.add_variable(shape, initializer, dtype, name=label)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """A new variable for each weight; with several names a tuple of lists, made in turn."""
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, list | tuple)
        firsts = list(initializer) if several else [initializer] * len(names)
        if len(firsts) != len(names):
            raise ArgumentError(
                "add_optimizer_variables", "needs one initializer for each name",
                f"{len(firsts)} for {len(names)} names", "pass lists of equal length",
            )  # fmt: skip
        lists: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for found, label, first in zip(lists, names, firsts, strict=True):
                found.append(self.add_variable_from_reference(variable, label, first))
        return lists[0] if isinstance(name, str) else lists

    def _get_variable_index(self, variable: Variable) -> int:
        return self._index[variable]

    # ── the step ──

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one variable. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say how it updates", "a class without `update_step`",
            "define update_step(self, gradient, variable, learning_rate)",
        )  # fmt: skip

    def assign(self, variable: Variable, value: Any) -> None:
        """Sets a variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable."""
        variable.assign_sub(value)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """One step on pairs (gradient, variable); returns the count of steps."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step. Without variables, those with which the optimizer was built.

        A gradient may be None: that variable stays, with a warning.

        Raises: NotBuiltError, DataError, ShapeError if the gradients do not fit the variables.
        """
        if len(grads) == 0:
            return
        able = self if trainable_variables is None else self.for_variables(trainable_variables)
        if able is not self:
            able.apply(grads, trainable_variables)
            return
        variables = self._variables_of(grads, trainable_variables)
        pairs = gradients.paired(grads, variables)
        if self.loss_scale_factor is not None:
            pairs = [(ops.divide(g, self.loss_scale_factor), v) for g, v in pairs]
        # The rows of a partial batch are summed already: nothing here runs over the batch.
        with trace.scoped(self.name), trace.unmasked():
            self._step([g for g, _ in pairs], [v for _, v in pairs])
            for _, variable in pairs:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable.value))
            self._iterations.assign_add(1)

    def _variables_of(
        self, grads: Sequence[Any], given: Sequence[Variable] | None
    ) -> list[Variable]:
        if given is None and not self.built:
            raise NotBuiltError(
                f"Optimizer '{self.name}'", "does not know the variables yet",
                f"{len(grads)} gradients", "pass the variables too, or call build(variables)",
            )  # fmt: skip
        variables = list(self._trainable_variables if given is None else given)
        if not self.built:
            self.build(variables)
        if len(grads) != len(variables):
            raise ShapeError(
                f"Optimizer '{self.name}'", "needs one gradient for each variable",
                f"{len(grads)} gradients for {len(variables)} variables", "pass as many of each",
            )  # fmt: skip
        return variables

    def _step(self, grads: list[Any], variables: list[Variable]) -> None:
        if self.gradient_accumulation_steps:
            self._accumulate(grads, variables)
        else:
            self._update(grads, variables)
        if self.use_ema:
            self._average()

    def _update(self, grads: list[Any], variables: list[Variable]) -> None:
        grads = self._clip_gradients(grads)
        self._apply_weight_decay(variables)
        self._update_all(grads, variables, self.learning_rate)

    def _update_all(
        self, grads: Sequence[Any], variables: Sequence[Variable], learning_rate: Any
    ) -> None:
        """Updates every variable; override it for what a rule does once a step."""
        with self._shared.step(), trace.within(self):
            for gradient, variable in zip(grads, variables, strict=True):
                self.update_step(gradient, variable, learning_rate)

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        if self.clipnorm:
            return [gradients.clipped_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm:
            return gradients.clipped_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return list(grads)

    def _accumulate(self, grads: list[Any], variables: list[Variable]) -> None:
        """Adds up gradients; every so many steps the update is made with their mean."""
        steps = self.gradient_accumulation_steps
        now = ops.equal(ops.mod(self._iterations.value + 1, steps), 0)
        sums = [self._accumulated[self._index[v]] for v in variables]
        totals = [ops.add(g, total) for g, total in zip(grads, sums, strict=True)]
        fixed = (self._iterations, self._learning_rate)
        state = [v for v in (*variables, *self._variables) if all(v is not f for f in fixed)]
        before = [v.value for v in state]
        self._update([ops.divide(total, steps) for total in totals], variables)
        for variable, old in zip(state, before, strict=True):
            variable.assign(ops.where(now, variable.value, old))
        for total, held in zip(totals, sums, strict=True):
            held.assign(ops.where(now, ops.zeros_like(total), total))

    # ── moving average ──

    def _average(self) -> None:
        """Moves the averages towards the weights; the first step makes them equal."""
        moved = ops.cast(ops.not_equal(self.iterations, 0), dtypes.floatx())
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            keep = ops.cast(moved, variable.dtype) * self.ema_momentum
            average.assign(keep * average.value + (1.0 - keep) * variable.value)
        if self.ema_overwrite_frequency:
            now = ops.equal(ops.mod(self.iterations + 1, self.ema_overwrite_frequency), 0)
            for variable, average in zip(self._trainable_variables, self._averages, strict=True):
                variable.assign(ops.where(now, average.value, variable.value))

    def averages(self) -> list[tuple[Variable, Variable]]:
        """(weight, its moving average), empty unless they are kept."""
        return list(zip(self._trainable_variables, self._averages, strict=False))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """At the end of training: the moving averages, if kept, take the weights' place."""
        if self.use_ema:
            for variable in var_list:
                variable.assign(self._averages[self._index[variable]].value)

    # ── weight decay ──

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Spares these variables, and those whose name contains one of these words, the decay.

        Raises: ArgumentError once the optimizer is built.
        """
        if self.built:
            raise ArgumentError(
                f"Optimizer '{self.name}'", "is built already", "exclude_from_weight_decay",
                "call it before the first step",
            )  # fmt: skip
        names = "|".join(sorted(set(var_names or ())))
        self._excluded = (set(var_list or ()), re.compile(names) if names else None)

    def _use_weight_decay(self, variable: Variable) -> bool:
        excluded, words = self._excluded
        return variable not in excluded and not (words and words.search(variable.name))

    def _apply_weight_decay(self, variables: Sequence[Variable]) -> None:
        if self.weight_decay is None:
            return
        for variable in variables:
            if self._use_weight_decay(variable):
                rate = ops.cast(self.learning_rate, variable.dtype)
                held = variable.value
                variable.assign(held - held * self.weight_decay * rate)

    # ── around the step ──

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`."""
        return (
            loss if self.loss_scale_factor is None else ops.multiply(loss, self.loss_scale_factor)
        )

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Tensor], list[Tensor]]:  # fmt: skip
        """What the weights and the optimizer's variables would be after a step, were they these.

        Raises: NotBuiltError, ShapeError if the lists do not fit.
        """
        if not self.built:
            raise NotBuiltError(
                f"Optimizer '{self.name}'", "has no variables yet", "stateless_apply",
                "call build(trainable_variables) first",
            )  # fmt: skip
        own, weights = self.variables, self._trainable_variables
        if len(optimizer_variables) != len(own) or len(trainable_variables) != len(weights):
            raise ShapeError(
                f"Optimizer '{self.name}'",
                f"has {len(own)} variables and was built for {len(weights)} weights",
                f"{len(optimizer_variables)} and {len(trainable_variables)}", "pass as many",
            )  # fmt: skip
        values = [*zip(weights, trainable_variables, strict=True)]
        values += zip(own, optimizer_variables, strict=True)
        with StatelessScope(values) as scope:
            self.apply(grads)
        current = scope.get_current_value
        return [current(v) for v in weights], [current(v) for v in own]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Sets all variables, in the order of `variables`.

        Raises: NotBuiltError before `build`, ShapeError if the values do not fit.
        """
        if not self.built:
            raise NotBuiltError(
                f"Optimizer '{self.name}'", "has no variables yet", "set_weights",
                "call build(trainable_variables) first",
            )  # fmt: skip
        arrays = [np.asarray(weight) for weight in weights]
        wanted = [variable.shape for variable in self._variables]
        if [array.shape for array in arrays] != wanted:
            raise ShapeError(
                f"Optimizer '{self.name}'", f"needs {len(wanted)} values of shapes {wanted}",
                f"shapes {[array.shape for array in arrays]}", "pass what `variables` held",
            )  # fmt: skip
        for variable, array in zip(self._variables, arrays, strict=True):
            variable.assign(array)

    def save_own_variables(self, store: Any) -> None:
        """Puts all variables into a store, under "0", "1", ..."""
        for i, variable in enumerate(self._variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Takes all variables from a store.

        Raises: NotBuiltError, ShapeError, before anything is changed.
        """
        self.set_weights([store[str(i)] for i in range(len(store.keys()))])

    # ── configuration ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer (without its state)."""
        return {
            "name": self.name,
            "learning_rate": self._rate_config(),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    def _rate_config(self) -> Any:
        from lamina.optimizers import schedules
        from lamina.registry import function_config

        if isinstance(self._learning_rate, LearningRateSchedule):
            return schedules.serialize(self._learning_rate)
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate.numpy())
        return function_config(self._learning_rate)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The optimizer that `get_config` describes."""
        from lamina.optimizers import schedules

        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Gives a subclass that ends its arguments in `*shared, **options` its whole signature."""
        super().__init_subclass__(**kwargs)
        arguments.sign(cls, Optimizer)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

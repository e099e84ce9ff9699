"""Weighted: what holds weights, its own and those of the layers inside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina import constraints, initializers, regularizers
from lamina.errors import ArgumentError, NotBuiltError, ShapeError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.policies import DTypePolicy
from lamina.graph.variable import Variable
from lamina.layers.tracking import Tracked, unique
from lamina.left_out import LeavesOut
from lamina.naming import path_of
from lamina.random import SeedGenerator


class Weighted(Tracked, LeavesOut):
    """The base of `Layer`: weights are added once, found by tracking, read and replaced as one."""

    name: str
    built: bool
    # What files call an attribute that holds layers, where Keras' class has it under another name.
    _names_in_files: ClassVar[Mapping[str, str]] = {}

    def _begin_weights(self, trainable: bool, dtype: str) -> None:
        """There are none yet; those to come are trained or not, and have this dtype."""
        self._trainable, self._dtype = trainable, dtype
        self._weights_trainable: list[Variable] = []
        self._weights_fixed: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The dtype of its weights."""
        return self._dtype

    variable_dtype = compute_dtype = dtype

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The dtype as a policy."""
        return DTypePolicy(self._dtype)

    @property
    def _layers(self) -> list[Any]:
        return self._children(Weighted)

    def add_weight(
        self,
        *positional: Any,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: Any = None,
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of this layer, by default Glorot uniform for floats, zeros otherwise.

        Shape, initializer and dtype may stand without their names.

        Raises: ArgumentError for more without a name, or a name first, as it was once.
        """
        if len(positional) > 3 or (positional and isinstance(positional[0], str)):
            raise ArgumentError(
                f"{self.name}.add_weight", "takes its arguments by name", f"{positional!r:.60}",
                "write add_weight(shape=..., initializer=..., name=...)",
            )  # fmt: skip
        unnamed = (*positional, *(shape, initializer, dtype)[len(positional) :])
        shape, initializer, dtype = unnamed
        if overwrite_with_gradient or aggregation not in (None, "none", "mean"):
            raise UnsupportedError(
                f"{self.name}.add_weight", "keeps weights on one machine as plain variables",
                f"aggregation={aggregation!r}, overwrite_with_gradient={overwrite_with_gradient}",
                "leave these arguments out",
            )  # fmt: skip
        kind = dtypes.standard(dtype if dtype is not None else self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(kind) else "zeros"
        sizes = (shape,) if isinstance(shape, int) else tuple(shape or ())
        if any(size is None for size in sizes):
            raise ShapeError(
                f"{self.name}.add_weight", "needs sizes that are known", f"shape {sizes}",
                "give the input a fixed size on the axes that weights depend on",
            )  # fmt: skip
        label = name or "variable"
        variable = Variable(
            initializers.get(initializer), sizes, kind, trainable and self._trainable, name=label,
            path=path_of(label), regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
        )  # fmt: skip
        (self._weights_trainable if trainable else self._weights_fixed).append(variable)
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` under another name."""
        return self.add_weight(
            shape=shape, initializer=initializer, dtype=dtype, trainable=trainable,
            autocast=autocast, regularizer=regularizer, constraint=constraint, name=name,
        )  # fmt: skip

    @property
    def weights(self) -> list[Variable]:
        """All weights, its own first, then those of the layers inside; states of seeds are none."""
        own = [*self._weights_trainable, *self._weights_fixed]
        own += self._children(Variable)
        inner = [w for layer in self._layers for w in layer.weights]
        return unique([*own, *inner])

    @property
    def variables(self) -> list[Variable]:
        """The weights and the states of random seeds."""
        seeds = [g.state for g in self._children(SeedGenerator)]
        inner = [v for layer in self._layers for v in layer.variables]
        return unique([*self.weights, *seeds, *inner])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that `fit` changes."""
        return [w for w in self.weights if w.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that `fit` leaves alone."""
        trainable = set(self.trainable_weights)
        return [w for w in self.weights if w not in trainable]

    trainable_variables = trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that are not trained, seeds included."""
        trainable = set(self.trainable_weights)
        return [v for v in self.variables if v not in trainable]

    @property
    def trainable(self) -> bool:
        """Whether `fit` changes the weights; read at `compile`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for weight in self._weights_trainable:
            weight.trainable = self._trainable
        for layer in self._layers:
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights."""
        return [weight.copied() for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all weights; nothing changes unless every shape fits.

        Raises: ShapeError if the number of arrays or a shape differs.
        """
        arrays = [np.asarray(value) for value in weights]
        self._build_early()
        wanted = [weight.shape for weight in self.weights]
        if [array.shape for array in arrays] != wanted:
            raise ShapeError(
                f"{self.name}.set_weights", f"needs {len(wanted)} arrays of shapes {wanted}",
                f"{len(arrays)} arrays of shapes {[array.shape for array in arrays]}",
                "pass what get_weights() of an equal layer returns",
            )  # fmt: skip
        for weight, array in zip(self.weights, arrays, strict=True):
            weight.assign(array)

    def _build_early(self) -> None:
        """Makes the weights if they do not depend on the inputs."""

    # ── in files ──

    @property
    def _own_variables(self) -> list[Variable]:
        """The weights that are its own, in the order of files."""
        held = self._children(Variable)
        return unique([*self._weights_trainable, *self._weights_fixed, *held])

    def save_own_variables(self, store: Any) -> None:
        """Puts its own weights into a store, under "0", "1", ... Override it for other names."""
        for i, variable in enumerate(self._own_variables):
            store[str(i)] = variable.copied()

    def load_own_variables(self, store: Any) -> None:
        """Takes its own weights from a store.

        Raises: ShapeError, before anything is changed, if their number or a shape differs.
        """
        assign_from(store, self._own_variables, f"{type(self).__name__} '{self.name}'", self.built)

    def count_params(self) -> int:
        """The number of elements of all weights.

        Raises: NotBuiltError before the weights exist.
        """
        if not self.built:
            raise NotBuiltError(
                f"{type(self).__name__} '{self.name}'", "has no weights yet", "count_params()",
                "call it on data, or build(input_shape), first",
            )  # fmt: skip
        return sum(int(np.prod(weight.shape)) for weight in self.weights)


def assign_from(
    store: Any,
    variables: Sequence[Variable],
    where: str,
    built: bool = True,
    assign: Callable[[Variable, np.ndarray], Any] = Variable.assign,
) -> None:
    """Gives variables the values that a store has under "0", "1", ...

    Raises: NotBuiltError, ShapeError, before anything is changed.
    """
    shape_of = getattr(store, "shape_of", lambda key: np.shape(store[key]))
    if len(store.keys()) and not variables and not built:
        raise NotBuiltError(
            where, "has no weights yet", f"{len(store.keys())} arrays for it",
            "build the model, or call it on data, before its weights are loaded",
        )  # fmt: skip
    if len(store.keys()) != len(variables):
        raise ShapeError(
            where, f"has {len(variables)} weights", f"{len(store.keys())} arrays for it",
            "load the weights into the model that they were saved from",
        )  # fmt: skip
    for i, variable in enumerate(variables):
        if tuple(variable.shape) != shape_of(str(i)):
            raise ShapeError(
                where, f"has a weight '{variable.name}' of shape {tuple(variable.shape)}",
                f"an array of shape {shape_of(str(i))}",
                "load the weights into the model that they were saved from, or pass "
                "skip_mismatch=True",
            )  # fmt: skip
    arrays = [np.asarray(store[str(i)]) for i in range(len(variables))]
    for variable, array in zip(variables, arrays, strict=True):
        assign(variable, array)

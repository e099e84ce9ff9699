"""`tf.train`'s optimizers and `tf.placeholder`: TensorFlow 1 beside Keras.

Each optimizer is one of lamina's with TensorFlow 1's arguments and defaults, for `compile` as well
as for symbolic losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import optimizers
from lamina.compat.backend import functions
from lamina.graph.tensor import KerasTensor
from lamina.graph.variable import Variable
from lamina.optimizers import Optimizer as Optimizer


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> KerasTensor:
    """A symbolic input; without a shape, a scalar."""
    return functions.placeholder(() if shape is None else shape, dtype=dtype, name=name)


def adadelta(
    learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-8, use_locking: bool = False,
    name: str = "Adadelta",
) -> Optimizer:  # fmt: skip
    """`Adadelta`."""
    del use_locking
    return optimizers.Adadelta(learning_rate, rho, epsilon, name=name)


def adagrad(
    learning_rate: Any, initial_accumulator_value: float = 0.1, use_locking: bool = False,
    name: str = "Adagrad",
) -> Optimizer:  # fmt: skip
    """`Adagrad` without an epsilon."""
    del use_locking
    return optimizers.Adagrad(learning_rate, initial_accumulator_value, 0.0, name=name)


def adam(
    learning_rate: Any = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
    use_locking: bool = False, name: str = "Adam",
) -> Optimizer:  # fmt: skip
    """`Adam`."""
    del use_locking
    return optimizers.Adam(learning_rate, beta1, beta2, epsilon, name=name)


def ftrl(
    learning_rate: Any, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
    use_locking: bool = False, name: str = "Ftrl", accum_name: Any = None, linear_name: Any = None,
    l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0,
) -> Optimizer:  # fmt: skip
    """`Ftrl`."""
    del use_locking, accum_name, linear_name
    return optimizers.Ftrl(
        learning_rate, learning_rate_power, initial_accumulator_value, l1_regularization_strength,
        l2_regularization_strength, l2_shrinkage_regularization_strength, beta, name=name,
    )  # fmt: skip


def gradient_descent(
    learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
) -> Optimizer:
    """`SGD`."""
    del use_locking
    return optimizers.SGD(learning_rate, name=name)


def momentum_descent(
    learning_rate: Any, momentum: float, use_locking: bool = False, name: str = "Momentum",
    use_nesterov: bool = False,
) -> Optimizer:  # fmt: skip
    """`SGD` with momentum."""
    del use_locking
    return optimizers.SGD(learning_rate, momentum, use_nesterov, name=name)


class RMSprop(optimizers.RMSprop):
    """lamina's, but its means of squares start from 1; saved, it is lamina's."""

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the means."""
        first = not self.built
        super().build(variables)
        for mean in self._velocities if first else ():
            mean.assign(mean.value * 0.0 + 1.0)


def rmsprop(
    learning_rate: Any, decay: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-10,
    use_locking: bool = False, centered: bool = False, name: str = "RMSProp",
) -> Optimizer:  # fmt: skip
    """`RMSprop` whose means of squares start from 1, as they did there."""
    del use_locking
    return RMSprop(learning_rate, decay, momentum, epsilon, centered, name=name)

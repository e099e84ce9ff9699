"""The learning phase: what differs between training and prediction."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph import symbolic
from lamina.graph.tensor import Tensor
from lamina.layers import context

__all__ = [
    "in_test_phase", "in_train_phase", "learning_phase", "learning_phase_scope",
    "set_learning_phase", "symbolic_learning_phase",
]  # fmt: skip


class LearningPhase:
    """Stands for 0 (prediction) or 1 (training) among the inputs of `K.function`."""

    def __bool__(self) -> bool:
        return False

    def __int__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "keras_learning_phase"


PHASE = LearningPhase()
_set: list[int] = []


def learning_phase() -> Any:
    """What `set_learning_phase` set, or what the running call says, or that which stands for it."""
    if _set:
        return _set[-1]
    now = context.current()
    return PHASE if now is None or now.training is None else int(now.training)


symbolic_learning_phase = learning_phase


def set_learning_phase(value: Any) -> None:
    """Sets the phase of backend functions; layers take it from the call."""
    _set[:] = [int(value)]


class learning_phase_scope:  # noqa: N801 - Keras' name
    """Inside, the phase is this one."""

    def __init__(self, value: Any) -> None:
        self.value = int(value)

    def __enter__(self) -> None:
        _set.append(self.value)

    def __exit__(self, *_: object) -> None:
        _set.pop()


def is_training(training: Any = None) -> Any:
    """Whether this is training: as given, else as the running call says, else as was set."""
    if training is not None and training is not PHASE:
        return training
    now = context.current()
    if now is not None and now.training is not None:
        return now.training
    return bool(_set and _set[-1])


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x in training, else alt; both may be functions without arguments."""
    if symbolic.is_symbolic(x, alt) and symbolic.values_here([x, alt], {}) is None:
        return symbolic.record(lambda a, b: in_train_phase(a, b, training), [x, alt], {})
    now = is_training(training)
    if isinstance(now, Tensor):
        return ops.cond(now, lambda: _value(x), lambda: _value(alt))
    return _value(x if now else alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x in prediction, else alt; both may be functions without arguments."""
    return in_train_phase(alt, x, training)


def _value(x: Any) -> Any:
    return x() if callable(x) and not isinstance(x, Tensor) else x

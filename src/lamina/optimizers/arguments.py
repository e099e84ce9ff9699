"""The arguments that all optimizers share: checked here, and shown in every signature.

An optimizer states its own arguments and ends them in `*shared, **options`, which go to the base
class in Keras' order; `sign` writes the whole list into the signature that people see.
"""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

from lamina.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from lamina.optimizers.base import Optimizer

# Numbers of update rules that say how much of something stays.
_FRACTIONS = ("beta", "beta_1", "beta_2", "beta_3", "momentum", "rho", "adam_beta_1", "adam_beta_2")
_REST = [
    ("shared", inspect.Parameter.VAR_POSITIONAL), ("options", inspect.Parameter.VAR_KEYWORD),
]  # fmt: skip


def sign(cls: type, base: type) -> None:
    """Sets the signature of a class, whole where its constructor ends in `*shared, **options`."""
    own = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    if [(p.name, p.kind) for p in own[-2:]] == _REST:
        shared = list(inspect.signature(base.__init__).parameters.values())[2:-1]  # type: ignore[misc]
        names = {parameter.name for parameter in own}
        own = [*own[:-2], *(p for p in shared if p.name not in names)]
    cls.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]


def refuse_unknown(cls: type, unknown: dict[str, Any]) -> None:
    """Raises: ArgumentError that names the nearest legal argument."""
    if unknown:
        legal = [name for name in inspect.signature(cls).parameters if name != "unknown"]
        name = next(iter(unknown))
        raise ArgumentError(
            f"{cls.__name__}({name}=...)", "is not an argument of this optimizer",
            f"{name}={unknown[name]!r}", f"did you mean {nearest(name, legal)[0]!r}?",
        )  # fmt: skip


def check_shared(optimizer: Optimizer) -> None:
    """Raises: ArgumentError for a shared argument outside its legal values."""
    where = type(optimizer).__name__
    steps, every = optimizer.gradient_accumulation_steps, optimizer.ema_overwrite_frequency
    if steps is not None and (not isinstance(steps, int) or steps < 2):
        raise ArgumentError(
            f"{where}(gradient_accumulation_steps=...)", "needs an integer from 2 up",
            repr(steps), "leave it out to update at every step",
        )  # fmt: skip
    if optimizer.use_ema and not 0 <= optimizer.ema_momentum <= 1:
        raise ArgumentError(
            f"{where}(ema_momentum=...)", "needs a number from 0 to 1",
            repr(optimizer.ema_momentum), "leave it out for 0.99",
        )  # fmt: skip
    if optimizer.use_ema and every is not None and (not isinstance(every, int) or every < 1):
        raise ArgumentError(
            f"{where}(ema_overwrite_frequency=...)", "needs an integer from 1 up, or None",
            repr(every), "leave it out to overwrite at the end of training only",
        )  # fmt: skip
    names = ("clipnorm", "clipvalue", "global_clipnorm")
    given = {name: getattr(optimizer, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        raise ArgumentError(
            where, "takes only one of clipnorm, clipvalue and global_clipnorm", str(given),
            "choose one",
        )  # fmt: skip
    for name, value in (*given.items(), ("weight_decay", optimizer.weight_decay)):
        if value is not None and not _is_number(value, 0.0):
            raise ArgumentError(
                f"{where}({name}=...)", "needs a number from 0 up, or None", repr(value),
                "leave it out",
            )  # fmt: skip


def check_own(optimizer: Optimizer) -> None:
    """Raises: ArgumentError for a number of the update rule outside its legal values."""
    where = type(optimizer).__name__
    for name in _FRACTIONS:
        value = vars(optimizer).get(name)
        if isinstance(value, int | float) and not (_is_number(value, 0.0) and value <= 1):
            raise ArgumentError(
                f"{where}({name}=...)", "needs a number from 0 to 1", repr(value),
                f"leave it out, or pass {name}=0.9",
            )  # fmt: skip
    epsilon = vars(optimizer).get("epsilon")
    if isinstance(epsilon, int | float) and not _is_number(epsilon, 0.0):
        raise ArgumentError(
            f"{where}(epsilon=...)", "needs a number from 0 up", repr(epsilon),
            "leave it out, or pass epsilon=1e-7",
        )  # fmt: skip


def _is_number(value: Any, least: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= least

"""Layers that join several tensors into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.layers.base import Layer


class Merge(Layer):
    """y = f(...f(f(x1, x2), x3)...), elementwise on shapes that broadcast."""

    function: ClassVar[Any]  # of two tensors
    least: ClassVar[int] = 1

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Makes no weights; checks that there is something to merge."""
        self._check(input_shape)

    def _check(self, shapes: Any) -> None:
        if not isinstance(shapes, list | tuple) or not all(
            isinstance(shape, list | tuple) for shape in shapes
        ):
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", "merges a list of tensors",
                f"one input of shape {shapes}", "call it on [x1, x2]",
            )  # fmt: skip
        if len(shapes) < self.least:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", f"needs at least {self.least} tensors",
                f"{len(shapes)}", "call it on a list of tensors",
            )  # fmt: skip

    def call(self, inputs: Sequence[Any]) -> Any:
        """The inputs folded from the left; tensors of lower rank get axes after the batch."""
        rank = max(x.ndim for x in inputs)
        total = _raised(inputs[0], rank)
        for x in inputs[1:]:
            total = type(self).function(total, _raised(x, rank))
        return total

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """An entry is masked only where every input that has a mask masks it."""
        masks = [m for m in (previous_mask or []) if m is not None]
        if not masks or len(masks) < len(inputs):
            return None
        result = masks[0]
        for mask in masks[1:]:
            result = ops.logical_or(result, mask)
        return result


def _raised(x: Any, rank: int) -> Any:
    """Axes of size 1 between the batch and the rest, until the rank is reached."""
    while x.ndim < rank:
        x = ops.expand_dims(x, 1)
    return x


class Add(Merge):
    """y = x1 + x2 + ..."""

    function = staticmethod(ops.add)


class Multiply(Merge):
    """y = x1 x2 ..."""

    function = staticmethod(ops.multiply)


class Maximum(Merge):
    """y = max(x1, x2, ...)"""

    function = staticmethod(ops.maximum)


class Minimum(Merge):
    """y = min(x1, x2, ...)"""

    function = staticmethod(ops.minimum)


class Average(Merge):
    """y = (x1 + x2 + ... + xn) / n"""

    function = staticmethod(ops.add)

    def call(self, inputs: Sequence[Any]) -> Any:
        """The mean of the inputs."""
        return ops.divide(super().call(inputs), len(inputs))


class Subtract(Merge):
    """y = x1 - x2, of exactly two tensors."""

    function = staticmethod(ops.subtract)
    least = 2

    def _check(self, shapes: Any) -> None:
        super()._check(shapes)
        if len(shapes) != 2:
            raise ArgumentError(
                f"Subtract '{self.name}'", "takes exactly two tensors", f"{len(shapes)}",
                "call it on [x1, x2]",
            )  # fmt: skip


class Concatenate(Merge):
    """The tensors one after another along `axis` (default the last); other axes must agree."""

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def _check(self, shapes: Any) -> None:
        super()._check(shapes)
        rank = len(shapes[0])
        axis = self.axis % rank if rank else 0
        rest = {tuple(n for i, n in enumerate(s) if i != axis and n is not None) for s in shapes}
        if len({len(s) for s in shapes}) > 1 or len(rest) > 1:
            raise ShapeError(
                f"Concatenate '{self.name}'",
                f"needs shapes that agree except along axis {self.axis}",
                ", ".join(str(tuple(s)) for s in shapes), "reshape them, or choose another axis",
            )  # fmt: skip

    def call(self, inputs: Sequence[Any]) -> Any:
        """The inputs joined."""
        return ops.concatenate(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks joined, True where an input has none."""
        if previous_mask is None or all(m is None for m in previous_mask):
            return None
        parts = [
            ops.ones_like(x, dtype="bool") if m is None
            else ops.logical_and(_as_rank(m, x.ndim), ops.ones_like(x, dtype="bool"))
            for x, m in zip(inputs, previous_mask, strict=True)
        ]  # fmt: skip
        return ops.all(ops.concatenate(parts, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}


def _as_rank(x: Any, rank: int) -> Any:
    while x.ndim < rank:
        x = ops.expand_dims(x, -1)
    return x


class Dot(Merge):
    """The product of two tensors summed over one axis of each, row by row.

    Shapes: x1 (B, ...), x2 (B, ...); y (B, the other axes of x1, then of x2), (B, 1) for vectors.
    Args:
        axes: one axis for both or a pair; not the batch.
        normalize: divide by the L2 norm along the axes first: cosine proximity.
    """

    least = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
        if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair) or 0 in pair:
            raise ArgumentError(
                f"Dot '{self.name}'", "needs an axis, or one for each of two tensors, not 0",
                f"axes={axes!r}", "pass axes=1 or axes=(1, 2)",
            )  # fmt: skip
        self.axes = axes
        self.normalize = normalize
        self._pair: tuple[int, int] = (pair[0], pair[1])

    def _check(self, shapes: Any) -> None:
        super()._check(shapes)
        a, b = (shape[axis] for shape, axis in zip(shapes, self._pair, strict=False))
        if len(shapes) != 2 or (a is not None and b is not None and a != b):
            raise ShapeError(
                f"Dot '{self.name}'", "needs two tensors of equal sizes along its axes",
                ", ".join(str(tuple(s)) for s in shapes), "choose axes that correspond",
            )  # fmt: skip

    def call(self, inputs: Sequence[Any]) -> Any:
        """The row-wise product."""
        a, b = inputs
        i, j = self._pair[0] % a.ndim, self._pair[1] % b.ndim
        if self.normalize:
            a, b = ops.normalize(a, axis=i), ops.normalize(b, axis=j)
        letters = "abcdefghijklmnopqrstuvwxy"
        left = ["z" if k == 0 else letters[k] for k in range(a.ndim)]
        right = ["z" if k == 0 else letters[k + a.ndim] for k in range(b.ndim)]
        right[j] = left[i]
        out = "z" + "".join(c for c in (*left[1:], *right[1:]) if c != left[i])
        y = ops.einsum(f"{''.join(left)},{''.join(right)}->{out}", a, b)
        return ops.expand_dims(y, 1) if y.ndim == 1 else y

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The product has no mask."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _functional(cls: type[Merge], name: str) -> Callable[..., Any]:
    def function(inputs: Any, **kwargs: Any) -> Any:
        return cls(**kwargs)(inputs)

    function.__name__ = name
    function.__doc__ = f"`{cls.__name__}(...)(inputs)`."
    return function


add = _functional(Add, "add")
subtract = _functional(Subtract, "subtract")
multiply = _functional(Multiply, "multiply")
average = _functional(Average, "average")
maximum = _functional(Maximum, "maximum")
minimum = _functional(Minimum, "minimum")


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, ...)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot(axes, ...)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)

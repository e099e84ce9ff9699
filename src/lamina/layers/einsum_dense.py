"""EinsumDense: Dense along any axes, said by an einsum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lamina import activations, ops, regularizers
from lamina.errors import ArgumentError, ShapeError
from lamina.initializers import VarianceScaling
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.weight_options import add_weight, keep_options, options_config

# x, w and y of an equation; "..." stands first or last in x and y, or in neither.
_FORMS = (
    r"()([a-zA-Z]+)(),([a-zA-Z]+)->([a-zA-Z]+)",
    r"(\.\.\.)([a-zA-Z]+)(),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)",
    r"()([a-zA-Z]{2,})(\.\.\.),([a-zA-Z]+)->([a-zA-Z]+)\.\.\.",
)


class EinsumDense(Layer):
    """y = activation(einsum(equation, x, w) + b).

    Shapes: x and y as the equation says, w of the letters of its second term, b of those of
        `bias_axes`; `output_shape` is that of a row of y without what "..." stands for, None where
        a size is the input's.
    Start:  w Glorot uniform, its inputs the letters that are summed; b zero, and none without
        `bias_axes`.
    Raises: ArgumentError for an equation of another form; ShapeError for sizes that disagree.
    Keras:  `lora_rank` and quantization are not offered.
    """

    kernel_initializer: Any

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        single = isinstance(output_shape, int)
        self.partial_output_shape: Shape = (output_shape,) if single else tuple(output_shape)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        keep_options(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._terms = Terms.of(equation, bias_axes)

    def build(self, input_shape: Any) -> None:
        """Makes w and b."""
        sizes = self._terms.sizes(input_shape, self.partial_output_shape)
        self.input_spec = InputSpec(ndim=len(input_shape))
        initializer, terms = self.kernel_initializer, self._terms
        if isinstance(initializer, VarianceScaling) and (
            initializer.input_axes is None or initializer.output_axes is None
        ):
            config = {**initializer.get_config(), "seed": initializer.seed}
            initializer = type(initializer).from_config({**config, **terms.fans()})
        shape = [sizes[c] for c in terms.w]
        self.kernel = add_weight(self, "kernel", shape, initializer=initializer)
        self.bias = None
        if self.bias_axes is not None:
            self.bias = add_weight(self, "bias", terms.bias_shape(sizes, len(input_shape)))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """y = activation(einsum(equation, x, w) + b)."""
        x = ops.einsum(self.equation, inputs, self.kernel)
        return self.activation(x if self.bias is None else ops.add(x, self.bias))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The shape that the equation gives."""
        sizes = self._terms.sizes(input_shape, self.partial_output_shape)
        return self._terms.output_shape(sizes, input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "output_shape": self.partial_output_shape,
            "equation": self.equation,
            "activation": activations.serialize(self.activation),
            "bias_axes": self.bias_axes,
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            **options_config(self, "kernel", "bias"),
        }


@dataclass(frozen=True)
class Terms:
    """An equation, taken apart: the letters of x, w and y, of the bias, and where "..." stands."""

    equation: str
    x: str
    w: str
    y: str
    bias: str
    before: bool
    after: bool

    @classmethod
    def of(cls, equation: str, bias_axes: str | None) -> Terms:
        """The terms of an equation.

        Raises: ArgumentError for another form, or a letter that is nowhere else.
        """
        found = next(filter(None, (re.fullmatch(form, equation) for form in _FORMS)), None)
        if found is None:
            raise ArgumentError(
                "EinsumDense", "needs an equation of two terms, with '...' in x and y or nowhere",
                f"equation={equation!r}", "write 'abc,cd->abd' or '...x,xy->...y', for instance",
            )  # fmt: skip
        before, x, after, w, y = found.groups()
        lost = {*y} - {*x, *w} | {*w} - {*x, *y} | {*(bias_axes or "")} - {*y}
        if lost:
            raise ArgumentError(
                "EinsumDense", "has letters that no other term explains: of y in x or w, of w in "
                "x or y, of bias_axes in y", f"{sorted(lost)} in {equation!r}, {bias_axes=}",
                "write each letter in two terms",
            )  # fmt: skip
        return cls(equation, x, w, y, bias_axes or "", bool(before), bool(after))

    def sizes(self, input_shape: Sequence[Any], output_shape: Shape) -> dict[str, int | None]:
        """The size of every letter.

        Raises: ShapeError if the input has too few axes, or x and y disagree.
        """
        spare = len(input_shape) - len(self.x)
        elided = self.before or self.after
        start = spare if self.before else 0
        found = dict(zip(self.x, input_shape[start:], strict=False))
        batch = not self.before or spare == 0
        given = dict(zip(self.y[1 if batch else 0 :], output_shape, strict=False))
        clash = {c for c, n in given.items() if c in found and n not in (None, found[c])}
        count = len(self.y) - (1 if batch else 0)
        if spare < 0 or (spare and not elided) or clash or count != len(output_shape):
            raise ShapeError(
                f"EinsumDense {self.equation!r}", "needs inputs and an output_shape that fit it",
                f"inputs of shape {tuple(input_shape)}, output_shape={output_shape}",
                "give output_shape a size for each letter of the result but the batch",
            )  # fmt: skip
        return {**given, **found}

    def output_shape(self, sizes: dict[str, int | None], input_shape: Sequence[Any]) -> Shape:
        """The shape of y."""
        spare = len(input_shape) - len(self.x)
        named = tuple(sizes[c] for c in self.y)
        front = tuple(input_shape[:spare]) if self.before else ()
        back = tuple(input_shape[len(self.x) :]) if self.after else ()
        return (*front, *named, *back)

    def bias_shape(self, sizes: dict[str, int | None], rank: int) -> list[int | None]:
        """The letters of the bias from its first on, 1 where it has none."""
        first = min(self.y.index(c) for c in self.bias)
        shape = [sizes[c] if c in self.bias else 1 for c in self.y[first:]]
        return shape if self.before else [*shape, *[1] * (rank - len(self.x))]

    def fans(self) -> dict[str, list[int]]:
        """Which axes of w are inputs: those that y does not have."""
        outputs = [i for i, c in enumerate(self.w) if c in self.y]
        inputs = [i for i, c in enumerate(self.w) if c not in self.y]
        return {"input_axes": inputs, "output_axes": outputs}

"""CategoryEncoding: whole numbers below a known count to vectors."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer
from lamina.layers.preprocessing.choosing import output_mode_of, refuse_sparse
from lamina.layers.preprocessing.encoding import encode


class CategoryEncoding(Layer):
    """Whole numbers from 0 below num_tokens as vectors.

    Shapes: "multi_hot", "count" (B, T) -> (B, num_tokens); "one_hot" (B,) or (B, 1) -> same.
    Args:
        num_tokens: how many categories.
        output_mode: "multi_hot", "one_hot" or "count".
    Call: count_weights, of the shape of the inputs, with "count" only: what each entry counts as.
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        modes = ("count", "one_hot", "multi_hot")
        self.output_mode = output_mode_of("CategoryEncoding", output_mode, modes)
        refuse_sparse("CategoryEncoding", sparse)
        if num_tokens is None or num_tokens < 1:
            raise ArgumentError(
                "CategoryEncoding(num_tokens=...)", "needs a positive whole number",
                f"num_tokens={num_tokens!r}", "pass it, or use IntegerLookup, which learns it",
            )  # fmt: skip
        self.num_tokens, self.sparse = num_tokens, sparse

    def _converted(self, leaf: Any) -> Any:
        return super()._converted(ops.convert_to_tensor(leaf) if _is_number(leaf) else leaf)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The vectors."""
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(
                f"CategoryEncoding '{self.name}'", "takes count_weights with 'count' only",
                f"output_mode={self.output_mode!r}", "leave count_weights out",
            )  # fmt: skip
        if count_weights is not None:
            count_weights = ops.cast(ops.convert_to_tensor(count_weights), self.compute_dtype)
        given = ops.convert_to_tensor(inputs)
        return encode(given, self.output_mode, self.num_tokens, self.dtype, count_weights)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the vectors."""
        shape = tuple(input_shape)
        if not shape:
            return (self.num_tokens,)
        if self.output_mode == "one_hot" and (shape[-1] != 1 or len(shape) == 1):
            return (*shape, self.num_tokens)
        return (*shape[:-1], self.num_tokens)

    def compute_output_spec(self, inputs: Any, count_weights: Any = None) -> Any:
        """A symbolic tensor of the output's shape and dtype."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        own = {"num_tokens": self.num_tokens, "output_mode": self.output_mode}
        return {**super().get_config(), **own}


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, int | float)

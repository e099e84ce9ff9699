"""ReversibleEmbedding: a table of rows, and the way back from rows to scores of numbers."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph import dtypes
from lamina.graph.tensor import KerasTensor
from lamina.layers.embedding import Embedding


class ReversibleEmbedding(Embedding):
    """y = embeddings[x]; with `reverse` instead y = x embeddings', a score for each number.

    Shapes: x (B, ...) -> (B, ..., output_dim); reverse: (B, ..., output_dim) -> (..., input_dim).
    Args:
        tie_weights: whether both ways share the table; else the way back has
            `reverse_embeddings` (output_dim, input_dim).
        reverse_dtype: in which the way back is computed.
        logit_soft_cap: the scores become cap tanh(scores / cap). Bello et al. 2017.
    """

    def __init__(
        self, input_dim: int, output_dim: int, tie_weights: bool = True,
        embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, reverse_dtype: Any = None,
        logit_soft_cap: float | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
            embeddings_constraint, mask_zero, **kwargs,
        )  # fmt: skip
        self.tie_weights, self.logit_soft_cap = tie_weights, logit_soft_cap
        self.reverse_dtype = None if reverse_dtype is None else dtypes.standard(reverse_dtype)

    def build(self, input_shape: Any = None) -> None:
        """Makes the table, and the one for the way back if it is another."""
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            first: Any = vars(self)["embeddings_initializer"]
            self.reverse_embeddings = self.add_weight(
                shape=shape, initializer=first, name="reverse_embeddings"
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """The rows of numbers, or the scores of rows."""
        if not reverse:
            return super().call(inputs)
        table = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        if self.reverse_dtype is not None:
            inputs, table = (ops.cast(x, self.reverse_dtype) for x in (inputs, table))
        scores = ops.matmul(inputs, table)
        if self.logit_soft_cap is not None:
            scores = ops.multiply(ops.tanh(scores / self.logit_soft_cap), self.logit_soft_cap)
        return scores

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """x != 0 of whole numbers with `mask_zero`, else none."""
        if dtypes.is_float(inputs.dtype):
            return None
        return super().compute_mask(inputs, previous_mask)

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> Any:
        """The shape of the outputs."""
        shape = tuple(input_shape)
        return (*shape[:-1], self.input_dim) if reverse else (*shape, self.output_dim)

    def _states_spec(self) -> bool:
        return False  # which way it goes is an argument of the call

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> Any:
        """A symbolic tensor of the output's shape."""
        dtype = self.reverse_dtype if reverse and self.reverse_dtype else self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "tie_weights": self.tie_weights,
            "reverse_dtype": self.reverse_dtype, "logit_soft_cap": self.logit_soft_cap,
        }  # fmt: skip

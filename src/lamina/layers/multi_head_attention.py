"""MultiHeadAttention (Vaswani et al. 2017, "Attention is all you need", section 3.2.2)."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentTypeError
from lamina.layers.attention_heads import AttentionHeads


class MultiHeadAttention(AttentionHeads):
    """y = w_o · heads, each head = softmax(q k^T / sqrt(key_dim)) v of its own projections.

    Shapes: query (B, T, D), value (B, S, E), key (B, S, F) or the value -> y (B, T, D), and the
        weights (B, heads, T, S) with `return_attention_scores`. Further axes may stand between;
        attention is over `attention_axes` of them.
    Start:  kernels Glorot uniform, biases zero; in the order query, key, (gate,) value, output.
    Args:
        num_heads, key_dim: how many heads, and how wide their queries and keys are.
        value_dim: how wide their values are, by default as the keys.
        output_shape: of y's last axes; by default the query's last.
        attention_axes: by default all between batch and last.
        others: as `AttentionHeads`.
    Call:
        query_mask, value_mask, key_mask: (B, T), (B, S): where False, nothing is seen; by default
            those beside the tensors. Keras 3.15 overwrites a `query_mask` that is given.
        attention_mask: (B, T, S), (T, S) or (B, heads, T, S): which keys each query sees.
        use_causal_mask: query t sees keys up to t only.
    Masks:  y has the query's, the inputs keep theirs. Keras 3.15 takes them away when the layer has
        run, so that a second attention to the same tensor sees none.
    Raises: ArgumentError, ShapeError.
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            dropout, use_bias, sliding_window, flash_attention,
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (bias_initializer, bias_regularizer, bias_constraint), activity_regularizer,
            use_gate, seed, **kwargs,
        )  # fmt: skip
        self._positive(num_heads=num_heads, key_dim=key_dim)
        if value_dim is not None:
            self._positive(value_dim=value_dim)
        self.num_heads, self.key_dim = num_heads, key_dim
        self.value_dim = value_dim or key_dim
        self._output_shape = self._whole_numbers("output_shape", output_shape)
        self.attention_axes = self._whole_numbers("attention_axes", attention_axes)

    def _whole_numbers(self, name: str, given: Any) -> tuple[int, ...] | None:
        if given is None or given == ():
            return None
        several = (given,) if isinstance(given, int) else given
        if not isinstance(several, list | tuple) or not all(isinstance(n, int) for n in several):
            raise ArgumentTypeError(
                f"{type(self).__name__}({name}=...)", "needs a whole number or a list of them",
                repr(given), "leave it out, or pass (1,), for instance",
            )  # fmt: skip
        return tuple(several)

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Makes the projections."""
        key_shape = self._keep_shapes(query_shape, value_shape, key_shape)
        wide, values = (self.num_heads, self.key_dim), (self.num_heads, self.value_dim)
        self.query_dense = self._heads("query", query_shape, wide)
        self.key_dense = self._heads("key", key_shape, wide)
        if self.use_gate:
            self.gate_dense = self._heads("gate", query_shape, values, "sigmoid")
        self.value_dense = self._heads("value", value_shape, values)
        axes = self.attention_axes or tuple(range(1, len(value_shape) - 1))
        rank = len(value_shape) + 1
        self.attention_axes = tuple(axis if axis >= 0 else rank - 1 + axis for axis in axes)
        self._equations = equations(rank, self.attention_axes)
        self.softmax_axes = tuple(range(-len(self.attention_axes), 0))
        scores = len(self._equations[0].partition("->")[2])
        self._build_weighing(tuple(scores + axis for axis in self.softmax_axes))
        sizes = self._output_shape or (query_shape[-1],)
        self.output_dense = self._projection(
            "attention_output", *projection(len(query_shape) - 1, 2, sizes),
            (*query_shape[:-1], *values),
        )  # fmt: skip

    def _heads(self, name: str, inputs: Any, sizes: Any, activation: Any = None) -> Any:
        return self._projection(name, *projection(len(inputs) - 1, 1, sizes), inputs, activation)

    def _scale(self) -> float:
        return 1.0 / math.sqrt(self.key_dim)

    def _weighed(self, q: Any, k: Any, v: Any, seen: Any, training: Any) -> tuple[Any, Any]:
        compare, combine = self._equations
        weights = self._weights(ops.einsum(compare, k, ops.multiply(q, self._scale())), seen)
        return ops.einsum(combine, self._dropped(weights, training), v), weights

    def compute_output_shape(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """That of the query, with `output_shape` in the place of its last axis."""
        self._check_keys(value_shape, key_shape)
        return (*query_shape[:-1], *(self._output_shape or (query_shape[-1],)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "num_heads": self.num_heads, "key_dim": self.key_dim,
            "value_dim": self.value_dim, "output_shape": self._output_shape,
            "attention_axes": self.attention_axes,
        }  # fmt: skip


def projection(free: int, bound: int, sizes: Sequence[int]) -> tuple[str, tuple[Any, ...], str]:
    """The equation, output shape and bias axes of a projection that keeps the first `free` axes
    and puts axes of `sizes` in the place of the `bound` axes after them.
    """
    letters = string.ascii_lowercase
    kept, summed = letters[:free], letters[free : free + bound]
    made = letters[free + bound : free + bound + len(sizes)]
    shape = (*[None] * (free - 1), *sizes)
    return f"{kept}{summed},{summed}{made}->{kept}{made}", shape, made


def equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str]:
    """The einsums that compare keys with queries, and combine values by the weights.

    Both are of tensors (batch, others, attended, heads, width), the weights (batch, others, heads,
    queries' attended axes, keys' attended axes).
    """
    queries = string.ascii_lowercase[:rank]
    spare = iter(string.ascii_lowercase[rank:])
    keys = "".join(next(spare) if i in axes else c for i, c in enumerate(queries))
    batch = [queries[i] for i in range(rank - 1) if i not in axes]
    weights = "".join([*batch, *(queries[i] for i in axes), *(keys[i] for i in axes)])
    return f"{keys},{queries}->{weights}", f"{weights},{keys}->{queries}"

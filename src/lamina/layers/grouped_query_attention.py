"""GroupedQueryAttention: several heads of queries share a head of keys and values (Ainslie et al.
2023, arXiv:2305.13245).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.layers.attention_heads import AttentionHeads


class GroupedQueryAttention(AttentionHeads):
    """y = w_o · heads, each head = softmax(q k^T / sqrt(head_dim)) v, with fewer k and v than q.

    Shapes: query (B, T, D), value (B, S, D), key (B, S, D) or the value -> y (B, T, D), and the
        weights (B, query heads, T, S) with `return_attention_scores`.
    Start:  kernels Glorot uniform, biases zero; in the order query, key, (gate,) value, output.
    Args:
        head_dim: how wide each head is.
        num_query_heads, num_key_value_heads: how many; the first a multiple of the second.
        others: as `AttentionHeads`.
    Call:   as `MultiHeadAttention`.
    Raises: ArgumentError, ShapeError.
    """

    regularizes_outputs: ClassVar[bool] = True

    _names_in_files: ClassVar[Mapping[str, str]] = {
        f"{name}_dense": f"_{name}_dense" for name in ("query", "key", "value", "output")
    }

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        self._positive(
            head_dim=head_dim, num_query_heads=num_query_heads,
            num_key_value_heads=num_key_value_heads,
        )  # fmt: skip
        if num_query_heads % num_key_value_heads:
            raise ArgumentError(
                "GroupedQueryAttention", "needs as many heads of queries for each head of keys",
                f"{num_query_heads} heads of queries, {num_key_value_heads} of keys",
                "make num_query_heads a multiple of num_key_value_heads",
            )  # fmt: skip
        self.head_dim = head_dim
        self.num_query_heads, self.num_key_value_heads = num_query_heads, num_key_value_heads

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Makes the projections."""
        key_shape = self._keep_shapes(query_shape, value_shape, key_shape)
        many = (None, self.num_query_heads, self.head_dim)
        few = (None, self.num_key_value_heads, self.head_dim)
        self.query_dense = self._projection("query", "bqm,muh->bquh", many, "uh", query_shape)
        self.key_dense = self._projection("key", "bkm,mvh->bkvh", few, "vh", key_shape)
        if self.use_gate:
            self.gate_dense = self._projection(
                "gate", "bqm,muh->bquh", many, "uh", query_shape, "sigmoid"
            )
        self.value_dense = self._projection("value", "bkm,mvh->bkvh", few, "vh", value_shape)
        self._build_weighing(-1)
        self.output_dense = self._projection(
            "attention_output", "bquh,uhm->bqm", (None, query_shape[-1]), "m", (None, *many)
        )

    def _scale(self) -> float:
        return 1.0 / math.sqrt(self.head_dim)

    def _weighed(self, q: Any, k: Any, v: Any, seen: Any, training: Any) -> tuple[Any, Any]:
        times = self.num_query_heads // self.num_key_value_heads
        k, v = ops.repeat(k, times, axis=2), ops.repeat(v, times, axis=2)
        q = ops.multiply(q, self._scale())
        weights = self._weights(ops.einsum("bquh,bkuh->buqk", q, k), seen)
        return ops.einsum("buqk,bkuh->bquh", self._dropped(weights, training), v), weights

    def compute_output_shape(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """That of the query.

        Raises: ShapeError if queries and values differ in width.
        """
        self._check_keys(value_shape, key_shape)
        if query_shape[-1] != value_shape[-1]:
            raise ShapeError(
                f"GroupedQueryAttention '{self.name}'", "needs queries and values of one width",
                f"queries {tuple(query_shape)}, values {tuple(value_shape)}",
                "project one of them with Dense first",
            )  # fmt: skip
        return tuple(query_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "head_dim": self.head_dim,
            "num_query_heads": self.num_query_heads,
            "num_key_value_heads": self.num_key_value_heads,
        }  # fmt: skip

"""Attention, AdditiveAttention: for each query a mean of values, weighted by likeness to keys."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.base import Layer

SCORE_MODES = ("dot", "concat")
# What is taken from a score that counts for nothing.
MASKED = 1e9


class Attention(Layer):
    """y = softmax(score(q, k)) v, the softmax over the keys (Luong et al. 2015).

    Shapes: inputs [q (B, T, D), v (B, S, E)] or [q, v, k (B, S, D)] -> y (B, T, E), and the weights
        (B, T, S) with `return_attention_scores`. Without k the values are the keys.

    Args:
        use_scale: the scores are multiplied by a learnt number; in mode "concat" q + k is.
        score_mode: "dot": q k^T; "concat": w · sum of tanh(q + k), with a learnt w.
        dropout: the share of the weights that is dropped while training.
        seed: of the dropout.
    Call:
        mask: [mask of q (B, T), mask of v (B, S)], either None: where v's is False nothing is seen,
            where q's is, y is 0.
        use_causal_mask: query t sees keys up to t only.
    Raises: ArgumentError.
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score_mode not in SCORE_MODES:
            raise ArgumentError(
                f"{type(self).__name__}(score_mode=...)", "does not know this one",
                repr(score_mode), "use 'dot' or 'concat'",
            )  # fmt: skip
        self.use_scale, self.score_mode = use_scale, score_mode
        self.dropout, self.seed = dropout, seed
        self.supports_masking = True
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        """Makes the numbers that are learnt."""
        self._check("inputs", input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                shape=(), initializer="ones", name="concat_score_weight"
            )

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool | None = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """y, or (y, weights)."""
        self._check("inputs", inputs)
        if mask is not None:
            self._check("mask", mask)
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        scores = self._calculate_scores(query, key)
        seen = self._seen(scores, value_mask, use_causal_mask)
        if seen is not None:
            scores = ops.where(seen, scores, ops.subtract(scores, MASKED))
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        y = ops.matmul(weights, value)
        if query_mask is not None:
            y = ops.where(ops.expand_dims(query_mask, -1), y, 0.0)
        return (y, weights) if return_attention_scores else y

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """(B, T, S): how much each query is like each key."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        pairs = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        if self.scale is not None:
            pairs = ops.multiply(self.scale, pairs)
        return ops.multiply(self.concat_score_weight, ops.sum(ops.tanh(pairs), axis=-1))

    def _seen(self, scores: Any, value_mask: Any, use_causal_mask: bool) -> Any:
        """Which scores count, None if all do."""
        seen = None if value_mask is None else ops.expand_dims(value_mask, -2)
        if not use_causal_mask:
            return seen
        causal = causal_mask(*scores.shape[-2:])
        return causal if seen is None else ops.logical_and(seen, causal)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The queries' mask goes on."""
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, T, E)."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def _states_spec(self) -> bool:
        # Whether the weights come out too is said by the call.
        return False

    def _check(self, name: str, given: Any) -> None:
        if not isinstance(given, list | tuple) or not 2 <= len(given) <= 3:
            count = f"{len(given)} of them" if isinstance(given, list | tuple) else "one tensor"
            what = "[query, value] or [query, value, key]"
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", f"needs {name} as a list: {what}", count,
                f"pass {'[x, x]' if name == 'inputs' else '[query_mask, value_mask]'}",
            )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "use_scale": self.use_scale, "score_mode": self.score_mode,
            "dropout": self.dropout, "seed": self.seed,
        }  # fmt: skip


class AdditiveAttention(Attention):
    """y = softmax(sum of scale · tanh(q + k)) v, the softmax over the keys (Bahdanau et al. 2015).

    Shapes: as `Attention`, with keys as wide as queries; scale (D,).
    Start:  scale Glorot uniform; none without `use_scale`.
    Args: as `Attention`.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the scale."""
        self._check("inputs", input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                shape=(input_shape[0][-1],), initializer="glorot_uniform", name="scale"
            )

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        pairs = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(pairs if self.scale is None else ops.multiply(self.scale, pairs), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["score_mode"]
        return config


def causal_mask(queries: Any, keys: Any) -> Any:
    """(1, T, S): whether key s stands at or before query t."""
    places = ops.expand_dims(ops.arange(queries), -1), ops.expand_dims(ops.arange(keys), 0)
    return ops.expand_dims(ops.greater_equal(*places), 0)


def window_mask(queries: Any, keys: Any, size: int) -> Any:
    """(1, T, S): whether key s stands fewer than `size` places from query t."""
    places = ops.expand_dims(ops.arange(queries), -1), ops.expand_dims(ops.arange(keys), 0)
    return ops.expand_dims(ops.less(ops.abs(ops.subtract(*places)), size), 0)

"""What multi-head and grouped-query attention have in common: projections, masks, the gate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from lamina import ops, regularizers
from lamina.errors import ArgumentError, ShapeError
from lamina.layers.activation import Softmax
from lamina.layers.attention import causal_mask, window_mask
from lamina.layers.base import Layer
from lamina.layers.dropout import Dropout
from lamina.layers.einsum_dense import EinsumDense
from lamina.layers.weight_options import keep_options, options_config


class AttentionHeads(Layer):
    """Several attentions beside each other, each on its own projection of queries, keys, values.

    Derived classes make the projections and say how the heads attend.

    Args:
        dropout: the share of the weights of attention that is dropped while training.
        use_bias: whether the projections have one.
        sliding_window: queries see keys fewer than so many places away.
        flash_attention: a hint of how to compute; it changes no result here.
        use_gate: the heads' outputs are multiplied by sigmoid(a projection of the query).
        seed: of the dropout.
        others: of all kernels and biases.
    """

    # Whether the penalty of activities is of the outputs too, not of the projections alone.
    regularizes_outputs: ClassVar[bool] = False
    query_dense: Any
    gate_dense: Any
    key_dense: Any
    value_dense: Any
    output_dense: Any
    softmax_axes: Any = -1
    _shapes: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self, dropout: float, use_bias: bool, sliding_window: int | None, flash_attention: Any,
        kernel: tuple[Any, Any, Any], bias: tuple[Any, Any, Any], activity_regularizer: Any,
        use_gate: bool, seed: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        own = activity_regularizer if self.regularizes_outputs else None
        super().__init__(activity_regularizer=own, **kwargs)
        keep_options(self, "kernel", *kernel)
        keep_options(self, "bias", *bias)
        self.projection_regularizer = regularizers.get(activity_regularizer)
        self.dropout, self.use_bias, self.use_gate, self.seed = dropout, use_bias, use_gate, seed
        if sliding_window is not None:
            self._positive(sliding_window=sliding_window)
        self.sliding_window, self.flash_attention = sliding_window, flash_attention
        self.supports_masking = True

    def _positive(self, **given: Any) -> None:
        for name, value in given.items():
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ArgumentError(
                    f"{type(self).__name__}({name}=...)", "needs a positive whole number",
                    repr(value), f"pass {name}=2, for instance",
                )  # fmt: skip

    # ── projections ──

    def _projection(
        self, name: str, equation: str, sizes: Any, bias_axes: str, inputs: Any,
        activation: Any = None,
    ) -> EinsumDense:  # fmt: skip
        """A projection, built for inputs of this shape."""
        options = options_config(self, "kernel", "bias")
        # Its own initializers: those without a seed draw anew.
        for key in ("kernel_initializer", "bias_initializer"):
            initializer = getattr(self, key)
            options[key] = type(initializer).from_config(initializer.get_config())
        layer = EinsumDense(
            equation, tuple(sizes), activation=activation,
            bias_axes=bias_axes if self.use_bias else None, name=name, dtype=self.dtype,
            activity_regularizer=self.projection_regularizer, **options,
        )  # fmt: skip
        layer.supports_masking = True  # of no consequence: masks are used here
        layer.build_inside(inputs)
        return layer

    def _build_weighing(self, softmax_axes: Any) -> None:
        self._softmax = Softmax(axis=softmax_axes, dtype=self.dtype)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype)

    def _keep_shapes(self, query_shape: Any, value_shape: Any, key_shape: Any) -> Any:
        """Keeps the shapes that the layer is built for; that of the keys."""
        keys = self._check_keys(value_shape, key_shape)
        given = {"query": query_shape, "value": value_shape, "key": key_shape}
        self._shapes = {f"{k}_shape": tuple(s) for k, s in given.items() if s is not None}
        return keys

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes of the inputs for which the layer was built; None before that."""
        return {"shapes_dict": dict(self._shapes)} if self._shapes else None

    def _check_keys(self, value_shape: Any, key_shape: Any) -> Any:
        """The shape of the keys: the values' where none is given."""
        keys = value_shape if key_shape is None else key_shape
        if tuple(value_shape[1:-1]) != tuple(keys[1:-1]):
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "needs a key for each value",
                f"values of shape {tuple(value_shape)}, keys of shape {tuple(keys)}",
                "pass keys and values that differ in their last axis at most",
            )  # fmt: skip
        return keys

    # ── attending ──

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """y, or (y, weights)."""
        given = [query_mask, value_mask, key_mask, attention_mask, self.sliding_window]
        # Alone, being causal is something that the op knows.
        is_causal = use_causal_mask and all(x is None for x in given)
        seen = attention_mask
        if not is_causal:
            masks = (query_mask, value_mask, key_mask)
            seen = self._seen(query, value, masks, attention_mask, use_causal_mask)
        q, k = self.query_dense(query), self.key_dense(value if key is None else key)
        v = self.value_dense(value)
        drops = self.dropout > 0
        if len(q.shape) != 4 or drops or return_attention_scores:
            if is_causal:
                seen = causal_mask(query.shape[1], value.shape[1])
            y, weights = self._weighed(q, k, v, seen, training)
        else:
            seen = None if seen is None else self._spread(seen, 4)
            scale, weights = self._scale(), None
            y = ops.dot_product_attention(q, k, v, mask=seen, scale=scale, is_causal=is_causal)
        if self.use_gate:
            y = ops.multiply(y, self.gate_dense(query))
        y = self.output_dense(y)
        return (y, weights) if return_attention_scores else y

    def _scale(self) -> float:
        raise NotImplementedError

    def _weighed(self, q: Any, k: Any, v: Any, seen: Any, training: Any) -> tuple[Any, Any]:
        """The heads' outputs and the weights of attention."""
        raise NotImplementedError

    def _weights(self, scores: Any, seen: Any) -> Any:
        """The softmax of those scores that count."""
        if seen is not None:
            seen = self._spread(seen, len(scores.shape))
        return self._softmax(scores, mask=seen)

    def _dropped(self, weights: Any, training: bool | None) -> Any:
        return self._dropout_layer(weights, training=training) if self.dropout > 0 else weights

    def _seen(
        self, query: Any, value: Any, masks: tuple[Any, Any, Any], attention_mask: Any,
        use_causal_mask: bool,
    ) -> Any:  # fmt: skip
        """All masks in one, broadcasting against (B, T, S); None if all is seen."""
        lengths = query.shape[1], value.shape[1]
        axes = (-1, -2, -2)  # of the queries' mask (B, T, 1), of the others (B, 1, S)
        parts = [
            ops.expand_dims(ops.cast(mask, "bool"), axis)
            for mask, axis in zip(masks, axes, strict=True)
            if mask is not None
        ]
        if use_causal_mask:
            parts.append(causal_mask(*lengths))
        if self.sliding_window is not None:
            parts.append(window_mask(*lengths, self.sliding_window))
        if attention_mask is not None:
            parts.insert(0, ops.cast(attention_mask, "bool"))
        seen = None
        for part in parts:
            seen = part if seen is None else ops.logical_and(seen, part)
        return seen

    def _spread(self, seen: Any, rank: int) -> Any:
        """A mask with axes of size 1 for the heads, and for what is not attended over."""
        axes = 2 if isinstance(self.softmax_axes, int) else 2 * len(self.softmax_axes)
        while len(seen.shape) < rank:
            seen = ops.expand_dims(seen, -axes - 1)
        return seen

    def _states_spec(self) -> bool:
        # Whether the weights come out too is said by the call.
        return False

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "use_bias": self.use_bias, "use_gate": self.use_gate,
            "sliding_window": self.sliding_window, "dropout": self.dropout, "seed": self.seed,
            "activity_regularizer": regularizers.serialize(self.projection_regularizer),
            **options_config(self, "kernel", "bias"),
        }  # fmt: skip

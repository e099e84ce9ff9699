"""Rows of the layers of attention."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.layers.row import Row, made

# Four rows, of queries (3 steps), values and keys (5 steps).
_PAIR, _THREE = ((4, 3, 6), (4, 5, 6)), ((4, 3, 6), (4, 5, 2), (4, 5, 6))
_APART = ((4, 3, 6), (4, 5, 2), (4, 5, 7))
_SELF = ((4, 5, 6), (4, 5, 6))
_BOTH = {"return_attention_scores": True}
_CAUSAL = {"use_causal_mask": True}


def _drawn(*shape: int, keep: int | None = 0) -> np.ndarray:
    """A mask; each line along the last axis sees at least the entry `keep`, if not None."""
    mask = np.random.default_rng(9).random(shape) < 0.5
    if keep is not None:
        mask[..., keep] = True
    return mask


# Masks of queries and of values; the last line of the second sees nothing.
_OF_Q, _OF_V = _drawn(4, 3, keep=None), _drawn(4, 5)
_NOTHING = np.concatenate([_OF_V[:3], np.zeros((1, 5), bool)])
_SEEN = _drawn(4, 3, 5)


def _simple(name: str) -> dict[str, Row]:
    return {
        name: Row(made(name), _PAIR),
        f"{name} key, scores": Row(made(name), _THREE, _BOTH),
        f"{name} causal": Row(made(name), _PAIR, _CAUSAL | _BOTH),
        f"{name} masks": Row(made(name), _PAIR, {"mask": [_OF_Q, _NOTHING]} | _BOTH),
        f"{name} masks, causal": Row(made(name), _THREE, {"mask": [_OF_Q, _OF_V]} | _CAUSAL),
        f"{name} dropout": Row(made(name, dropout=0.5, seed=3), _SELF),
        f"{name} one": Row(made(name), ((1, 1, 1), (1, 1, 1))),
    }


def _row(layer: str, *args: Any, shapes: Any = _PAIR, call: Any = None, **kwargs: Any) -> Row:
    """Inputs that are not large, so that no weight of attention is all but 1."""
    return Row(made(layer, *args, **kwargs), shapes, call or {}, spread=True, scale=0.3)


def _heads(name: str, layer: str, *args: Any) -> dict[str, Row]:
    def row(call: Any = None, shapes: Any = _PAIR, **kwargs: Any) -> Row:
        return _row(layer, *args, shapes=shapes, call=call, **kwargs)

    kept = {
        "kernel_regularizer": "l2", "bias_regularizer": "l2", "bias_constraint": "non_neg",
        "kernel_constraint": "max_norm", "activity_regularizer": "l2", "bias_initializer": "ones",
        "kernel_initializer": "he_normal",
    }  # fmt: skip
    masks = {"value_mask": _OF_V, "key_mask": _drawn(4, 5)}
    every = masks | {"attention_mask": _SEEN} | _CAUSAL
    return {
        name: row(),
        f"{name} scores": row(_BOTH),
        f"{name} causal": row(_CAUSAL, _SELF),
        f"{name} causal, scores": row(_CAUSAL | _BOTH),
        f"{name} seen": row({"attention_mask": _SEEN}),
        f"{name} seen by all": row({"attention_mask": _SEEN[0].astype("int32")}),
        f"{name} masks, seen": row(every),
        f"{name} masks, seen, scores": row(every | _BOTH),
        f"{name} masks, nothing": row({"value_mask": _NOTHING}),
        f"{name} masks, nothing, scores": row({"value_mask": _NOTHING} | _BOTH),
        f"{name} window": row(shapes=_SELF, sliding_window=2),
        f"{name} window, causal": row(_CAUSAL, _SELF, sliding_window=2),
        f"{name} gate": row(use_gate=True, use_bias=False),
        f"{name} dropout": row(masks | _CAUSAL, dropout=0.5, seed=3),
        f"{name} kept": row(**kept),
        f"{name} one": row(shapes=((1, 1, 1), (1, 1, 1))),
    }


# The latter is called GroupedQueryAttention, but in Keras' module.
_MANY, _FEW = "MultiHeadAttention", "GroupQueryAttention"


_SPACE = ((4, 2, 3, 6), (4, 2, 5, 6))


def _many(shapes: Any = _PAIR, call: dict[str, Any] | None = None, **kwargs: Any) -> Row:
    return _row(_MANY, **{"num_heads": 3, "key_dim": 2, **kwargs}, shapes=shapes, call=call)


ATTENDING: dict[str, Row] = {
    **_simple("Attention"),
    **_simple("AdditiveAttention"),
    "Attention scale": Row(made("Attention", use_scale=True), _PAIR),
    "Attention concat": Row(made("Attention", score_mode="concat"), _PAIR),
    "Attention concat, scale": Row(made("Attention", True, "concat", name="a"), _THREE, _BOTH),
    "AdditiveAttention plain": Row(made("AdditiveAttention", use_scale=False), _PAIR),
    **_heads(_MANY, _MANY, 3, 2),
    **_heads("GroupedQueryAttention", _FEW, 2, 6, 2),
    f"{_MANY} key": _many(_APART),
    f"{_MANY} seen by heads": _many(call={"attention_mask": _drawn(4, 3, 3, 5)}),
    # Without scores or dropout JAX has no values of another width.
    f"{_MANY} wide": _many(_APART, _BOTH, value_dim=5, dropout=0.5),
    f"{_MANY} output": _many(output_shape=4),
    f"{_MANY} output, two": _many(output_shape=(2, 3), name="m"),
    f"{_MANY} axes": _many(_SPACE, attention_axes=2),
    f"{_MANY} axes, last": _many(_SPACE, _BOTH, attention_axes=(-2,)),
    f"{_MANY} axes, first": _many(((4, 3, 2, 6), (4, 5, 2, 6)), attention_axes=(1,)),
    f"{_MANY} axes, all": _many(_SPACE, _BOTH, attention_axes=(1, 2)),
    f"{_MANY} deep": _many(((4, 2, 3, 6), (4, 4, 1, 6))),
    "GroupedQueryAttention as many": _row(_FEW, 3, 2, 2),
    "GroupedQueryAttention one for all": _row(
        _FEW, 3, 4, 1, shapes=((4, 3, 6), (4, 5, 6), (4, 5, 7))
    ),
}

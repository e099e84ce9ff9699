"""Training cases with layers of attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.oracle.case import ROWS, Case, random, targets

STEPS, WIDTH = 6, 4


def _steps(seed: int) -> Any:
    return random(seed).normal(size=(ROWS, STEPS, WIDTH)).astype("float32")


def _classified(k: Any, x: Any, y: Any) -> Any:
    y = k.layers.Dense(3, activation="softmax")(k.layers.GlobalAveragePooling1D()(y))
    model = k.Model(x, y)
    model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _of_steps(attend: Callable[[Any, Any], Any]) -> Case:
    def build(k: Any) -> Any:
        x = k.Input((STEPS, WIDTH))
        return _classified(k, x, attend(k, x))

    return Case(build, _steps(1), targets("classes"))


def _block(k: Any, x: Any) -> Any:
    """A layer of a transformer's encoder."""
    attended = k.layers.MultiHeadAttention(2, 3)(x, x)
    x = k.layers.LayerNormalization()(k.layers.Add()([x, attended]))
    inner = k.layers.Dense(7, activation="relu")(x)
    return k.layers.LayerNormalization()(k.layers.Add()([x, k.layers.Dense(WIDTH)(inner)]))


def _decoder(k: Any, x: Any) -> Any:
    y = k.layers.MultiHeadAttention(3, 2, value_dim=2, output_shape=5, use_gate=True)(
        x, x, use_causal_mask=True
    )
    return k.layers.MultiHeadAttention(1, 4, sliding_window=3, kernel_regularizer="l2")(y, x)


def _grouped(k: Any, x: Any) -> Any:
    return k.layers.GroupQueryAttention(2, 4, 2)(x, x, use_causal_mask=True)


def _luong(k: Any, x: Any) -> Any:
    query, value = (k.layers.Dense(5)(x) for _ in range(2))
    return k.layers.Attention(use_scale=True)([query, value], use_causal_mask=True)


def _bahdanau(k: Any, x: Any) -> Any:
    query, key = (k.layers.Dense(5)(x) for _ in range(2))
    return k.layers.AdditiveAttention()([query, x, key])


def _masked(k: Any) -> Any:
    x, keep = k.Input((STEPS, WIDTH)), k.Input((STEPS,))
    seen = k.ops.expand_dims(keep, 1)
    y = k.layers.MultiHeadAttention(2, 3)(x, x, attention_mask=seen)
    return _classified(k, [x, keep], y)


def _words(attend: Callable[[Any, Any], Any]) -> Case:
    """Sequences of words, padded with 0, whose masks go along."""

    def build(k: Any) -> Any:
        words = k.Input((STEPS,), dtype="int32")
        x = k.layers.Embedding(9, WIDTH, mask_zero=True)(words)
        return _classified(k, words, attend(k, x))

    return Case(build, _padded(), targets("classes"))


def _padded() -> Any:
    lengths = random(4).integers(1, STEPS + 1, ROWS)
    words = random(5).integers(1, 9, (ROWS, STEPS))
    return np.where(np.arange(STEPS) < lengths[:, None], words, 0).astype("int32")


def _translated(k: Any) -> Any:
    """Each tensor is attended to once: Keras takes its mask away then, for attention after it."""
    words = k.Input((STEPS,), dtype="int32")
    x, memory = (k.layers.Embedding(9, n, mask_zero=True)(words) for n in (WIDTH, 3))
    y = k.layers.MultiHeadAttention(3, 2, output_shape=5)(x, memory, use_causal_mask=True)
    return _classified(k, words, y)


_KEEP = (random(3).random((ROWS, STEPS)) < 0.6).astype("float32")
_KEEP[4] = 0  # nothing is seen

ATTENTION = {
    "encoder": _of_steps(_block),
    "decoder": _of_steps(_decoder),
    "grouped": _of_steps(_grouped),
    "luong": _of_steps(_luong),
    "bahdanau": _of_steps(_bahdanau),
    "encoder of words": _words(_block),
    "translated words": Case(_translated, _padded(), targets("classes")),
    "grouped words": _words(_grouped),
    "luong of words": _words(_luong),
    "bahdanau of words": _words(_bahdanau),
    "masked": Case(_masked, [_steps(2), _KEEP], targets("classes")),
}

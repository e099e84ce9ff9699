"""Training cases of layers for sequences: masks, states, both directions, cells of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.oracle.case import ROWS, Case, random, targets

STEPS, WORDS = 6, 9


def _words(seed: int) -> np.ndarray:
    """Sentences of numbers; 0 stands for nothing."""
    words = random(seed).integers(1, WORDS, (ROWS, STEPS))
    lengths = random(seed + 1).integers(0, STEPS + 1, (ROWS, 1))
    return np.where(np.arange(STEPS) < lengths, words, 0).astype("int32")


def _series(seed: int, features: int = 3) -> np.ndarray:
    """Sequences some of whose steps are zero."""
    stream = random(seed)
    steps = stream.normal(size=(ROWS, STEPS, features))
    return (steps * (stream.random((ROWS, STEPS, 1)) < 0.7)).astype("float32")


def _each_step(units: int) -> np.ndarray:
    return random(98).normal(size=(ROWS, STEPS, units)).astype("float32")


def _stack(*layers: Callable[[Any], Any], start: tuple[int, ...] = (STEPS,)) -> Any:
    """k -> a Sequential of these."""
    return lambda k: k.Sequential([k.layers.Input(start), *(layer(k) for layer in layers)])


def _classified(model: Callable[[Any], Any], x: Any, **fit: Any) -> Case:
    """Training towards three classes by Adam."""

    def build(k: Any) -> Any:
        made = model(k)
        made.compile(
            k.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        return made

    return Case(build, x, targets("classes"), fit)


def _followed(model: Callable[[Any], Any], x: Any, y: np.ndarray, **fit: Any) -> Case:
    """Training towards a value at each step, of which masked steps are no part."""

    def build(k: Any) -> Any:
        made = model(k)
        weighted = ["mae"] if "sample_weight" in fit else None
        made.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"], weighted_metrics=weighted)
        return made

    return Case(build, x, y, fit)


def _embedding(k: Any) -> Any:
    return k.layers.Embedding(WORDS, 4, mask_zero=True)


def _softmax(k: Any) -> Any:
    return k.layers.Dense(3, activation="softmax")


def _labelled(k: Any) -> Any:
    """A class at each step; the mask goes through TimeDistributed to loss and accuracy."""
    return _stack(
        _embedding,
        lambda k: k.layers.LSTM(4, return_sequences=True),
        lambda k: k.layers.TimeDistributed(_softmax(k)),
    )(k)


def _translated(k: Any) -> Any:
    """An encoder whose last states begin a decoder."""
    read, written = k.Input((STEPS,)), k.Input((STEPS, 3))
    _, h, c = k.layers.LSTM(4, return_state=True)(_embedding(k)(read))
    y = k.layers.LSTM(4, return_sequences=True)(written, initial_state=[h, c])
    return k.Model([read, written], k.layers.Dense(2)(y))


def _joined(k: Any) -> Any:
    """Two masked sequences added: a step counts where it counts in either."""
    a, b = k.Input((STEPS,)), k.Input((STEPS, 3))
    x = k.layers.GRU(4, return_sequences=True)(_embedding(k)(a))
    y = k.layers.GRU(4, return_sequences=True, reset_after=False)(k.layers.Masking()(b))
    return k.Model([a, b], k.layers.Dense(2)(k.layers.Add()([x, y])))


def _told(k: Any) -> Any:
    """A mask that is passed by hand."""
    x = k.Input((STEPS,), dtype="int32")
    embedding = _embedding(k)
    y = k.layers.Embedding(WORDS, 3)(x)
    y = k.layers.SimpleRNN(4, return_sequences=True)(y, mask=embedding.compute_mask(x))
    return k.Model(x, k.layers.Dense(2)(y))


def _decayed(k: Any) -> Any:
    """A cell of the user's own, whose output is not its state."""

    class Decay(k.layers.Layer):  # type: ignore[misc, name-defined]
        state_size = output_size = 4

        def build(self, shape: Any) -> None:
            self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")
            self.rate = self.add_weight(shape=(4,), initializer="ones", name="rate")

        def call(self, inputs: Any, states: Any) -> Any:
            state = states[0] * k.ops.sigmoid(self.rate) + k.ops.matmul(inputs, self.kernel)
            return k.ops.tanh(state), [state]

    x = k.Input((STEPS, 3))
    y = k.layers.RNN(Decay(), return_sequences=True)(k.layers.Masking()(x))
    return k.Model(x, k.layers.Dense(2)(y))


def _compiled(model: Any) -> Any:
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


SEQUENCES = {
    "lstm": _classified(_stack(_embedding, lambda k: k.layers.LSTM(5), _softmax), _words(1)),
    "gru": _classified(
        _stack(
            _embedding,
            lambda k: k.layers.GRU(5, kernel_regularizer="l2", recurrent_constraint="max_norm"),
            _softmax,
        ),
        _words(2), batch_size=1, epochs=1,
    ),
    "rnn, gru before": _classified(
        _stack(
            lambda k: k.layers.SimpleRNN(5, return_sequences=True),
            lambda k: k.layers.GRU(3, reset_after=False, go_backwards=True),
            _softmax, start=(STEPS, 3),
        ),
        _series(3), validation_split=0.3,
    ),
    "bidirectional": _classified(
        _stack(_embedding, lambda k: k.layers.Bidirectional(k.layers.LSTM(3)), _softmax), _words(4)
    ),
    "bidirectional steps": _followed(
        _stack(
            lambda k: k.layers.Masking(),
            lambda k: k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True), "sum"),
            lambda k: k.layers.Dense(2), start=(STEPS, 3),
        ),
        _series(5), _each_step(2),
    ),
    "stacked cells": _classified(
        _stack(
            lambda k: k.layers.Masking(),
            lambda k: k.layers.RNN([k.layers.LSTMCell(3), k.layers.GRUCell(4)]),
            _softmax, start=(STEPS, 3),
        ),
        _series(6),
    ),
    "masked loss, weights": _followed(
        _stack(
            _embedding, lambda k: k.layers.LSTM(4, return_sequences=True),
            lambda k: k.layers.Dense(2),
        ),
        _words(7), _each_step(2), sample_weight=random(8).random((ROWS, STEPS)).astype("float32"),
    ),
    "labelled steps": Case(
        lambda k: _compiled(_labelled(k)), _words(9), random(10).integers(0, 3, (ROWS, STEPS))
    ),
    "encoder, decoder": _followed(_translated, [_words(11), _series(12)], _each_step(2)),
    "joined masks": _followed(_joined, [_words(13), _series(14)], _each_step(2)),
    "told mask": _followed(_told, _words(15), _each_step(2)),
    "own cell": _followed(_decayed, _series(16), _each_step(2)),
}  # fmt: skip


def _in_float64(k: Any) -> Any:
    """Without tanh: Keras' own of float64 is right to 5e-8 only."""
    return _stack(
        lambda k: k.layers.Masking(),
        lambda k: k.layers.GRU(3, "softsign", "hard_sigmoid", return_sequences=True),
        lambda k: k.layers.LSTM(4, "relu", "hard_sigmoid"),
        _softmax, start=(STEPS, 3),
    )(k)  # fmt: skip


IN_FLOAT64 = {
    "recurrent": Case(
        lambda k: _compiled(_in_float64(k)), _series(17).astype("float64"), targets("classes"), {},
        "float64",
    )
}  # fmt: skip

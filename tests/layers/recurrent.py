"""Rows of the layers for sequences: embedding, masking, recurrence, wrappers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.layers.row import Row, made

_STEPS, _IDS, _BATCH = ((4, 5, 3),), ((4, 5),), 4
# A step that is masked at the beginning, at the end, in the middle; a row that is masked whole.
MASK = np.array(
    [[0, 1, 1, 0, 1], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], dtype=bool
)  # fmt: skip
_MASKED = {"mask": MASK}


def _states(count: int, units: int = 2) -> list[np.ndarray]:
    stream = np.random.default_rng(5)
    return [stream.normal(size=(_BATCH, units)).astype("float32") for _ in range(count)]


def _ways(name: str, count: int) -> dict[str, Row]:
    """The arguments that all recurrent layers share, on one of them with so many states."""
    first = {"initial_state": _states(count)}
    every = {"return_sequences": True, "return_state": True}
    return {
        name: Row(made(name, 2), _STEPS),
        f"{name} all": Row(made(name, 2, **every), _STEPS),
        f"{name} back": Row(made(name, 2, go_backwards=True, **every), _STEPS),
        f"{name} states": Row(made(name, 2, return_state=True), _STEPS, first),
        f"{name} states, all": Row(made(name, 2, **every), _STEPS, first),
        f"{name} masked": Row(made(name, 2), _STEPS, _MASKED),
        f"{name} masked, all": Row(made(name, 2, **every), _STEPS, _MASKED | first),
        f"{name} masked, back": Row(made(name, 2, go_backwards=True, **every), _STEPS, _MASKED),
        f"{name} masked, zeros": Row(
            made(name, 2, zero_output_for_mask=True, **every), _STEPS, _MASKED
        ),
        f"{name} masked, zero": Row(made(name, 2, zero_output_for_mask=True), _STEPS, _MASKED),
        f"{name} unrolled": Row(made(name, 2, unroll=True, **every), _STEPS),
        f"{name} unrolled, masked": Row(
            made(name, 2, unroll=True, **every), _STEPS, _MASKED | first
        ),
        f"{name} unrolled, back": Row(
            made(name, 2, unroll=True, go_backwards=True), _STEPS, _MASKED | first
        ),
        f"{name} plain": Row(made(name, 3, activation=None, use_bias=False), _STEPS),
        f"{name} one step": Row(made(name, 3, return_sequences=True), ((4, 1, 3),)),
        f"{name} dropped": Row(
            made(name, 3, dropout=0.3, recurrent_dropout=0.2, seed=3), _STEPS
        ),
        f"{name} kept": Row(
            made(
                name, 2, kernel_regularizer="l2", recurrent_regularizer="l2",
                bias_regularizer="l2", kernel_constraint="non_neg",
                recurrent_constraint="unit_norm", bias_constraint="max_norm",
                kernel_initializer="zeros", bias_initializer="ones",
                recurrent_initializer="glorot_uniform",
            ),
            _STEPS,
        ),
        f"{name}Cell": Row(made(f"{name}Cell", 2), ((4, 3), *((4, 2),) * count), cell=True),
    }  # fmt: skip


def _cells(*names: str) -> Callable[[Any], Any]:
    def build(k: Any) -> Any:
        cells = [getattr(k.layers, f"{name}Cell")(2 + i) for i, name in enumerate(names)]
        return k.layers.RNN(cells, return_sequences=True, return_state=len(names) < 3)

    return build


def _both(name: str, mode: str | None = "concat", **options: Any) -> Callable[[Any], Any]:
    return lambda k: k.layers.Bidirectional(getattr(k.layers, name)(2, **options), mode)


def _each(layer: str, *args: Any, **options: Any) -> Callable[[Any], Any]:
    return lambda k: k.layers.TimeDistributed(getattr(k.layers, layer)(*args, **options))


RECURRENT: dict[str, Row] = {
    "Embedding": Row(made("Embedding", 7, 3), _IDS, below=7),
    "Embedding masked": Row(made("Embedding", 7, 3, "ones", mask_zero=True), ((4,),), below=7),
    "Embedding kept": Row(
        made(
            "Embedding", 9, 2, embeddings_regularizer="l2", embeddings_constraint="unit_norm",
            activity_regularizer="l2",
        ),
        _IDS, below=9,
    ),
    "Embedding floats": Row(made("Embedding", 7, 3, dtype="float32"), ((4, 2, 3),), below=7),
    "Masking": Row(made("Masking"), _STEPS),
    "Masking value": Row(made("Masking", mask_value=2), ((4, 5, 2),), below=3),
    **_ways("SimpleRNN", 1),
    **_ways("LSTM", 2),
    **_ways("GRU", 1),
    "SimpleRNN relu": Row(made("SimpleRNN", 17, "relu"), ((4, 7, 9),)),
    "LSTM sigmoid": Row(
        made("LSTM", 3, "sigmoid", "tanh", unit_forget_bias=False, return_sequences=True), _STEPS
    ),
    "LSTM activity": Row(made("LSTM", 2, activity_regularizer="l2"), _STEPS),
    "LSTM wide": Row(made("LSTM", 17), ((4, 9, 5),)),
    "LSTM implementation": Row(made("LSTM", 2, implementation=1), _STEPS),
    "GRU before": Row(made("GRU", 2, reset_after=False, return_state=True), _STEPS, _MASKED),
    "GRU before, plain": Row(made("GRU", 3, use_bias=False, reset_after=False), _STEPS),
    "GRU before, dropped": Row(made("GRU", 3, reset_after=False, recurrent_dropout=0.5), _STEPS),
    "GRU hard": Row(made("GRU", 3, "softsign", "hard_sigmoid"), _STEPS),
    "GRUCell before": Row(made("GRUCell", 2, reset_after=False), ((4, 3), (4, 2)), cell=True),
    "RNN": Row(lambda k: k.layers.RNN(k.layers.LSTMCell(2)), _STEPS, _MASKED),
    "RNN stacked": Row(_cells("LSTM", "SimpleRNN"), _STEPS),
    "RNN stacked, masked": Row(_cells("LSTM", "GRU", "LSTM"), _STEPS, _MASKED),
    "StackedRNNCells": Row(
        lambda k: k.layers.StackedRNNCells([k.layers.GRUCell(3), k.layers.SimpleRNNCell(2)]),
        ((4, 3), (4, 3), (4, 2)), cell=True,
    ),
    "Bidirectional": Row(_both("LSTM"), _STEPS),
    "Bidirectional all": Row(_both("GRU", return_sequences=True), _STEPS, _MASKED),
    "Bidirectional last": Row(_both("SimpleRNN", "sum"), _STEPS, _MASKED),
    "Bidirectional mul": Row(_both("LSTM", "mul", return_state=True), _STEPS),
    "Bidirectional ave": Row(_both("GRU", "ave", return_sequences=True), _STEPS),
    "Bidirectional two": Row(_both("SimpleRNN", None, return_sequences=True), _STEPS, _MASKED),
    "Bidirectional two, states": Row(
        _both("LSTM", None, return_state=True), _STEPS, {"initial_state": _states(4)}
    ),
    "Bidirectional own": Row(
        lambda k: k.layers.Bidirectional(
            k.layers.LSTM(2), "concat", backward_layer=k.layers.GRU(2, go_backwards=True)
        ),
        _STEPS,
    ),
    "ConvLSTM1D": Row(made("ConvLSTM1D", 2, 3), ((4, 3, 5, 2),)),
    "ConvLSTM1D all": Row(
        made(
            "ConvLSTM1D", 2, 2, padding="same", strides=2, return_sequences=True,
            return_state=True, go_backwards=True,
        ),
        ((4, 3, 5, 2),),
    ),
    "ConvLSTM2D": Row(made("ConvLSTM2D", 3, (3, 2), padding="same"), ((4, 2, 5, 4, 2),)),
    "ConvLSTM2D first": Row(
        made("ConvLSTM2D", 2, 2, data_format="channels_first", return_sequences=True),
        ((4, 2, 3, 5, 4),),
    ),
    "ConvLSTM2D kept": Row(
        made(
            "ConvLSTM2D", 2, 2, dilation_rate=2, activation="relu", use_bias=False,
            recurrent_activation="hard_sigmoid", kernel_regularizer="l2",
            activity_regularizer="l2",
        ),
        ((4, 2, 5, 4, 1),),
    ),
    "ConvLSTM3D": Row(made("ConvLSTM3D", 2, 2, unit_forget_bias=False), ((4, 2, 3, 2, 3, 2),)),
    "TimeDistributed": Row(_each("Dense", 4, "relu"), _STEPS, _MASKED),
    "TimeDistributed recurrent": Row(_each("LSTM", 2), ((4, 3, 5, 2),)),
    "TimeDistributed joined": Row(
        _each("BatchNormalization", momentum=0.7), ((4, 3, 2),), {"training": True}
    ),
    "TimeDistributed normal": Row(_each("LayerNormalization"), ((4, 3, 5, 2),)),
}  # fmt: skip

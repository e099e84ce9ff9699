"""Older spellings of layers for sequences: arguments, the order of the first ones, defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina import ops
from lamina.compat.spelling import Arguments, Spelling, Taken, hint, only
from lamina.errors import ArgumentError, UnsupportedError


def hard_sigmoid_of_keras_1(x: Any) -> Any:
    """0.2 x + 0.5 within [0, 1], as Keras 1 and 2 had it; Keras 3's is relu6(x + 3) / 6."""
    return ops.clip(ops.add(ops.multiply(x, 0.2), 0.5), 0.0, 1.0)


def _inner_activation(arguments: Arguments, _: Mapping[str, Any]) -> None:
    given = arguments.pop("inner_activation")
    known = {"hard_sigmoid": hard_sigmoid_of_keras_1}
    arguments["recurrent_activation"] = known.get(given, given) if isinstance(given, str) else given


def _forget(arguments: Arguments, _: Mapping[str, Any]) -> None:
    given = arguments.pop("forget_bias_init")
    known = {"one": True, "ones": True, "zero": False, "zeros": False}
    if given not in known:
        raise ArgumentError(
            "LSTM(forget_bias_init=...)", "starts the forget gate at one or zero", repr(given),
            "pass 'one' or 'zero'",
        )  # fmt: skip
    arguments["unit_forget_bias"] = known[given]


def _sequence(arguments: Arguments, _: Mapping[str, Any]) -> None:
    length, size = (arguments.pop(name, None) for name in ("input_length", "input_dim"))
    if size is not None:
        arguments["input_shape"] = (length, size)


def _length(arguments: Arguments, _: Mapping[str, Any]) -> None:
    length = arguments.pop("input_length")
    if length is not None:
        several = isinstance(length, list | tuple)
        arguments.setdefault("input_shape", tuple(length) if several else (length,))


def _rows_of_inputs(arguments: Arguments, _: Mapping[str, Any]) -> None:
    inputs = arguments.pop("inputs")
    if inputs is not None and arguments.get("batch_size") is None:
        arguments["batch_size"] = ops.shape(inputs)[0]


def _rows_dropped(arguments: Arguments, _: Mapping[str, Any]) -> None:
    rate = arguments.pop("dropout")
    if rate:
        raise UnsupportedError(
            "Embedding(dropout=...)", "drops no rows of its table", f"dropout={rate!r}",
            "put SpatialDropout1D after it, which drops features of whole sequences",
        )  # fmt: skip


# Of all layers for sequences of vectors.
SEQUENCE = tuple(
    Spelling(name, generation=2, rewrite=_sequence, says="input_shape=")
    for name in ("input_length", "input_dim")
)
ROWS: Mapping[str, tuple[Spelling, ...]] = {
    "lamina.layers:RNN.__init__": (
        Spelling("inner_init", ("recurrent_initializer",)),
        Spelling(
            "inner_activation", ("recurrent_activation",), rewrite=_inner_activation,
            says="recurrent_activation=",
        ),
        Spelling(
            "forget_bias_init", ("unit_forget_bias",), rewrite=_forget, says="unit_forget_bias="
        ),
        Spelling("U_regularizer", ("recurrent_regularizer",)),
        Spelling("U_constraint", ("recurrent_constraint",)),
        Spelling("dropout_W", ("dropout",)),
        Spelling("dropout_U", ("recurrent_dropout",)),
        hint("consume_less"),
        only("time_major", False, "takes rows first, then steps"),
        *SEQUENCE,
    ),
    "lamina.layers:Embedding.__init__": (
        Spelling("input_length", generation=2, rewrite=_length, says="input_shape="),
        Spelling("dropout", rewrite=_rows_dropped, says="no dropout"),
        hint("sparse", generation=2),
    ),
    **dict.fromkeys(
        ("lamina.layers:RNN.get_initial_state",
         "lamina.layers.recurrent_cell:RecurrentCell.get_initial_state",
         "lamina.layers:StackedRNNCells.get_initial_state"),
        (
            Spelling("inputs", generation=2, rewrite=_rows_of_inputs, says="batch_size="),
            hint("dtype", generation=2, says="nothing: states have the layer's dtype"),
        ),
    ),
}  # fmt: skip

_START, _REST = ("output_dim", "init", "inner_init"), ("W_regularizer", "U_regularizer")
_DROPPED = (*_REST, "b_regularizer", "dropout_W", "dropout_U")
_GATED = ("activation", "inner_activation", *_DROPPED)
POSITIONS: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("lamina.layers:SimpleRNN.__init__", 1): (*_START, "activation", *_DROPPED),
    ("lamina.layers:LSTM.__init__", 1): (*_START, "forget_bias_init", *_GATED),
    ("lamina.layers:GRU.__init__", 1): (*_START, *_GATED),
    ("lamina.layers:Embedding.__init__", 1): (
        "input_dim", "output_dim", "init", "input_length", "W_regularizer",
        "activity_regularizer", "W_constraint", "mask_zero", "weights", "dropout",
    ),
    **{
        (f"{owner}.get_initial_state", 2): ("inputs", "batch_size", "dtype")
        for owner in ("lamina.layers:RNN", "lamina.layers.recurrent_cell:RecurrentCell",
                      "lamina.layers:StackedRNNCells")
    },
}  # fmt: skip

_GATE: dict[str, Callable[[Any], Any]] = {"recurrent_activation": hard_sigmoid_of_keras_1}
DEFAULTS: Mapping[tuple[str, int], Mapping[str, Any]] = {
    ("lamina.layers:LSTM.__init__", 1): _GATE,
    ("lamina.layers:GRU.__init__", 1): {**_GATE, "reset_after": False},
}


def _begins_with_inputs(args: tuple[Any, ...], _: Taken) -> bool:
    return bool(args) and len(getattr(args[0], "shape", ())) > 0


TELLTALE = {key: (_begins_with_inputs, 2) for key, generation in POSITIONS if generation == 2}

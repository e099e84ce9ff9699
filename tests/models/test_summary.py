"""The table of a model against the text that Keras prints for the same layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lamina.errors import ArgumentError
from lamina.models.summary import Row, Sizes, print_summary


def chain():
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(600, name="wide"),
            keras.layers.BatchNormalization(name="batch_normalization"),
            keras.layers.Dropout(0.5, name="[drop]"),
            keras.layers.Dense(4, name="head", trainable=False),
        ],
        name="[net]",
    )
    rows = [
        Row("wide", "Dense", (None, 600), 5400, None, True),
        Row("batch_normalization", "BatchNormalization", (None, 600), 2400, None, True),
        Row("[drop]", "Dropout", (None, 600), 0),
        Row("head", "Dense", (None, 4), 2404, None, False),
    ]
    return model, rows, Sizes((6600, 26400), (3604, 14416))


def graph():
    given = keras.Input((3,), name="given")
    dense = keras.layers.Dense(2, name="dense")(given)
    both = keras.layers.Concatenate(name="both")([dense, given])
    deep = keras.layers.Dense(7, name="deep")
    out = keras.Sequential([keras.Input((5,)), deep], name="inner")(both)
    rows = [
        Row("given", "InputLayer", (None, 3), 0, ()),
        Row("dense", "Dense", (None, 2), 8, ("given[0][0]",), True),
        Row("both", "Concatenate", (None, 5), 0, ("dense[0][0]", "given[0][0]")),
        Row("inner", "Sequential", (None, 7), 42, ("both[0][0]",), True,
            [Row("deep", "Dense", (None, 7), 42, (), True)]),
    ]  # fmt: skip
    return keras.Model(given, [out, both], name="graph"), rows, Sizes((50, 200), (0, 0))


def unbuilt():
    layers = [keras.layers.Dense(3, name="dense"), keras.layers.Dropout(0.5, name="dropout")]
    rows = [Row("dense", "Dense", None, None), Row("dropout", "Dropout", None, 0)]
    return keras.Sequential(layers, name="later"), rows, Sizes((0, 0), (0, 0))


def trained():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")], name="net")
    model.compile("adam", "mse")
    model.fit(np.zeros((3, 8)), np.zeros((3, 4)), verbose=0)
    rows = [Row("dense", "Dense", (None, 4), 36, None, True)]
    return model, rows, Sizes((36, 144), (0, 0), (74, 296))


OPTIONS = [
    {},
    {"line_length": 60},
    {"line_length": 70, "show_trainable": True},
    {"expand_nested": True},
    {"expand_nested": True, "show_trainable": True},
]
CASES = [(make, options) for make in (chain, graph, unbuilt, trained) for options in OPTIONS] + [
    (chain, {"layer_range": ("batch.*", "head")}),
    (chain, {"layer_range": ("head", "wide")}),
    (chain, {"positions": [0.2, 0.5, 1.0]}),
    (graph, {"layer_range": ("dense", "both")}),
    (graph, {"positions": [0.25, 0.5, 0.75, 1.0], "show_trainable": True}),
]


@pytest.mark.parametrize(("make", "options"), CASES)
def test_text_is_that_of_keras(make, options):
    model, rows, sizes = make()
    ours, theirs = [], []
    print_summary(model.name, rows, sizes, print_fn=ours.append, **options)
    model.summary(print_fn=theirs.append, **options)
    assert ours == theirs


def test_without_print_fn_it_goes_to_standard_output(capsys):
    _, rows, sizes = chain()
    expected = []
    print_summary("net", rows, sizes, print_fn=expected.append)
    print_summary("net", rows, sizes)
    assert capsys.readouterr().out == expected[0]


def test_positions_in_characters():
    _, rows, sizes = chain()
    texts = []
    print_summary("net", rows, sizes, positions=[20, 50, 100], print_fn=texts.append)
    print_summary(
        "net", rows, sizes, positions=[0.2, 0.5, 1], line_length=100, print_fn=texts.append
    )
    assert texts[0] == texts[1]
    assert max(len(line) for line in texts[0].splitlines()) == 100


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((), "()"),
        ([(None, 2), (None, None, 3)], "[(None, 2), (None, None, 3)]"),
        (((None, 2), (None, 3)), "((None, 2), (None, 3))"),
        ([(None, 2)], "(None, 2)"),
        ({"a": (None, 2), "b": (3,)}, "{a: (None, 2), b: (3)}"),
    ],
)
def test_structures_of_shapes(shape, text):
    printed = []
    rows = [Row("x", "X", shape, 0)]
    print_summary("m", rows, Sizes((0, 0), (0, 0)), line_length=120, print_fn=printed.append)
    assert f"│ {text} " in printed[0]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 B"),
        (1023, "1023.00 B"),
        (1024, "1.00 KB"),
        (1536, "1.50 KB"),
        (5 << 30, "5.00 GB"),
    ],
)
def test_bytes(size, text):
    printed = []
    print_summary("m", [], Sizes((1, size), (0, 0)), print_fn=printed.append)
    assert f" Trainable params: 1 ({text})" in printed[0]
    assert text == keras.src.utils.summary_utils.readable_memory_size(size)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"layer_range": ("wide", "tall")}, "names no layer"),
        ({"layer_range": ("wide",)}, "is two names"),
        ({"line_length": 10}, "at least 4 characters"),
        ({"positions": [0.5, 1.0]}, "has 3 columns"),
    ],
)
def test_errors(options, text):
    _, rows, sizes = chain()
    with pytest.raises(ArgumentError, match=text):
        print_summary("net", rows, sizes, **options)

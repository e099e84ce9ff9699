"""What holds for every layer, against what real Keras answered (`record.py`), and a live sample.

Tolerance: products and sums of at most some hundred entries of order 1 in float32: 2e-6 of outputs,
1e-5 of gradients, which sum over the batch too.
"""

from __future__ import annotations

import functools
import inspect
import random
from ast import literal_eval

import keras
import numpy as np
import pytest
from tests.layers.layers import OTHERS, ROWS, TABLES
from tests.layers.measure import NOT_OFFERED, flat, measure, start_of
from tests.layers.record import FOLDER

import lamina

# Keras' own variables, in this version of NumPy
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
EVERY = pytest.mark.parametrize("name", ROWS)
EXACT = ("dtypes", "weights", "trainable_weights", "non_trainable_weights", "counts")
TOLERANCE = {"gradient": 1e-5}


@functools.cache
def recorded(table):
    """Keras' answers: row -> quantity -> array."""
    answers = {}
    with np.load(FOLDER / f"{table}.npz", allow_pickle=False) as file:
        for key in file.files:
            name, quantity = key.split("/", 1)
            answers.setdefault(name, {})[quantity] = file[key]
    return answers


def agree(found, wanted, name):
    """Two answers on one row."""
    assert sorted(found) == sorted(wanted), name
    for quantity, want in wanted.items():
        have, kind = found[quantity], quantity.partition("/")[0]
        if kind == "config":
            assert [*map(as_value, have)] == [*map(as_value, want)], f"{name}: {quantity}"
        elif kind in EXACT:
            assert have.tolist() == want.tolist(), f"{name}: {quantity}"
        elif kind == "spec":
            assert len(have) == len(want)
            assert all(same_shape(*pair) for pair in zip(have, want, strict=True)), (have, want)
        else:
            limit = ROWS[name].loose * TOLERANCE.get(kind, 2e-6)
            assert have.shape == want.shape, f"{name}: {quantity}"
            np.testing.assert_allclose(
                have, want, rtol=limit, atol=limit, err_msg=f"{name}: {quantity}"
            )


def as_value(line):
    """What a line of a configuration says, whatever the order inside it."""
    key, _, text = str(line).partition(" = ")
    try:
        return key, literal_eval(text)
    except (SyntaxError, ValueError):
        return key, text


def same_shape(ours, theirs):
    """Whether two shapes are the same; Keras may know less of a row's."""
    ours, theirs = literal_eval(ours), literal_eval(theirs)
    pairs = list(zip(ours, theirs, strict=True))
    return pairs[0][0] == pairs[0][1] and all(b in (None, a) for a, b in pairs)


@pytest.mark.parametrize(
    ("table", "name"), [(t, name) for t, rows in TABLES.items() for name in rows]
)
def test_a_layer_is_keras(table, name):
    agree(measure(lamina, ROWS[name]), recorded(table)[name], name)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_recorded(table):
    assert set(recorded(table)) == set(TABLES[table])


def test_keras_still_answers_so():
    for table, rows in TABLES.items():
        for name in random.Random(2026).sample(sorted(rows), 1):
            agree(measure(keras, rows[name]), recorded(table)[name], name)


@EVERY
def test_shapes_are_known_beforehand_and_a_configuration_makes_an_equal_layer(name):
    row = ROWS[name]
    layer, given = row.build(lamina), row.inputs()
    outputs = flat(layer(*row.arguments(given), **row.call))
    if not row.cell and not row.call.get("return_attention_scores"):
        check_shapes(row, given, outputs)
    if row.own:
        return
    again = type(layer).from_config(layer.get_config())
    given = row.arguments(given)
    again(*given)
    for each in (layer, again):
        each.set_weights(start_of(layer))
    for a, b in zip(flat(again(*given)), flat(layer(*given)), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def check_shapes(row, given, outputs):
    """The shapes that are worked out are those of the outputs."""
    shapes = [(None, *array.shape[1:]) for array in flat(given)]
    called = row.arguments(shapes[0] if len(shapes) == 1 else shapes)
    found = row.build(lamina).compute_output_shape(*called)
    found = list(flat_shapes(found))
    assert [(y.shape[0], *s[1:]) for y, s in zip(outputs, found, strict=True)] == [
        tuple(y.shape) for y in outputs
    ]


def flat_shapes(shapes):
    """The shapes of a structure of lists."""
    if all(isinstance(entry, list | tuple) for entry in shapes):
        for entry in shapes:
            yield from flat_shapes(entry)
    else:
        yield shapes


@pytest.mark.parametrize("name", sorted(set(lamina.layers.__all__) - OTHERS))
def test_arguments_are_keras(name):
    ours, theirs = (
        list(inspect.signature(getattr(k.layers, name)).parameters.values())
        for k in (lamina, keras)
    )
    wanted = [(p.name, plain(p.default)) for p in theirs if p.name not in NOT_OFFERED]
    assert [(p.name, plain(p.default)) for p in ours] == wanted


def plain(default):
    """A default, where (1, 1) for two axes is the same as 1 for each."""
    if isinstance(default, tuple):
        entries = {plain(entry) for entry in default}
        return entries.pop() if len(entries) == 1 else default
    return default


def test_aliases_are_keras():
    for name in set(lamina.layers.__all__) - OTHERS:
        theirs = getattr(keras.layers, name)
        assert getattr(lamina.layers, name).__name__ == theirs.__name__, name


def test_every_layer_has_a_row():
    found = [getattr(lamina.layers, name) for name in lamina.layers.__all__]
    classes = {layer.__name__ for layer in found if isinstance(layer, type)}
    assert classes - OTHERS == {name.split()[0] for name in ROWS}

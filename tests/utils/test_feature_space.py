"""FeatureSpace against NumPy and live Keras.

TensorFlow, which Keras' own FeatureSpace runs on, is not at hand: the numbers are computed by
NumPy from what Keras documents of each column; hashes come from the layers, which tests/layers
compare with Keras' recorded answers. Columns of floats are exchanged with live Keras in files.
Tolerance: 1e-6, a few roundings of float32; what is one-hot is exact.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.data.pipeline import Dataset
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataError,
    DtypeError,
    FileError,
    StateError,
)
from lamina.utils import FeatureSpace

ROWS = 70  # more than the 32 rows that are looked at together
STREAM = np.random.default_rng(3)
TABLE = {
    "age": STREAM.integers(20, 80, ROWS).astype("float32"),
    "city": np.array(["Ulm", "Bonn", "Jena"])[STREAM.choice(3, ROWS, p=[0.2, 0.5, 0.3])],
    "code": STREAM.choice([7, 9, 30], ROWS, p=[0.5, 0.3, 0.2]).astype("int32"),
}


def one_hot(ids, depth):
    return np.eye(depth, dtype="float32")[np.asarray(ids, "int64")]


def by_frequency(column):
    """Indices from 1, the most frequent first; equally frequent ones do not occur here."""
    tokens, counts = np.unique(column, return_counts=True)
    assert len(set(counts)) == len(counts)
    order = list(tokens[np.argsort(-counts)])
    return np.array([order.index(token) + 1 for token in column])


def buckets(layer, *columns):
    """The ids that a layer, judged elsewhere, gives of (B, 1) columns."""
    given = [c[:, None] for c in columns]
    return np.asarray(layer(given if len(given) > 1 else given[0]))[:, 0]


AGE = TABLE["age"]
COLUMNS = {
    "float": ("age", "float", AGE[:, None]),
    "float_rescaled": ("age", FeatureSpace.float_rescaled(0.5, -3.0), 0.5 * AGE[:, None] - 3),
    "float_normalized": ("age", "float_normalized", ((AGE - AGE.mean()) / AGE.std())[:, None]),
    "float_discretized": (
        "age", FeatureSpace.float_discretized(None, [30.0, 40.0, 70.0]),
        one_hot(np.digitize(AGE, [30, 40, 70]), 4),
    ),
    "integer_categorical": ("code", "integer_categorical", one_hot(by_frequency(TABLE["code"]), 4)),
    "string_categorical": (
        "city", FeatureSpace.string_categorical(max_tokens=3),
        one_hot(np.where(by_frequency(TABLE["city"]) < 3, by_frequency(TABLE["city"]), 0), 3),
    ),
    "integer_hashed": (
        "code", FeatureSpace.integer_hashed(5),
        one_hot(buckets(layers.Hashing(5), TABLE["code"]), 5),
    ),
    "string_hashed": (
        "city", "string_hashed", one_hot(buckets(layers.Hashing(8), TABLE["city"]), 8)
    ),
    "own": (
        "city", FeatureSpace.feature("string", layers.StringLookup(vocabulary=["Ulm"]), "one_hot"),
        one_hot(TABLE["city"] == "Ulm", 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_encoded(kind):
    name, spec, want = COLUMNS[kind]
    space = FeatureSpace({name: spec}, hashing_dim=8)
    space.adapt(TABLE)
    found = space(TABLE)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-6)


def test_bins_that_are_learnt_are_about_equally_full():
    """Within 2 of ROWS / 4: the quantiles of so few values are exact up to equal values."""
    space = FeatureSpace({"x": FeatureSpace.float_discretized(4)})
    x = STREAM.permutation(ROWS).astype("float32")
    space.adapt({"x": x})
    counts = np.sum(space({"x": x}), axis=0)
    assert counts.sum() == ROWS
    assert np.all(np.abs(counts - ROWS / 4) <= 2)


def space_of_all(**options):
    space = FeatureSpace(
        {"code": "integer_categorical", "age": "float_normalized", "city": "string_categorical"},
        crosses=[("code", "city")], crossing_dim=6, **options,
    )  # fmt: skip
    space.adapt(TABLE)
    return space


def test_columns_stand_in_the_order_of_their_names_and_crosses_behind():
    age = ((AGE - AGE.mean()) / AGE.std())[:, None]
    city, code = by_frequency(TABLE["city"]), by_frequency(TABLE["code"])
    crossed = buckets(layers.HashedCrossing(6), code, city)
    want = {
        "age": age, "city": one_hot(city, 4), "code": one_hot(code, 4),
        "code_X_city": one_hot(crossed, 6),
    }  # fmt: skip
    np.testing.assert_allclose(
        space_of_all()(TABLE), np.concatenate(list(want.values()), 1), rtol=1e-6, atol=1e-6
    )
    found = space_of_all(output_mode="dict")(TABLE)
    assert list(found) == list(want)
    for key, value in want.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-6, atol=1e-6)


def test_indices_are_handed_on_in_a_dict():
    space = FeatureSpace(
        {"city": FeatureSpace.string_categorical(output_mode="int"), "code": "integer_hashed"},
        crosses=[FeatureSpace.cross(("city", "code"), 9, output_mode="int")], output_mode="dict",
    )  # fmt: skip
    space.adapt(TABLE)
    found = space(TABLE)
    np.testing.assert_array_equal(found["city"][:, 0], by_frequency(TABLE["city"]))
    assert {key: (x.shape, x.dtype) for key, x in found.items()} == {
        "city": ((ROWS, 1), "int64"), "code": ((ROWS, 32), "float32"),
        "city_X_code": ((ROWS, 1), "int64"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        lambda: Dataset.from_tensor_slices(TABLE),
        lambda: Dataset.from_tensor_slices(TABLE).batch(17),
        lambda: Dataset.from_tensor_slices((TABLE, AGE)).batch(9).map(lambda x, y: x),
    ],
    ids=["rows", "batches", "without targets"],
)
def test_it_learns_from_data_sets(data):
    space = space_of_all()
    want = np.asarray(space(TABLE))
    space.adapt(data())
    np.testing.assert_allclose(space(TABLE), want, rtol=1e-6, atol=1e-6)


def test_one_row_is_a_row():
    space = space_of_all()
    row = {key: column[5] for key, column in TABLE.items()}
    np.testing.assert_array_equal(space(row), space(TABLE)[5])
    found = space_of_all(output_mode="dict")(row)
    assert found["city"].shape == (4,)


def test_data_sets_are_mapped_and_models_begin_with_it(tmp_path):
    space = space_of_all()
    want = np.asarray(space(TABLE))
    mapped = Dataset.from_tensor_slices(TABLE).batch(11).map(space)
    np.testing.assert_array_equal(np.concatenate([np.asarray(x) for x in mapped]), want)
    dense = layers.Dense(1)
    model = lamina.Model(space.get_inputs(), dense(space.get_encoded_features()))
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(TABLE, AGE / 80, epochs=2, verbose=0).history["loss"][-1])
    # A product of 15 terms in float32, in another order.
    found = model.predict(TABLE, verbose=0)
    kernel, bias = dense.get_weights()
    np.testing.assert_allclose(found, want @ kernel + bias, rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "model.keras")
    again = lamina.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(TABLE, verbose=0), found)


def test_a_space_is_saved_and_loaded(tmp_path):
    space = space_of_all()
    space.save(tmp_path / "space.keras")
    again = lamina.models.load_model(tmp_path / "space.keras")
    assert again.get_config() == space.get_config()
    np.testing.assert_array_equal(again(TABLE), space(TABLE))


def test_a_file_that_is_changed_makes_no_space():
    config = lamina.saving.serialize_keras_object(space_of_all())
    config["config"]["features"] = {"age": 3}
    text = json.dumps(config)
    with pytest.raises(FileError, match="makes no model"):
        lamina.models.model_from_json(text)


FLOATS = {"a": "float", "b": "float_normalized", "c": "float_rescaled", "d": "float_discretized"}


@pytest.fixture(scope="module")
def of_keras():
    """Keras' space of the columns that it has without TensorFlow, what they learnt included."""
    import keras

    space = keras.utils.FeatureSpace(FLOATS, num_discretization_bins=5)
    space.preprocessors["b"].adapt(AGE[:, None])
    # Its `adapt` asks for TensorFlow; what that calls does not.
    space.preprocessors["d"].update_state(AGE[:, None])
    space.preprocessors["d"].finalize_state()
    space._is_adapted = True
    return space


def encoded_by(space, convert):
    """What the columns' layers give; real Keras' __call__ needs TensorFlow."""
    return [convert(space.preprocessors[key](AGE[:, None])) for key in FLOATS]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_files_are_exchanged_with_keras(of_keras, tmp_path):
    import keras

    of_keras.built = True  # which its own `adapt` would have said
    of_keras.save(str(tmp_path / "keras.keras"))
    ours = lamina.models.load_model(tmp_path / "keras.keras")
    want = encoded_by(of_keras, np.asarray)
    found = ours({key: AGE for key in FLOATS})
    want[3] = one_hot(want[3][:, 0], 5)
    np.testing.assert_allclose(found, np.concatenate(want, 1), rtol=1e-6, atol=1e-6)

    ours.save(tmp_path / "lamina.keras")
    theirs = keras.models.load_model(str(tmp_path / "lamina.keras"))
    assert type(theirs) is keras.utils.FeatureSpace
    for have, value in zip(
        encoded_by(theirs, np.asarray), encoded_by(of_keras, np.asarray), strict=True
    ):
        np.testing.assert_array_equal(have, value)


CITY = {"city": "string_categorical"}
WRONG = {
    "none": (lambda: FeatureSpace({}), ArgumentError, "needs columns"),
    "kind": (lambda: FeatureSpace({"x": "double"}), ArgumentError, "does not know this kind"),
    "mode": (lambda: FeatureSpace(CITY, output_mode="list"), ArgumentError, "is one of"),
    "cross": (lambda: FeatureSpace(CITY, crosses=[("city", "x")]), ArgumentError, "in features"),
    "cross mode": (
        lambda: FeatureSpace.cross(("a", "b"), 3, output_mode="float"), ArgumentError, "is one of"
    ),
    "layer": (lambda: FeatureSpace.feature("int32", abs, "int"), ArgumentTypeError, "a layer"),
    "early": (lambda: FeatureSpace(CITY)({"city": ["Ulm"]}), StateError, "not learnt"),
    "early inputs": (lambda: FeatureSpace(CITY).get_inputs(), StateError, "not learnt"),
    "array": (lambda: FeatureSpace(CITY).adapt(np.ones(3)), ArgumentTypeError, "dict of arrays"),
    "once": (
        lambda: FeatureSpace(CITY).adapt(iter([TABLE])), ArgumentTypeError, "dict of arrays"
    ),
    "targets": (
        lambda: FeatureSpace(CITY).adapt(Dataset.from_tensor_slices((TABLE, AGE))), DataError,
        "take the targets off",
    ),
    "absent": (lambda: FeatureSpace(CITY).adapt({"town": ["Ulm"]}), DataError, "the column 'city'"),
    "columns": (lambda: space_of_all()({"city": ["Ulm"]}), ArgumentTypeError, "all of its columns"),
    "scalars": (
        lambda: space_of_all(output_mode="dict")({**TABLE, "age": 3.0}), DataError, "or for none"
    ),
    "integers": (
        lambda: FeatureSpace({"x": FeatureSpace.integer_hashed(3, "int")})({"x": [1]}),
        ArgumentError, "concatenates numbers that are encoded",
    ),
    "one-hot floats": (
        lambda: FeatureSpace({"x": FeatureSpace.feature("float32", layers.Identity(), "one_hot")})(
            {"x": [1.0]}
        ), ArgumentError, "below a known count",
    ),
    "crossed floats": (
        lambda: FeatureSpace({"x": "float", "y": "float"}, crosses=[("x", "y")],
                             output_mode="dict")({"x": [1.0], "y": [2.0]}),
        DtypeError, "whole numbers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    make, kind, what = WRONG[name]
    with pytest.raises(kind, match=what):
        make()

"""Mapped files as data: read where they lie, checked a piece at a time, trained on like arrays."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.data import arrays, maps
from lamina.errors import DataError

RNG = np.random.default_rng(5)
X = RNG.standard_normal((70, 6)).astype("float32")
Y = RNG.integers(0, 3, 70).astype("int32")


@pytest.fixture
def mapped(tmp_path):
    def make(array):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
        np.save(path, array)
        return np.load(path, mmap_mode="r")

    return make


def net(width=6, engine_is_numpy=False):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((width,)),
            keras.layers.Dense(5, activation="tanh"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=engine_is_numpy)
    return model


def trained(x, y, **options):
    model = net(x.shape[1])
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, validation_split=0.2, **options)
    evaluated = model.evaluate(x, y, batch_size=16, verbose=0)
    return [*model.get_weights(), evaluated, model.predict(x, batch_size=16, verbose=0)]


VIEWS = {
    "whole": lambda a: a,
    "rows": lambda a: a[3:60],
    "every other row": lambda a: a[::2],
    "from the end": lambda a: a[::-1],
    "some columns": lambda a: a[:, 1:4],
    "columns from the end": lambda a: a[5:, ::-2],
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_map_trains_as_the_array_that_it_holds(view, engine, mapped, monkeypatch):
    monkeypatch.setenv("LAMINA_ENGINE", engine)
    x, rows = VIEWS[view](mapped(X)), len(VIEWS[view](X))
    expected = trained(np.ascontiguousarray(VIEWS[view](X)), Y[:rows])
    for ours, theirs in zip(trained(x, mapped(Y)[:rows]), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_of_a_map_is_copied(view, mapped):
    given = VIEWS[view](mapped(X))
    data = arrays.read("fit", given, mapped(Y)[: len(given)])
    assert maps.is_mapped(data.x)
    assert np.shares_memory(data.x, given)
    assert all(maps.is_mapped(part) for part in arrays.split_validation(data, 0.3)[0].leaves)
    assert arrays.array_of("fit", "x", X[:, 1:4]) is not X
    assert arrays.array_of("fit", "x", X[:, 1:4]).flags.c_contiguous


@pytest.mark.parametrize("dtype", ["float64", "int16", "uint8", "bool"])
def test_other_dtypes_are_converted_by_the_gather(dtype, mapped):
    x = (X * 50).astype(dtype)
    for ours, theirs in zip(trained(mapped(x), Y), trained(x, Y), strict=True):
        np.testing.assert_array_equal(ours, theirs)


REFUSED = {
    "other byte order": lambda: X.astype(">f4"),
    "halves": lambda: X.astype("float16"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_have_to_be_copied_is_refused(kind, mapped):
    with pytest.raises(DataError, match=r"fit reads x straight from its file") as caught:
        net().fit(mapped(REFUSED[kind]()), Y, verbose=0)
    assert "open_memmap" in str(caught.value)
    net().fit(REFUSED[kind](), Y, verbose=0)


def test_a_field_that_lies_across_elements_is_refused(tmp_path):
    records = np.zeros(8, [("tag", "u1"), ("x", "f4", (6,))])
    path = tmp_path / "records"
    records.tofile(path)
    field = np.memmap(path, records.dtype, "r")["x"]
    assert maps.is_mapped(field)
    with pytest.raises(DataError, match="straight from its file"):
        net().fit(field, Y[:8], verbose=0)


# ── checks, a piece at a time ──


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(maps, "PIECE", 6 * 4 * 8)


@pytest.mark.parametrize("shape", [(5, 3), (1,), (17, 2, 2)])
def test_pieces_are_the_array(shape, small_pieces):
    array = RNG.standard_normal(shape)
    found = list(maps.pieces(array))
    np.testing.assert_array_equal(np.concatenate([part for _, part in found]), array)
    assert [start for start, _ in found] == list(
        np.cumsum([0, *(len(part) for _, part in found)])[:-1]
    )


@pytest.mark.parametrize("rows", [[0], [69], [7, 8, 40], list(range(70))])
def test_rows_that_are_not_finite_are_counted_over_all_pieces(rows, mapped, small_pieces):
    x = X.copy()
    x[rows, 2] = np.inf
    with pytest.raises(DataError, match=rf"inf in row {rows[0]}, {len(rows)} such rows of 70"):
        net().fit(mapped(x), Y, verbose=0)


def test_large_finite_numbers_are_no_error(small_pieces):
    data = arrays.read("fit", np.full((70, 6), 3e38, "float32"))
    arrays.check_finite("fit", data)


@pytest.mark.parametrize(("row", "label"), [(0, 3), (69, -1), (33, 7)])
def test_labels_are_checked_in_every_piece(row, label, mapped, small_pieces, monkeypatch):
    y = Y.copy()
    y[row] = label
    with pytest.raises(DataError, match="needs labels from 0 to 2"):
        net().fit(X, mapped(y), verbose=0)


def test_class_weights_of_a_map(mapped, small_pieces):
    weights = {0: 1.0, 1: 3.0, 2: 0.5}
    expected = trained(X, Y, class_weight=weights)
    for ours, theirs in zip(trained(mapped(X), mapped(Y), class_weight=weights), expected,
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)

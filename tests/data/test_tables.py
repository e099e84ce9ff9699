"""Tables, sparse matrices and tensors of other libraries: the same numbers as the NumPy array."""

from __future__ import annotations

import datetime
import decimal

import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

import lamina as keras
from lamina.data.arrays import read
from lamina.data.batches import comes_in_batches
from lamina.errors import DataError

ROWS = 7
COLUMNS = {
    "a": np.linspace(-1, 1, ROWS, dtype="float32"),
    "b": np.arange(ROWS, dtype="int16"),
    "c": np.arange(ROWS) % 2 == 0,
}
TABLE = np.stack([np.asarray(column, "float32") for column in COLUMNS.values()], axis=1)

# What makes a table or a column of a dict of arrays.
MAKERS = {
    "pandas": (pd.DataFrame, pd.Series),
    "polars": (pl.DataFrame, lambda column: pl.Series("y", column)),
    "arrow": (lambda d: pa.table({k: pa.array(v) for k, v in d.items()}), pa.array),
    "arrow chunks": (
        lambda d: pa.table({k: pa.array(v) for k, v in d.items()}),
        lambda column: pa.chunked_array([column[:3], column[3:]]),
    ),
    "backed by arrow": (
        lambda d: pd.DataFrame(d).convert_dtypes(dtype_backend="pyarrow"),
        lambda column: pd.Series(column, dtype="double[pyarrow]"),
    ),
}


@pytest.mark.parametrize("library", MAKERS)
def test_a_table_is_read_as_its_array(library):
    table, column = MAKERS[library]
    y = np.linspace(0, 1, ROWS)
    data = read("fit", table(COLUMNS), column(y))
    np.testing.assert_array_equal(data.x, TABLE)
    np.testing.assert_array_equal(data.y, y)
    assert (data.x.dtype, data.rows) == (np.float32, ROWS)
    assert data.columns["x"] == ("a", "b", "c")


@pytest.mark.parametrize(
    "value",
    [sp.csr_matrix(TABLE), sp.coo_array(TABLE), jnp.asarray(TABLE), memoryview(TABLE)],
    ids=["csr_matrix", "coo_array", "jax", "memoryview"],
)
def test_what_becomes_an_array(value):
    assert not comes_in_batches(value) or isinstance(value, memoryview)
    np.testing.assert_array_equal(read("fit", value).x, TABLE)


def test_tensors_of_torch():
    torch = pytest.importorskip("torch")
    y = torch.linspace(0, 1, ROWS)
    data = read("fit", torch.tensor(TABLE, requires_grad=True), y.bfloat16())
    np.testing.assert_array_equal(data.x, TABLE)
    # bfloat16 keeps 8 bits of the number.
    np.testing.assert_allclose(data.y, y.numpy(), rtol=2**-8)


def test_lists_from_a_loader_are_batches_of_inputs_and_targets():
    class Loader:
        def __iter__(self):
            yield from ([TABLE[i : i + 3], TABLE[i : i + 3, :1]] for i in range(0, ROWS, 3))

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    weights = model.get_weights()
    by_loader = model.fit(Loader(), verbose=0).history["loss"]
    model.set_weights(weights)
    by_array = model.fit(TABLE, TABLE[:, :1], batch_size=3, shuffle=False, verbose=0).history
    # The same steps on the same rows, of the same programs.
    np.testing.assert_allclose(by_loader, by_array["loss"], rtol=1e-6)


WRONG = {
    "pandas text": pd.DataFrame({**COLUMNS, "city": list("abcdefg")}),
    "polars text": pl.DataFrame({**COLUMNS, "city": list("abcdefg")}),
    "categories": pd.DataFrame({**COLUMNS, "city": pd.Categorical(list("abcdefg"))}),
    "dates": pd.DataFrame({**COLUMNS, "city": pd.date_range("2020-01-01", periods=ROWS)}),
    "spans": pl.DataFrame({**COLUMNS, "city": [datetime.timedelta(1)] * ROWS}),
    "lists": pl.DataFrame({**COLUMNS, "city": [[1, 2]] * ROWS}),
    "objects": pd.DataFrame({**COLUMNS, "city": [object()] * ROWS}),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_column_that_holds_no_numbers_is_named(kind):
    with pytest.raises(DataError, match="cannot read column 'city' of x as numbers"):
        read("fit", WRONG[kind])


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None] + [3] * 5, dtype="Int64"),
        pd.array([True, None] + [False] * 5, dtype="boolean"),
        [0.5, None] + [1.5] * 5,
    ],
    ids=["whole numbers", "booleans", "floats"],
)
def test_a_missing_value_is_nan_and_named_with_its_column(column):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    table = pd.DataFrame({**COLUMNS, "age": column})
    assert np.isnan(model.predict(table, verbose=0)[1, 0])
    with pytest.raises(DataError, match="nan in row 1, column 'age', 1 such rows of 7"):
        model.fit(table, np.zeros(ROWS), verbose=0)


def test_decimal_numbers_are_read():
    numbers = [decimal.Decimal(i) / 4 for i in range(ROWS)]
    np.testing.assert_array_equal(
        read("fit", pl.DataFrame({"price": numbers})).x[:, 0], np.arange(ROWS) / 4
    )


def test_columns_of_one_name_are_read_without_it():
    table = pd.DataFrame(TABLE, columns=["a", "a", "b"])
    data = read("fit", table)
    np.testing.assert_array_equal(data.x, TABLE)
    assert data.columns == {}


def test_a_sparse_matrix_too_large_to_be_dense():
    with pytest.raises(DataError, match="makes the sparse x dense, for which it is too large"):
        read("fit", sp.csr_matrix((10**6, 10**5), dtype="float32"))


def test_several_inputs_keep_their_columns():
    tables = {"left": pd.DataFrame(COLUMNS), "right": pl.DataFrame(COLUMNS)}
    data = read("fit", tables)
    assert data.columns == {"x['left']": ("a", "b", "c"), "x['right']": ("a", "b", "c")}

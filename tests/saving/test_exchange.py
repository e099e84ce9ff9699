"""Files of every layer, written by lamina and read by real Keras, and the other way."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from tests.layers.layers import ROWS
from tests.layers.measure import flat, start_of, symbolic

import lamina

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning", "ignore:.*was given an input with a mask",
    "ignore:.*is being tracked|.*has no.*loaded state:UserWarning",
)  # fmt: skip
# One row a layer; cells are no layers of a model, code is not exchanged.
FIRST = {n.split()[0]: r for n, r in reversed(ROWS.items()) if not r.cell and not (r.own or r.call)}
# Keras cannot read "dot" from this format, nor write a model with AlphaDropout that it has read.
NOT_BY_KERAS = {("Attention", ".h5"), ("AlphaDropout", ".h5")}


def model_of(k, row):
    """A model of one layer with known weights."""
    k.utils.clear_session()
    given, layer = symbolic(k, row), row.build(k)
    model = k.Model(given, layer(*row.arguments(given)))
    layer.set_weights(start_of(layer))
    return model


def predicted(model, row):
    return [np.asarray(y) for y in flat(model.predict(row.inputs(), batch_size=3, verbose=0))]


@pytest.mark.parametrize("name", sorted(FIRST))
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_layer_in_a_file(name, ending, tmp_path):
    row, path = FIRST[name], str(tmp_path / f"model{ending}")
    ours = model_of(lamina, row)
    wanted = predicted(ours, row)
    ours.save(path)
    again = lamina.models.load_model(path)
    for a, b in zip(predicted(again, row), wanted, strict=True):
        np.testing.assert_array_equal(a, b)
    if (name, ending) in NOT_BY_KERAS:
        return
    theirs = keras.models.load_model(path)
    # As in the contract of all layers: sums of some hundred float32 entries; looser where its row
    # says so.
    for a, b in zip(predicted(theirs, row), wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6 * row.loose, atol=2e-6 * row.loose)
    theirs.save(path)
    back = lamina.models.load_model(path)
    for a, b in zip(predicted(back, row), wanted, strict=True):
        np.testing.assert_array_equal(a, b)

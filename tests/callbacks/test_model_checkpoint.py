"""ModelCheckpoint, beside Keras': which files there are, and when."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina.errors import ArgumentError

RANDOM = np.random.default_rng(2)
X, Y = RANDOM.normal(size=(20, 3)).astype("float32"), RANDOM.normal(size=(20, 1))
START = [RANDOM.normal(size=(3, 1)), np.zeros(1)]
CASES = {
    "every": {"filepath": "m-{epoch:02d}.keras"},
    "best": {"filepath": "b-{epoch}-{val_loss:.3f}.keras", "save_best_only": True},
    "threshold": {"filepath": "t-{epoch}.keras", "save_best_only": True,
                  "initial_value_threshold": 1.0},
    "max": {"filepath": "x-{epoch}.keras", "save_best_only": True, "mode": "max"},
    "weights": {"filepath": "w-{epoch}-{loss:.2f}.weights.h5", "save_weights_only": True},
    "batches": {"filepath": "n-{epoch}-{batch}.keras", "save_freq": 3},
    "one": {"filepath": "one.h5", "monitor": "loss", "save_best_only": True, "verbose": 1},
}  # fmt: skip


def files(k, options, folder):
    folder.mkdir()
    model = k.Sequential([k.layers.Input((3,)), k.layers.Dense(1)])
    model.set_weights(START)
    model.compile(k.optimizers.SGD(0.3), "mse")
    options = {**options, "filepath": str(folder / options["filepath"])}
    model.fit(X, Y, batch_size=5, epochs=4, shuffle=False, verbose=0, validation_data=(X, Y),
              callbacks=[k.callbacks.ModelCheckpoint(**options)])  # fmt: skip
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*is called after every batch:UserWarning")
def test_the_files_are_keras(name, tmp_path, capsys):
    ours = files(lamina, CASES[name], tmp_path / "ours")
    said = capsys.readouterr().out.replace("ours", "")
    theirs = files(keras, CASES[name], tmp_path / "theirs")
    assert sorted(ours) == sorted(theirs)
    if name == "one":  # Keras' last line may warn of the format
        wanted = capsys.readouterr().out.replace("theirs", "")
        lines = [line for line in wanted.split("\n") if line.startswith("Epoch")]
        assert [line for line in said.split("\n") if line.startswith("Epoch")] == lines
    for file, path in ours.items():
        if file.endswith(".weights.h5"):
            continue
        loaded = lamina.models.load_model(path)
        # Keras does not compile with "mse" from its older format.
        theirs_loaded = keras.models.load_model(theirs[file], compile=False)
        # Four epochs of four small products each in float32.
        np.testing.assert_allclose(
            loaded.predict(X, verbose=0), theirs_loaded.predict(X, verbose=0), rtol=1e-5, atol=1e-5
        )


def test_bad_arguments():
    for options in ({"filepath": 3}, {"filepath": "a", "save_freq": 0},
                    {"filepath": "a", "save_freq": "batch"}):  # fmt: skip
        with pytest.raises(ArgumentError):
            lamina.callbacks.ModelCheckpoint(**options)
    model = lamina.Sequential([lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(KeyError, match="names 'nothing'"):
        model.fit(X, Y, verbose=0, callbacks=[lamina.callbacks.ModelCheckpoint("{nothing}.keras")])


@pytest.mark.parametrize("path", ["m.keras", "deeper/{epoch}/m.keras", "{epoch}.weights.h5"])
def test_where_nothing_can_be_written_is_found_before_the_first_batch(path, tmp_path):
    (tmp_path / "file").write_text("no folder", "utf-8")
    model = lamina.Sequential([lamina.layers.Input((3,)), lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    checkpoint = lamina.callbacks.ModelCheckpoint(
        str(tmp_path / "file" / path), save_weights_only=path.endswith("h5")
    )
    with pytest.raises(OSError, match="file"):
        model.fit(X, Y, verbose=0, callbacks=[checkpoint])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    good = lamina.callbacks.ModelCheckpoint(str(tmp_path / "new" / "m.keras"))
    model.fit(X, Y, verbose=0, callbacks=[good])
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["m.keras"]

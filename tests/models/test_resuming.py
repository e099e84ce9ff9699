"""A run that was broken off goes on from its checkpoint, and ends as if it had not been."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import lamina as keras
from lamina.errors import ArgumentError, DataError, FileError, ShapeError

pytestmark = pytest.mark.filterwarnings("ignore:.*so each step is a call of its own")
ROWS, FEATURES = 22, 3
X = np.random.RandomState(0).rand(ROWS, FEATURES).astype("float32")
Y = (X.sum(1, keepdims=True) > 1.5).astype("float32")


class BrokenError(Exception):
    """Stands for whatever ends a run."""


class BreakAfter(keras.callbacks.Callback):
    """Raises after so many batches, or epochs."""

    def __init__(self, batches=0, epochs=0):
        super().__init__()
        left = iter(range((batches or epochs) - 1))  # no number, which would be put back

        def count(number, logs=None):
            if next(left, None) is None:
                raise BrokenError

        if batches:
            self.on_train_batch_end = count
        else:
            self.on_epoch_end = count


def made(optimizer="adam", **options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([
        keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.4), keras.layers.Dense(1, "sigmoid"),
    ])  # fmt: skip
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "AUC"], **options)
    return model


class Numbered(keras.utils.PyDataset):
    """Batches whose order the epoch's end shuffles."""

    def __init__(self):
        super().__init__()
        self.random = np.random.RandomState(5)
        self.order = np.arange(ROWS)

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = self.order[index * 4 : index * 4 + 4]
        return X[rows], Y[rows]

    def on_epoch_end(self):
        self.random.shuffle(self.order)


def endless():
    random = np.random.RandomState(6)
    while True:
        rows = random.randint(0, ROWS, 5)
        yield X[rows], Y[rows]


SOURCES = {
    "shuffled": (lambda: (X, Y), {"batch_size": 4}),
    "in order": (lambda: (X, Y), {"batch_size": 4, "shuffle": False}),
    "parts of a pass": (lambda: (X, Y), {"batch_size": 4, "steps_per_epoch": 2}),
    "validated": (lambda: (X, Y), {"batch_size": 4, "validation_split": 0.3}),
    "PyDataset": (lambda: (Numbered(), None), {}),
    "generator": (lambda: (endless(), None), {"steps_per_epoch": 4}),
}


def run(model, source, callbacks=(), **more):
    make, options = SOURCES[source]
    x, y = make()
    others = [
        keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.05),
        keras.callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True),
    ]
    return model.fit(
        x, y, epochs=5, verbose=0, callbacks=[*callbacks, *others], **options, **more
    ).history


def equal(model, history, twin, expected):
    """Bit for bit."""
    assert {k: np.asarray(v).tolist() for k, v in history.items()} == {
        k: np.asarray(v).tolist() for k, v in expected.items()
    }
    for ours, theirs in zip(model.variables, twin.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    for ours, theirs in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize(
    ("freq", "stop"),
    [("epoch", {"epochs": 1}), ("epoch", {"epochs": 3}), (1, {"batches": 3}), (3, {"batches": 8}),
     (2, {"batches": 6}), (1, {"batches": 9})],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("source", SOURCES)
def test_a_run_goes_on_where_it_stood(source, freq, stop, tmp_path):
    twin = made()
    expected = run(twin, source)
    model = made()
    backup = keras.callbacks.BackupAndRestore(tmp_path / "b", save_freq=freq)
    with pytest.raises(BrokenError):
        run(model, source, [backup, BreakAfter(**stop)])
    after = made()
    backup = keras.callbacks.BackupAndRestore(tmp_path / "b", save_freq=freq)
    assert os.path.exists(backup.path) == (
        stop != {"epochs": 1}
    )  # a checkpoint follows the epoch's end
    history = run(after, source, [backup, BreakAfter(epochs=99)])
    equal(after, history, twin, expected)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adamw", "lion"])
def test_optimizers_and_own_steps_go_on(optimizer, tmp_path):
    twin = made(optimizer)
    expected = run(twin, "shuffled")
    with pytest.raises(BrokenError):
        run(made(optimizer), "shuffled", [
            keras.callbacks.BackupAndRestore(tmp_path, save_freq=2, delete_checkpoint=False),
            BreakAfter(batches=5),
        ])  # fmt: skip
    after = made(optimizer)
    history = run(after, "shuffled", [BreakAfter(epochs=99)], resume=tmp_path / "checkpoint.lamina")
    equal(after, history, twin, expected)


def test_a_process_that_is_killed(tmp_path):
    """Nothing is written once the process is gone; the next one goes on."""
    program = """
import os, sys
import numpy as np
import lamina as keras
from tests.models import test_resuming as t
class Kill(keras.callbacks.Callback):
    count = 0
    def on_train_batch_end(self, batch, logs=None):
        Kill.count += 1
        if Kill.count == int(sys.argv[2]):
            os._exit(9)
model = t.made()
backup = keras.callbacks.BackupAndRestore(sys.argv[1], save_freq=1)
history = t.run(model, "shuffled", [backup, Kill()])
np.savez(sys.argv[1] + ".npz", *[v.numpy() for v in model.variables])
print(sorted((k, [float(v) for v in values]) for k, values in history.items()))
"""
    folder = str(tmp_path / "b")
    codes, said = [], ""
    for stop in ("4", "7", "9", "99"):
        done = subprocess.run(
            [sys.executable, "-c", program, folder, stop], capture_output=True, text=True,
            env=os.environ, check=False,
        )  # fmt: skip
        codes.append(done.returncode)
        said = done.stdout or done.stderr
    assert codes == [9, 9, 9, 0], said
    twin = made()
    expected = run(twin, "shuffled")
    assert said.strip() == str(sorted((k, [float(v) for v in vs]) for k, vs in expected.items()))
    with np.load(folder + ".npz") as kept:
        for name, variable in zip(kept.files, twin.variables, strict=True):
            np.testing.assert_array_equal(kept[name], variable.numpy())


def broken_off(folder, **options):
    with pytest.raises(BrokenError):
        run(made(), "shuffled", [
            keras.callbacks.BackupAndRestore(folder, **options), BreakAfter(epochs=3)
        ])  # fmt: skip
    return folder / "checkpoint.lamina"


def test_what_does_not_go_together_is_refused_before_anything_changes(tmp_path):
    path = broken_off(tmp_path)
    model = made()
    with pytest.raises(DataError, match="batch_size"):
        model.fit(X, Y, batch_size=5, epochs=5, verbose=0, resume=path)
    with pytest.raises(DataError, match="callbacks"):
        model.fit(X, Y, batch_size=4, epochs=5, verbose=0, resume=path)
    other = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    other.compile("adam", "binary_crossentropy", metrics=["accuracy", "AUC"])
    with pytest.raises(ShapeError):
        run(other, "shuffled", [BreakAfter(epochs=9)], resume=path)
    with pytest.raises(FileNotFoundError):
        model.fit(X, Y, verbose=0, resume=tmp_path / "none")
    assert path.exists()


def test_a_flipped_bit_is_found_and_the_earlier_checkpoint_serves(tmp_path):
    path = broken_off(tmp_path, double_checkpoint=True)
    content = bytearray(path.read_bytes())
    for place in (len(content) // 2, 200, len(content) - 300):
        damaged = bytearray(content)
        damaged[place] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(FileError):
            made().fit(X, Y, batch_size=4, epochs=5, verbose=0, resume=path)
    twin, after = made(), made()
    expected = run(twin, "shuffled")
    history = run(after, "shuffled", [
        keras.callbacks.BackupAndRestore(tmp_path), BreakAfter(epochs=99)
    ])  # fmt: skip
    equal(after, history, twin, expected)


@pytest.mark.parametrize("given", [{"save_freq": 0}, {"save_freq": "batch"}, {"backup_dir": ""}])
def test_arguments_are_checked(given):
    with pytest.raises(ArgumentError):
        keras.callbacks.BackupAndRestore(**({"backup_dir": "b"} | given))


def test_a_folder_that_cannot_be_written_to_is_found_out_first(tmp_path):
    (tmp_path / "file").write_text("")
    model = made()
    with pytest.raises(NotADirectoryError):
        run(model, "shuffled", [keras.callbacks.BackupAndRestore(tmp_path / "file" / "b")])
    assert model.optimizer.iterations.numpy() == 0

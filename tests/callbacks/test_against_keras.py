"""Callbacks that decide, against Keras' own on the same sequences of logs."""

from __future__ import annotations

import types

import keras
import numpy as np
import pytest

from lamina import callbacks

EPOCHS = 40


class Model:
    """What a callback sees of a model: its weights are the number of the epoch."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = types.SimpleNamespace(learning_rate=0.5)
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        self.metrics = [keras.src.trainers.compile_utils.MetricsList([metric])]
        self.weights = [-1]

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)


def sequence(seed, kind):
    """Losses or accuracies of EPOCHS epochs in float32, as a training measures them."""
    rng = np.random.default_rng(seed)
    if kind == "plateau":
        values = np.repeat(rng.random(EPOCHS // 4 + 1), 4)[:EPOCHS]
    elif kind == "slow":
        values = 1 - 0.01 * np.arange(EPOCHS) * rng.random(EPOCHS)
    else:
        values = rng.random(EPOCHS)
    return [float(v) for v in values.astype("float32")]


def run(callback, name, values, capsys):
    """What the callback did: weights, rates, the epoch it stopped at and what it printed."""
    model = Model()
    callback.set_model(model)
    seen = []
    for _ in range(2):  # a callback serves several trainings
        model.stop_training = False
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            model.weights = [epoch]
            callback.on_epoch_begin(epoch)
            logs = {name: value}
            callback.on_epoch_end(epoch, logs)
            seen.append((epoch, model.optimizer.learning_rate, logs))
            if model.stop_training:
                break
        callback.on_train_end()
        seen.append(model.weights)
    return seen, capsys.readouterr().out


EARLY = [
    {"monitor": "loss"},
    {"monitor": "loss", "patience": 3, "verbose": 1},
    {"monitor": "val_loss", "patience": 2, "min_delta": 0.05, "verbose": 1},
    {"monitor": "val_loss", "patience": 4, "min_delta": -0.1, "restore_best_weights": True},
    {"monitor": "accuracy", "patience": 5, "restore_best_weights": True, "verbose": 1},
    {"monitor": "val_accuracy", "patience": 2, "baseline": 0.7, "restore_best_weights": True},
    {"monitor": "loss", "patience": 2, "baseline": 0.2, "restore_best_weights": True},
    {"monitor": "own", "mode": "max", "patience": 1, "start_from_epoch": 7, "verbose": 1},
    {"monitor": "own", "mode": "min", "patience": 1, "start_from_epoch": 7},
]
PLATEAU = [
    {"monitor": "loss", "patience": 1},
    {"monitor": "loss", "patience": 2, "factor": 0.5, "cooldown": 3, "verbose": 1},
    {"monitor": "val_accuracy", "patience": 1, "factor": 0.7, "min_lr": 0.1, "verbose": 1},
    {"monitor": "loss", "patience": 3, "min_delta": 0.2, "cooldown": 1},
    {"monitor": "own", "mode": "max", "patience": 2, "factor": 0.9, "min_delta": 0},
]
CASES = [("EarlyStopping", row) for row in EARLY] + [("ReduceLROnPlateau", row) for row in PLATEAU]


@pytest.mark.parametrize("kind", ["random", "plateau", "slow"])
@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_decides_as_keras_does(name, arguments, kind, capsys):
    values = sequence(len(str(arguments)), kind)
    ours = run(getattr(callbacks, name)(**arguments), arguments["monitor"], values, capsys)
    theirs = run(getattr(keras.callbacks, name)(**arguments), arguments["monitor"], values, capsys)
    assert ours == theirs


def schedule_of_two(epoch, rate):
    return rate * 0.9 if epoch > 3 else rate


def schedule_of_one(epoch):
    return np.float32(1 / (epoch + 1))


@pytest.mark.parametrize("schedule", [schedule_of_two, schedule_of_one])
def test_schedules_as_keras_does(schedule, capsys):
    values = sequence(0, "random")
    ours = run(callbacks.LearningRateScheduler(schedule, verbose=1), "loss", values, capsys)
    theirs = run(keras.callbacks.LearningRateScheduler(schedule, verbose=1), "loss", values, capsys)
    assert ours == theirs


LOGS = [
    [{"loss": 0.5, "accuracy": 1.0}, {"loss": 0.25, "accuracy": 0.5, "val_loss": 2.0}],
    [{"loss": 0.5, "val_loss": 1e-9}, {"loss": float("nan")}],
    [{"per_class": np.array([0.5, 0.25]), "note": "a,b"}],
]


@pytest.mark.parametrize("logs", LOGS)
@pytest.mark.parametrize("options", [{}, {"separator": ";"}, {"append": True}])
def test_csv_logger_writes_what_keras_writes(logs, options, tmp_path):
    texts = []
    for module in (callbacks, keras.callbacks):
        path = tmp_path / f"{module.__name__}.csv"
        logger = module.CSVLogger(path, **options)
        for _ in range(2):
            logger.on_train_begin()
            for epoch, values in enumerate(logs):
                logger.on_epoch_end(epoch, dict(values))
            logger.on_train_end()
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_a_missing_quantity_is_a_warning():
    stopper = callbacks.EarlyStopping("val_loss")
    stopper.set_model(Model())
    with pytest.warns(UserWarning, match="no 'val_loss', only loss"):
        stopper.on_epoch_end(0, {"loss": 1.0})


def test_an_unknown_direction_is_an_error_as_in_keras():
    for module in (callbacks, keras.callbacks):
        stopper = module.EarlyStopping("own")
        stopper.set_model(Model())
        with pytest.raises(ValueError, match="mode='max'"):
            stopper.on_epoch_end(0, {"own": 1.0})

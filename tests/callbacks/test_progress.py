"""Lines and bars against those of Keras, under a clock that both read."""

from __future__ import annotations

import io
import re
import sys
import time

import keras
import numpy as np
import pytest

from lamina.callbacks import ProgbarLogger, progress
from lamina.errors import ArgumentError


class Time:
    """A clock for both: `time.time()` of Keras' module and a callable of ours."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    time = __call__


@pytest.fixture
def clock(monkeypatch):
    clock = Time()
    monkeypatch.setattr("keras.src.utils.progbar.time", clock)
    return clock


def run_epochs(logger, clock, case):
    verbose, epochs, steps, seconds, logs = case
    logger.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    logger.on_train_begin()
    for epoch in range(epochs):
        logger.on_epoch_begin(epoch)
        for step in range(steps or 3):
            clock.now += seconds
            logger.on_train_batch_end(step, {k: v for k, v in logs.items() if "val" not in k})
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end()


def visible(text):
    """What stands on the screen when all is written: the last state of each line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\b", "")
    return [line.split("\r")[-1].rstrip() for line in text.split("\n")]


BOTH = {"accuracy": 0.53125, "loss": 0.69}
CASES = [
    (2, 3, 210, 0.0013, BOTH),
    (2, 1, 7, 0.5, {**BOTH, "val_accuracy": 1.0, "val_loss": 12345.678}),
    (2, 2, 10, 2.0, {"loss": 1e-3, "mae": 9.9e-4}),
    (2, 2, 1, 1e-5, {"loss": -0.25}),
    (2, 2, None, 0.1, {"loss": 0.0}),
    (2, 2, 100, 90.0, {"loss": float("nan")}),
    (2, 2, 9, 0.01, {"loss": float("inf"), "per_class": np.array([0.5, 1.0])}),
    (1, 2, 210, 0.0013, BOTH),
    (1, 2, 10, 700.0, {"loss": -1e-5}),
    (1, 1, 99, 7.0, {"loss": -1e-5}),
    (1, 2, None, 0.3, BOTH),
    ("auto", 2, 5, 0.2, BOTH),
]


@pytest.mark.parametrize("case", CASES)
def test_fit_prints_what_keras_prints(case, clock, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    mine = ProgbarLogger()
    mine.clock = clock
    run_epochs(mine, clock, case)
    ours = visible(capsys.readouterr().out)
    clock.now = 100.0
    run_epochs(keras.callbacks.ProgbarLogger(), clock, case)
    assert ours == visible(capsys.readouterr().out)


@pytest.mark.parametrize("target", [5, 120, None])
@pytest.mark.parametrize("kind", [{}, {"stateful_metrics": ["b"]}, {"stateless_metrics": ["b"]}])
def test_each_drawing_is_that_of_keras(target, kind, clock, capsys, monkeypatch):
    """All steps far enough apart to be drawn: ETA, padding and averages at each."""
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: type("Size", (), {"columns": 500}))
    texts = []
    for make in (lambda: progress.Progbar(target, clock=clock, **kind),
                 lambda: keras.utils.Progbar(target, **kind)):  # fmt: skip
        clock.now = 100.0
        bar = make()
        for step in range(1, 6):
            clock.now += 70.0 / step
            bar.add(1, [("a", 10.0**-step), ("b", step)])
        text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).replace("\b", "")
        texts.append([part.rstrip() for part in text.split("\r")])
    assert texts[0] == texts[1]


def test_the_line_of_verbose_2_is_this(clock, capsys):
    logger = ProgbarLogger()
    logger.clock = clock
    run_epochs(logger, clock, (2, 2, 210, 0.001, {**BOTH, "val_loss": 0.5}))
    line = "210/210 - 0s - 1ms/step - accuracy: 0.5312 - loss: 0.6900 - val_loss: 0.5000\n"
    assert capsys.readouterr().out == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"


def test_a_terminal_is_redrawn_at_most_ten_times_a_second(clock, monkeypatch):
    drawings = []
    monkeypatch.setattr(progress, "write", drawings.append)
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    bar = progress.Progbar(1000, interval=0.1, clock=clock)
    for step in range(1, 1001):
        clock.now += 0.001
        bar.update(step)
    assert 8 <= len(drawings) <= 11
    assert drawings[-1].endswith("\n")
    assert not any("\n" in drawing for drawing in drawings[:-1])


def test_elsewhere_the_bar_is_one_plain_line(clock, capsys):
    logger = ProgbarLogger()
    logger.clock = clock
    run_epochs(logger, clock, (1, 2, 30, 1.0, BOTH))
    line = "30/30 " + "━" * 20 + " 30s 1s/step - accuracy: 0.5312 - loss: 0.6900\n"
    assert capsys.readouterr().out == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"


def test_a_drawing_never_wraps_on_a_narrow_terminal(clock, monkeypatch):
    drawings = []
    monkeypatch.setattr(progress, "write", drawings.append)
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: type("Size", (), {"columns": 60}))
    bar = progress.Progbar(100, clock=clock)
    clock.now += 1
    bar.update(7, [("accuracy", 0.5), ("loss", 0.25)])
    assert visible(drawings[0])[-1].endswith("s/step")
    assert len(visible(drawings[0])[-1]) < 60


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_any_encoding_of_the_output_will_do(encoding, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    progress.say("━━ 3/3")
    expected = "━━ 3/3\n" if encoding == "utf-8" else "== 3/3\n"
    assert raw.getvalue().decode(encoding).replace("\r", "") == expected


def test_evaluation_alone_and_within_fit(clock, capsys):
    logger = ProgbarLogger()
    logger.clock = clock
    logger.set_params({"verbose": 2, "epochs": 1, "steps": 4})
    for within in (False, True, False):
        if within:
            logger.on_train_begin()
        logger.on_test_begin()
        clock.now += 4
        logger.on_test_batch_end(3, BOTH)
        logger.on_test_end(BOTH)
        if within:
            assert capsys.readouterr().out == ""
            logger.on_train_end()
        else:
            expected = "4/4 - 4s - 1s/step - accuracy: 0.5312 - loss: 0.6900\n"
            assert capsys.readouterr().out == expected


def test_epochs_that_ran_together_are_reported_at_their_own_times(capsys):
    clock = progress.Clock()
    logger = ProgbarLogger()
    logger.clock = clock
    logger.set_params({"verbose": 2, "epochs": 2, "steps": 2})
    for epoch, (begin, end) in enumerate([(10.0, 12.0), (12.0, 18.0)]):
        clock.stand(begin)
        logger.on_epoch_begin(epoch)
        clock.stand(end)
        logger.on_epoch_end(epoch, {"loss": 1.0})
    clock.go_on()
    assert abs(clock() - time.perf_counter()) < 60
    expected = "Epoch {}/2\n2/2 - {}s - {}s/step - loss: 1.0000\n"
    assert capsys.readouterr().out == expected.format(1, 2, 1) + expected.format(2, 6, 3)


def test_only_one_kind_of_names_may_be_given():
    with pytest.raises(ArgumentError, match="not both"):
        progress.Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])

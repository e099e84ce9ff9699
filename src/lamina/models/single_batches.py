"""Steps on one batch: `train_on_batch`, `predict_on_batch`, and `predict` of what fits in one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from lamina.data.arrays import Data
from lamina.graph.program import PREDICT, TRAIN
from lamina.models.indices import check_indices
from lamina.models.programs import (
    feeding_of,
    feeding_to_predict,
    packed,
    prepare,
    program_of,
    refresh,
)
from lamina.models.reporting import Logs, logs_of


def run_batch(model: Any, phase: str, data: Data, anew: bool = False) -> Logs:
    """One step of a phase on these rows; the epoch sums go on, or start `anew`."""
    prepare(model, data, phase == TRAIN)
    runner, _ = program_of(model, {phase: feeding_of(model, phase, data)})
    runner.step(phase, data.leaves, anew)
    return logs_of(model._reported(phase), runner.sums_now)


def predict_batch(model: Any, data: Data) -> Any:
    """The outputs for these rows, computed as one batch."""
    data = Data(data.x, None, None, data.rows)
    runner, structure = program_of(model, {PREDICT: feeding_to_predict(model, data, None)})
    return packed(structure, runner.step(PREDICT, data.leaves))


def predict_again(model: Any, key: Hashable, x: np.ndarray) -> Any:
    """The outputs for an array that is one batch, if one like it was predicted before."""
    refresh(model)
    known = model._programs.asked.get(key)
    if known is None:
        return None
    check_indices(model, x)
    runner, structure = known
    return packed(structure, runner.step(PREDICT, (x,)))


def note_prediction(model: Any, key: tuple[Any, ...], data: Data) -> None:
    """Keeps the program of one batch for the next array like it, if that needs no conversion."""
    if key[1] != data.x.dtype:
        return
    feeding = feeding_to_predict(model, data, None)
    model._programs.asked[key] = program_of(model, {PREDICT: feeding})

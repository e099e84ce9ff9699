"""Standing: all that a call of `fit` goes on from, taken between two steps and put back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from lamina.callbacks.backup_and_restore import BackupAndRestore
from lamina.errors import DataError, FileError, ShapeError
from lamina.graph.variable import Variable
from lamina.layers.tracking import unique
from lamina.models.callback_changes import Changes
from lamina.random.seeds import set_state_of_streams, state_of_streams


class Standing:
    """Writes the checkpoints of one call of `fit`, and holds the one that it goes on from.

    Args:
        model: the model that is trained.
        callbacks: the callbacks of the call, after its beginning was told to them.
        resume: the path of a checkpoint to go on from, or None.

    Attributes:
        found: the values of the checkpoint to go on from; None to begin at the beginning.

    Raises: FileNotFoundError, FileError.
    """

    def __init__(self, model: Any, callbacks: Any, resume: Any) -> None:
        self.model = model
        self.writers = [c for c in callbacks if isinstance(c, BackupAndRestore)]
        self.found: dict[str, Any] | None = None
        if resume is not None:
            from lamina.saving import checkpoints

            self.found = checkpoints.read(resume)
        elif self.writers:
            self.found = _last_of(self.writers[0])
        if self.is_used:
            self.changes = Changes(callbacks)
            self.begun = state_of_streams() if self.found is None else self.found["begun"]

    @property
    def is_used(self) -> bool:
        """Whether there is a checkpoint to write or to go on from."""
        return bool(self.writers) or self.found is not None

    def write(self, place: Callable[[], dict[str, Any]], others: Iterable[Variable]) -> None:
        """Writes what is due, when every callback was told of the step.

        Args:
            place: tells where the run stands.
            others: variables that the steps use beside the model's.
        """
        due = [writer for writer in self.writers if writer.is_due]
        if not due:
            return
        values = {
            "place": place(),
            "begun": self.begun,
            "random": state_of_streams(),
            "stop": bool(self.model.stop_training),
            "callbacks": self.changes.now(),
            "variables": [variable.numpy() for variable in self._variables(others)],
        }
        from lamina.saving import checkpoints

        for writer in due:
            checkpoints.write(writer.take(), values)

    def _variables(self, others: Iterable[Variable]) -> list[Variable]:
        model = self.model
        optimizer = [] if model.optimizer is None else model.optimizer.variables
        measured = [v for metric in unique(model.metrics) for v in metric.variables]
        return unique([*model.variables, *optimizer, *measured, *others])

    def check(self, expected: Mapping[str, Any]) -> None:
        """Raises: DataError where the checkpoint was written by a call with other data or
        arguments; `expected` says what they are now.
        """
        assert self.found is not None
        written = self.found["place"]["call"]
        for name, value in expected.items():
            if written.get(name) != value:
                raise DataError(
                    "fit", "goes on with the data and arguments that the checkpoint was written "
                    "with", f"{name} {value!r}, then {written.get(name)!r}",
                    "pass the same, or remove the checkpoint to begin anew",
                )  # fmt: skip

    def restore(self, others: Iterable[Variable]) -> None:
        """Puts everything back but the place in the data; nothing changes unless all fits.

        Raises: ShapeError for a checkpoint of another model, DataError for other callbacks.
        """
        assert self.found is not None
        variables, values = self._variables(others), self.found["variables"]
        ours = [(tuple(v.shape), str(np.dtype(v.numpy().dtype))) for v in variables]
        theirs = [(tuple(value.shape), str(value.dtype)) for value in values]
        if ours != theirs:
            other = next((a for a, b in zip(ours, theirs, strict=False) if a != b), "fewer or more")
            raise ShapeError(
                "fit", "goes on with the model that the checkpoint was written with",
                f"{len(ours)} variables, then {len(theirs)}; {other}",
                "build the same model, or remove the checkpoint to begin anew",
            )  # fmt: skip
        self.changes.restore(self.found["callbacks"])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        set_state_of_streams(self.found["random"])
        self.model.stop_training = self.found["stop"]


def _last_of(writer: BackupAndRestore) -> dict[str, Any] | None:
    """The last checkpoint, or the one before it where that is damaged; None if there is none.

    Raises: FileError.
    """
    from lamina.saving import checkpoints

    damaged: FileError | None = None
    for path in (writer.path, writer.earlier):
        try:
            if os.path.exists(path):
                return checkpoints.read(path)
        except FileError as error:
            damaged = damaged or error
    if damaged is not None:
        raise damaged
    return None

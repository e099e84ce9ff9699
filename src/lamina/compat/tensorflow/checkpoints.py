"""`tf.train.Checkpoint`: the variables of models, optimizers and modules in files of NumPy.

A checkpoint is `PREFIX-N.npz`; `checkpoint` beside it names the newest. TensorFlow's own files are
not read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lamina.compat.own_steps import Status
from lamina.compat.tensorflow.state import Variable
from lamina.errors import ArgumentError
from lamina.graph.variable import Variable as OurVariable

SUFFIX = ".npz"
INDEX = "checkpoint"


def _variables(part: Any) -> list[OurVariable]:
    if isinstance(part, OurVariable):
        return [part]
    if isinstance(part, Checkpoint):
        return [v for _, held in part.parts() for v in _variables(held)]
    if isinstance(part, list | tuple):
        return [v for item in part for v in _variables(item)]
    if isinstance(part, Mapping):
        return [v for _, item in sorted(part.items()) for v in _variables(item)]
    found = getattr(part, "variables", None)
    return list(found() if callable(found) else found or ())


class Checkpoint:
    """Objects whose variables are saved together.

    Args:
        root: one object without a name.
        kwargs: objects by name: models, layers, optimizers, modules, variables.
    """

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        self.save_counter = Variable(0, trainable=False, dtype="int64", name="save_counter")
        self._root = root
        self._names = list(kwargs)
        for name, value in kwargs.items():
            if not hasattr(value, "variables") and isinstance(value, int | float):
                value = Variable(value)
            setattr(self, name, value)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """(name, object)."""
        if self._root is not None:
            yield "root", self._root
        for name in self._names:
            yield name, getattr(self, name)
        yield "save_counter", self.save_counter

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Writes the next checkpoint of this prefix; returns its path without the ending."""
        self.save_counter.assign_add(1)
        path = self.write(f"{os.fspath(file_prefix)}-{int(self.save_counter.numpy())}")
        Path(path).parent.joinpath(INDEX).write_text(Path(path).name + "\n", "utf-8")
        return path

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Writes a checkpoint under this name; returns it."""
        path = os.fspath(file_prefix)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        arrays: dict[str, Any] = {
            f"{name}/{i}": np.asarray(v.numpy())
            for name, part in self.parts()
            for i, v in enumerate(_variables(part))
        }
        fresh = f"{path}.part{SUFFIX}"
        np.savez(fresh, **arrays)
        os.replace(fresh, path + SUFFIX)
        return path

    def restore(self, save_path: Any, options: Any = None) -> Status:
        """Sets all variables as a checkpoint has them; None does nothing.

        Raises: ArgumentError if there is no such file, or a variable has another shape.
        """
        if save_path is None:
            return Status()
        path = os.fspath(save_path)
        if not os.path.exists(path + SUFFIX):
            raise ArgumentError(
                "tf.train.Checkpoint.restore", "finds no checkpoint of lamina's", path,
                "pass what save() returned, or tf.train.latest_checkpoint(folder)",
            )  # fmt: skip
        with np.load(path + SUFFIX, allow_pickle=False) as arrays:
            for name, part in self.parts():
                self._restore(name, part, arrays)
        return Status()

    read = restore

    def _restore(self, name: str, part: Any, arrays: Any) -> None:
        keys = [key for key in arrays.files if key.rpartition("/")[0] == name]
        variables = _variables(part)
        if len(variables) < len(keys) and hasattr(part, "build") and hasattr(part, "apply"):
            part.build(self._trainable())
            variables = _variables(part)
        for i, variable in enumerate(variables):
            key = f"{name}/{i}"
            if key in keys:
                variable.assign(arrays[key])

    def _trainable(self) -> list[Any]:
        parts = [part for _, part in self.parts() if hasattr(part, "trainable_variables")]
        return [v for part in parts for v in part.trainable_variables]


class CheckpointManager:
    """Numbered checkpoints in a folder, of which the newest stay.

    Args:
        max_to_keep: how many; None keeps all.
        checkpoint_name: the prefix.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: Any,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: Any = None,
        checkpoint_name: str = "ckpt",
        step_counter: Any = None,
        checkpoint_interval: Any = None,
        init_fn: Any = None,
    ) -> None:
        self.checkpoint, self.directory = checkpoint, os.fspath(directory)
        self._most, self._prefix = max_to_keep, os.path.join(self.directory, checkpoint_name)
        newest = latest_checkpoint(self.directory)
        self._paths = [] if newest is None else _numbered(self._prefix)

    @property
    def checkpoints(self) -> list[str]:
        """The paths that are there, the oldest first."""
        return list(self._paths)

    @property
    def latest_checkpoint(self) -> str | None:
        """The newest path."""
        return self._paths[-1] if self._paths else None

    def save(self, checkpoint_number: Any = None, **hints: Any) -> str:
        """Writes the next checkpoint, and removes the oldest beyond `max_to_keep`."""
        if checkpoint_number is not None:
            self.checkpoint.save_counter.assign(int(checkpoint_number) - 1)
        path = self.checkpoint.save(self._prefix)
        self._paths = [p for p in self._paths if p != path] + [path]
        while self._most is not None and len(self._paths) > self._most:
            os.remove(self._paths.pop(0) + SUFFIX)
        return path

    def restore_or_initialize(self) -> str | None:
        """Restores the newest; returns its path."""
        self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint


def _numbered(prefix: str) -> list[str]:
    """The checkpoints of a prefix, by number."""
    found = {}
    for file in Path(prefix).parent.glob(f"{Path(prefix).name}-*{SUFFIX}"):
        number = re.fullmatch(r".*-(\d+)", file.name.removesuffix(SUFFIX))
        if number:
            found[int(number[1])] = str(file).removesuffix(SUFFIX)
    return [found[n] for n in sorted(found)]


WEIGHTS = ("*.ckpt", "*.weights.h5", "*.h5", "*.keras", "*.ckpt.index")


def latest_checkpoint(checkpoint_dir: Any, latest_filename: Any = None) -> str | None:
    """The newest checkpoint of a folder, or the newest file of weights; None if there is none."""
    folder = Path(os.fspath(checkpoint_dir))
    index = folder / (latest_filename or INDEX)
    if index.is_file():
        path = folder / index.read_text("utf-8").strip()
        if os.path.exists(f"{path}{SUFFIX}"):
            return str(path)
    files = [file for pattern in WEIGHTS for file in folder.glob(pattern) if file.is_file()]
    return str(max(files, key=os.path.getmtime)) if files else None


def load_checkpoint(ckpt_dir_or_file: Any) -> Any:
    """Raises: ArgumentError: TensorFlow's files are not read."""
    raise ArgumentError(
        "tf.train.load_checkpoint", "reads no files of TensorFlow's", repr(ckpt_dir_or_file),
        "restore it into the objects: tf.train.Checkpoint(...).restore(path)",
    )  # fmt: skip


list_variables = load_checkpoint
__all__ = ["Checkpoint", "CheckpointManager", "latest_checkpoint"]

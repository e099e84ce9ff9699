"""Weights in HDF5, in the groups of Keras 3: written by h5py, read by a reader of our own.

Each array has its SHA-256 in an attribute, which Keras passes over: a bit that flips on the disk
is found when the file is read.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lamina.errors import FileError, LaminaError, NotBuiltError, ShapeError
from lamina.layers.weighted import Weighted, assign_from
from lamina.optimizers import Optimizer
from lamina.saving.state import saveables

DIGEST = "sha256"


def digest(array: np.ndarray) -> str:
    """The SHA-256 of an array's dtype, shape and numbers."""
    found = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    found.update(np.ascontiguousarray(array).data if array.size else b"")
    return found.hexdigest()


# ── writing ──


class WriteStore:
    """What an object's `save_own_variables` puts its arrays into."""

    def __init__(self, file: Any, path: str, name: Any) -> None:
        group = f"{path}/vars" if path else "vars"
        self._group = file.create_group(group)
        if isinstance(name, str):
            self._group.attrs["name"] = name

    def __setitem__(self, key: str, value: Any) -> None:
        array = np.asarray(value)
        self._group[key] = array
        self._group[key].attrs[DIGEST] = digest(array)

    def keys(self) -> Any:
        """The names of the arrays so far."""
        return self._group.keys()


def weights_as_h5(model: Any) -> memoryview:
    """The bytes of an HDF5 file with everything that has weights."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path, found in saveables(model):
            if hasattr(found, "save_own_variables"):
                found.save_own_variables(WriteStore(file, path, getattr(found, "name", None)))
    return content.getbuffer()


# ── reading ──


class ReadStore(Mapping[str, np.ndarray]):
    """The arrays of one object in a file, verified as they are read."""

    def __init__(self, group: Mapping[str, Any], path: str) -> None:
        self._group, self._path = group, path

    def __getitem__(self, key: str) -> np.ndarray:
        found = self._array(key)
        array = np.asarray(found[()])
        told = found.attrs.get(DIGEST)
        if isinstance(told, bytes):
            told = told.decode("ascii", "replace")
        if told is not None and told != digest(array):
            raise FileError(
                f"the array {self._path}/{key}", "is not as it was written", "another SHA-256",
                "the file is damaged: use a copy of it",
            )  # fmt: skip
        return array.astype(np.float32) if array.dtype == np.float16 else array

    def _array(self, key: str) -> Any:
        found = self._group[key]
        if isinstance(found, Mapping):
            raise FileError(
                f"the array {self._path}/{key}", "is no array", "a group",
                "use a file that Keras or lamina has written",
            )  # fmt: skip
        return found

    def shape_of(self, key: str) -> tuple[int, ...]:
        """The shape that the file tells, before anything is read."""
        return tuple(self._array(key).shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __len__(self) -> int:
        return len(self._group)


def stores(file: Mapping[str, Any]) -> Callable[[str], ReadStore]:
    """What finds the arrays of the object at a path; none where the file has nothing."""

    def find(path: str) -> ReadStore:
        group = f"{path}/vars" if path else "vars"
        return ReadStore(file.get(group, {}), group)

    return find


def load_state(model: Any, find: Callable[[str], ReadStore], skip_mismatch: bool = False) -> None:
    """Gives a model the weights of a file; nothing changes unless all fit.

    Raises: ShapeError, NotBuiltError, FileError.
    """
    plan: list[tuple[Any, np.ndarray]] = []
    others: list[tuple[Any, ReadStore]] = []
    for path, found in saveables(model):
        if not hasattr(found, "load_own_variables"):
            continue
        store = find(path)
        try:
            known = _planned(found, store)
        except (ShapeError, NotBuiltError) as error:
            if not skip_mismatch:
                raise
            _say_skipped(found, error)
            continue
        if known is None:
            others.append((found, store))
        else:
            plan += known
    _report_nan(plan)
    for variable, array in plan:
        variable.assign(array)
    for found, store in others:
        try:
            found.load_own_variables(store)
        except (LaminaError, ValueError, KeyError) as error:
            if not skip_mismatch:
                raise
            _say_skipped(found, error)


def _planned(found: Any, store: ReadStore) -> list[tuple[Any, np.ndarray]] | None:
    """The variables and their values; None where the object reads its store itself."""
    if isinstance(found, Optimizer) and type(found).load_own_variables is (
        Optimizer.load_own_variables
    ):
        return _of_optimizer(found, store)
    if not isinstance(found, Weighted) or (
        type(found).load_own_variables is not Weighted.load_own_variables
    ):
        return None
    where = f"{type(found).__name__} '{found.name}'"
    values: list[tuple[Any, np.ndarray]] = []
    assign_from(store, found._own_variables, where, found.built, _Collected(values).take)
    return values


class _Collected:
    """Takes what would be assigned."""

    def __init__(self, values: list[tuple[Any, np.ndarray]]) -> None:
        self.values = values

    def take(self, variable: Any, array: np.ndarray) -> None:
        self.values.append((variable, array))


def _of_optimizer(found: Optimizer, store: ReadStore) -> list[tuple[Any, np.ndarray]]:
    variables = found.variables
    if len(store) != len(variables):
        if len(store):
            warnings.warn(
                f"the optimizer '{found.name}' has {len(variables)} variables, its file "
                f"{len(store)}: it starts anew", stacklevel=2,
            )  # fmt: skip
        return []
    values: list[tuple[Any, np.ndarray]] = []
    assign_from(store, variables, f"Optimizer '{found.name}'", True, _Collected(values).take)
    return values


def _say_skipped(found: Any, error: Exception) -> None:
    said = str(error).splitlines()
    warnings.warn(f"left out: {said[0]} ({said[1].strip() if len(said) > 1 else ''})", stacklevel=2)


def _report_nan(plan: list[tuple[Any, np.ndarray]]) -> None:
    bad = [variable.path for variable, array in plan if not _stays_finite(array, variable.dtype)]
    if bad:
        warnings.warn(
            f"the file has NaN or infinity in {len(bad)} of its weights, {bad[0]} for instance",
            stacklevel=2,
        )


def _stays_finite(array: np.ndarray, dtype: Any) -> bool:
    """Whether the numbers are finite, as float32 too where they become that."""
    if array.dtype.kind != "f":
        return True
    most = np.finfo(np.float32).max if str(dtype) != "float64" else np.finfo(np.float64).max
    return bool((np.abs(array) <= most).all())

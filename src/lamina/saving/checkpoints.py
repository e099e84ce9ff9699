"""Checkpoints: plain values and arrays in one file, read on the checked path of all formats.

The file is a zip archive of a text, `checkpoint.json`, and `arrays.h5`, whose arrays have their
SHA-256 beside them.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.errors import FileError
from lamina.saving.archive import Archive
from lamina.saving.atomic import replacing
from lamina.saving.hdf5 import File
from lamina.saving.json_text import read_json
from lamina.saving.limits import DEFAULT, Limits
from lamina.saving.weights import ReadStore, WriteStore

FORMAT = 1
_TEXT, _ARRAYS = "checkpoint.json", "arrays.h5"
_KINDS = "biuf"


def is_plain(value: Any) -> bool:
    """Whether a checkpoint can hold it: numbers, texts, None, arrays of numbers, and lists, tuples
    and dictionaries of these.
    """
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in _KINDS
    if isinstance(value, Mapping):
        return all(isinstance(k, str | int) and is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def write(path: str | os.PathLike[str], values: Mapping[str, Any]) -> None:
    """Writes plain values; the file takes the place of an earlier one only when it is whole.

    Raises: OSError, FileError.
    """
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        store = WriteStore(file, "", None)
        text = json.dumps({"format": FORMAT, "values": _packed(values, store)})
    with replacing(path) as target, zipfile.ZipFile(target, "w") as archive:
        archive.writestr(_TEXT, text)
        archive.writestr(_ARRAYS, content.getbuffer())


def _packed(value: Any, store: WriteStore) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        key = str(len(store.keys()))
        array = np.asarray(value)
        store[key] = array.view("uint8") if array.dtype.kind == "b" else array
        return {"array": key, "dtype": array.dtype.str, "scalar": isinstance(value, np.generic)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, Mapping):
        return {"dict": [[k, _packed(v, store)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_packed(item, store) for item in value]}
    return value


def read(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> dict[str, Any]:
    """The values of a checkpoint.

    Raises: FileNotFoundError; FileError for a file that is damaged or no checkpoint.
    """
    name = os.fspath(path)
    with Archive(name, name, limits) as archive:
        found = read_json(archive.read(_TEXT, limits.config_bytes), f"{_TEXT} of {name}", limits)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise _refused(name, f"format {found.get('format') if isinstance(found, dict) else ''}")
        arrays = io.BytesIO(archive.read(_ARRAYS))
    with File(arrays, limits) as file:
        try:
            values = _unpacked(found["values"], ReadStore(file.get("vars", {}), "vars"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, FileError):
                raise
            raise _refused(name, repr(error)) from None
    if not isinstance(values, dict):
        raise _refused(name, type(values).__name__)
    return values


def _refused(name: str, received: str) -> FileError:
    return FileError(
        name, "is no checkpoint of lamina's", received[:200],
        "pass a file that BackupAndRestore has written",
    )  # fmt: skip


def _unpacked(value: Any, store: ReadStore) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        dtype = np.dtype(value["dtype"])
        if dtype.kind not in _KINDS:
            raise ValueError(f"an array of {dtype}")
        array = store[value["array"]].astype(dtype)
        return array[()] if value["scalar"] else array
    if "float" in value:
        return float(value["float"])
    if "dict" in value:
        return {key: _unpacked(item, store) for key, item in value["dict"]}
    kind = tuple if "tuple" in value else list
    return kind(_unpacked(item, store) for item in value[kind.__name__])

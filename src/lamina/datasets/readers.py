"""The files of Keras' data sets, read without running what they hold.

Some hold pickles: object arrays of lists in .npz, dicts in CIFAR's batches. A pickle is a program;
here it may call what rebuilds a NumPy array of numbers or of lists, and nothing else.
"""

from __future__ import annotations

import gzip
import io
import lzma
import math
import pickle
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from lamina.errors import DataError

# What a damaged file raises, whatever packs it.
DAMAGED = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, pickle.UnpicklingError,
    KeyError, TypeError, AttributeError, ValueError, OverflowError, MemoryError, RuntimeError,
)  # fmt: skip
# Codes of the dtypes that an array of a pickle may have; no records, which could hide objects.
CODES = re.compile(r"[biufcSUO]\d*")


class PickledDtype:
    """A dtype by its code; of its state only the order of the bytes is believed."""

    def __init__(self, code: Any, align: Any = False, copy: Any = False) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else code
        if not isinstance(text, str) or not CODES.fullmatch(text):
            raise ValueError(f"the dtype {code!r}")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order: Any = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if any(part is not None for part in state[2:5]) or order not in ("<", ">", "|", "="):
            raise ValueError(f"the state {state!r:.80} of a dtype")
        self.dtype = self.dtype.newbyteorder(order)


class PickledArray(np.ndarray):
    """An array whose state is checked before NumPy has it: objects come as a list, never as bytes
    that would be taken for their addresses.
    """

    def __setstate__(self, state: Any) -> None:
        version, shape, kept, is_fortran, content = state
        if not isinstance(kept, PickledDtype) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"an array of shape {shape!r:.80}")
        size = 1 if kept.dtype.hasobject else kept.dtype.itemsize
        if not isinstance(content, list if kept.dtype.hasobject else bytes):
            raise ValueError(f"a {type(content).__name__} for an array of {kept.dtype}")
        if len(content) != math.prod(shape) * size:
            raise ValueError(f"{len(content)} entries or bytes for the shape {shape!r:.80}")
        checked: Any = version, shape, kept.dtype, bool(is_fortran), content
        super().__setstate__(checked)


def _empty(*_: Any) -> PickledArray:
    """In place of NumPy's `_reconstruct`: an empty array, of which the pickle tells the rest."""
    return PickledArray(0, "b")


# What rebuilding an array names, in either generation of NumPy, and what stands for it here: the
# class of arrays is only named, and must not be called, as it would take a buffer of addresses.
ALLOWED = {
    ("numpy", "ndarray"): object(),
    ("numpy", "dtype"): PickledDtype,
    ("numpy.core.multiarray", "_reconstruct"): _empty,
    ("numpy._core.multiarray", "_reconstruct"): _empty,
}


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler of arrays, numbers, texts, lists and dicts.

    Raises: DataError for anything else.
    """

    def find_class(self, module: str, name: str) -> Any:
        """What stands for the class or function of these names, if an array needs it."""
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        raise DataError(
            "load_data", "reads arrays and lists only", f"a file that asks for {module}.{name}",
            "it is damaged or malicious: delete it, so that it is downloaded again",
        )  # fmt: skip


def read_arrays(path: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, object arrays included.

    Raises: DataError for a damaged file, or one that holds other objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name[:-4]: _read_array(archive.read(name)) for name in names}
    except DAMAGED as error:
        raise _damaged(path, error) from None


def _read_array(content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        # 3.0 differs from 2.0 in the encoding of field names only.
        read = np.lib.format.read_array_header_2_0
    _, _, dtype = read(file)
    if not dtype.hasobject:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    found = ArrayUnpickler(file).load()
    if not isinstance(found, np.ndarray):
        raise ValueError(f"a {type(found).__name__} in place of an array")
    return np.asarray(found)


def read_batch(path: Path, label_key: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 3, 32, 32) uint8 and labels (n,) of one of CIFAR's files.

    Raises: DataError for a damaged file, or one that holds other objects.
    """
    try:
        with path.open("rb") as file:
            found = ArrayUnpickler(file, encoding="bytes").load()
        data, labels = found[b"data"], found[label_key.encode()]
        return np.asarray(data, "uint8").reshape(-1, 3, 32, 32), np.asarray(labels, "uint8")
    except DAMAGED as error:
        raise _damaged(str(path), error) from None


def read_idx(path: str, rank: int) -> np.ndarray:
    """The bytes of a gzipped IDX file, with this number of axes: a header of big-endian sizes.

    Raises: DataError for a damaged file.
    """
    try:
        with gzip.open(path, "rb") as file:
            content = file.read()
        head, *shape = np.frombuffer(content, ">u4", count=1 + rank)
        if head != 0x800 + rank:
            raise ValueError(f"a header {head:#x}")
        return np.frombuffer(content, "uint8", offset=4 + 4 * rank).reshape([int(n) for n in shape])
    except DAMAGED as error:
        raise _damaged(path, error) from None


def _damaged(path: str, error: Exception) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(
        "load_data", f"cannot read {path}", f"{type(error).__name__}: {error}",
        "delete it, so that it is downloaded again",
    )  # fmt: skip

"""The files of Keras' data sets, read without running what they hold.

Some hold pickles: object arrays of lists in .npz, dicts in CIFAR's batches. A pickle is a program;
here it may call what rebuilds a NumPy array of numbers or of lists, and nothing else.
"""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from lamina.errors import DataError

# What rebuilding an array names, in either generation of NumPy.
ALLOWED = frozenset(
    (module, name)
    for name, modules in {
        "ndarray": ["numpy"],
        "dtype": ["numpy"],
        "_reconstruct": ["numpy.core.multiarray", "numpy._core.multiarray"],
    }.items()
    for module in modules
)


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler of arrays, numbers, texts, lists and dicts.

    Raises: DataError for anything else.
    """

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of these names, if an array needs it."""
        if (module, name) in ALLOWED:
            return super().find_class(module, name)
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
    except (zipfile.BadZipFile, ValueError, EOFError, pickle.UnpicklingError) as error:
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
    return found


def read_batch(path: Path, label_key: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 3, 32, 32) uint8 and labels (n,) of one of CIFAR's files.

    Raises: DataError for a damaged file, or one that holds other objects.
    """
    try:
        with path.open("rb") as file:
            found = ArrayUnpickler(file, encoding="bytes").load()
        data, labels = found[b"data"], found[label_key.encode()]
        return data.reshape(-1, 3, 32, 32), np.asarray(labels, "uint8")
    except (
        OSError, EOFError, pickle.UnpicklingError, KeyError, TypeError, AttributeError, ValueError,
    ) as error:  # fmt: skip
        if isinstance(error, DataError):
            raise
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
    except (OSError, EOFError, ValueError) as error:
        raise _damaged(path, error) from None


def _damaged(path: str, error: Exception) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(
        "load_data", f"cannot read {path}", f"{type(error).__name__}: {error}",
        "delete it, so that it is downloaded again",
    )  # fmt: skip

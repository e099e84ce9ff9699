"""Files of records: `tf.io.TFRecordWriter` and `tf.data.TFRecordDataset`.

A record is its length (uint64), the masked CRC-32C of those bytes, its bytes and their masked CRC.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from lamina.callbacks.event_file import masked_crc
from lamina.data.pipeline import Dataset
from lamina.errors import ArgumentError, DataError
from lamina.graph.strings import texts

__all__ = ["TFRecordDataset", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]


class TFRecordOptions:
    """How a file of records is packed: "", "GZIP" or "ZLIB"."""

    def __init__(self, compression_type: Any = None, **hints: Any) -> None:
        self.compression_type = compression_type or ""


def _packing(options: Any) -> str:
    found = str(getattr(options, "compression_type", options) or "").upper()
    if found not in ("", "GZIP", "ZLIB"):
        raise ArgumentError("TFRecord", "knows GZIP and ZLIB", repr(options), "leave it out")
    return found


def _path(name: Any) -> str:
    return os.fspath(name) if isinstance(name, os.PathLike) else str(texts(name).item())


class TFRecordWriter:
    """Writes records into a file.

    Args:
        path: the file. options: None, "GZIP", "ZLIB" or `TFRecordOptions`.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        self._packing = _packing(options)
        opened = gzip.open if self._packing == "GZIP" else open
        self._file: Any = opened(_path(path), "wb")
        self._parts = zlib.compressobj() if self._packing == "ZLIB" else None

    def _put(self, content: bytes) -> None:
        self._file.write(content if self._parts is None else self._parts.compress(content))

    def write(self, record: Any) -> None:
        """Adds a record: bytes, or a tensor of one string."""
        record = record.numpy() if hasattr(record, "numpy") else record
        record = record.encode("utf-8") if isinstance(record, str) else bytes(record)
        length = struct.pack("<Q", len(record))
        self._put(length + struct.pack("<I", masked_crc(length)))
        self._put(record + struct.pack("<I", masked_crc(record)))

    def flush(self) -> None:
        """Hands what was written to the system."""
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        if self._parts is not None and not self._file.closed:
            self._file.write(self._parts.flush())
        self._file.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file. Raises: DataError where it is damaged."""
    packing, name = _packing(options), _path(path)
    with gzip.open(name, "rb") if packing == "GZIP" else open(name, "rb") as file:
        if packing == "ZLIB":
            import io

            yield from _records(io.BytesIO(zlib.decompress(file.read())), name)
        else:
            yield from _records(file, name)  # type: ignore[arg-type]


def _records(file: IO[bytes], name: str) -> Iterator[bytes]:
    while head := file.read(12):
        record = b""
        if len(head) == 12 and masked_crc(head[:8]) == struct.unpack("<I", head[8:])[0]:
            length = struct.unpack("<Q", head[:8])[0]
            record = file.read(length)
            tail = file.read(4)
            if len(tail) == 4 and masked_crc(record) == struct.unpack("<I", tail)[0]:
                yield record
                continue
        raise DataError(
            "tf.data.TFRecordDataset", "finds a damaged record", name,
            "write the file anew, or pass its compression_type",
        )  # fmt: skip


class TFRecordDataset(Dataset):
    """The records of files, as strings.

    Args:
        filenames: a name, several, or a data set of them.
        compression_type: None, "GZIP" or "ZLIB".
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None,
        num_parallel_reads: Any = None, name: Any = None,
    ) -> None:  # fmt: skip
        given = list(filenames) if isinstance(filenames, Dataset | list | tuple) else [filenames]

        def make() -> Iterator[Any]:
            for part in given:
                for path in [part] if isinstance(part, os.PathLike) else texts(part).reshape(-1):
                    for record in tf_record_iterator(path, compression_type):
                        found = np.empty((), object)
                        found[()] = record.decode("utf-8", "surrogateescape")
                        yield found

        super().__init__(make)

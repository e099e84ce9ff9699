"""`tf.io`: files as strings, pictures through Pillow; `tf.io.gfile` on the local disk."""

from __future__ import annotations

import base64
import glob as globbing
import io as standard_io
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.compat.tensorflow.meeting import strings
from lamina.errors import ArgumentError
from lamina.graph.strings import StringTensor, texts
from lamina.graph.tensor import Array

__all__ = [
    "decode_base64", "decode_bmp", "decode_csv", "decode_gif", "decode_image", "decode_jpeg",
    "decode_png", "decode_raw", "encode_base64", "encode_jpeg", "encode_png", "is_jpeg",
    "matching_files", "read_file", "write_file",
]  # fmt: skip


def _bytes(contents: Any) -> bytes:
    value = contents.numpy() if isinstance(contents, StringTensor) else contents
    value = value.item() if isinstance(value, np.ndarray | np.generic) else value
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _path(name: Any) -> str:
    return os.fspath(name) if isinstance(name, os.PathLike) else str(texts(name).item())


def read_file(filename: Any, name: Any = None) -> StringTensor:
    """The bytes of a file."""
    with open(_path(filename), "rb") as file:
        return strings(file.read())


def write_file(filename: Any, contents: Any, name: Any = None) -> None:
    """Writes a string into a file, making its folders."""
    path = _path(filename)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(_bytes(contents))


def matching_files(pattern: Any, name: Any = None) -> StringTensor:
    """The files that a pattern, or one of several, matches, in the order of their names."""
    found = {p for some in texts(pattern).reshape(-1) for p in globbing.glob(some)}
    return strings(np.asarray(sorted(found), object))


def _opened(contents: Any) -> Any:
    from lamina.preprocessing.image.pictures import pillow

    return pillow("tf.io.decode_image").open(standard_io.BytesIO(_bytes(contents)))


MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = "uint8",
    name: Any = None,
    expand_animations: bool = True,
) -> Array:
    """A picture of a file's bytes: (height, width, channels); floats lie between 0 and 1."""
    with _opened(contents) as picture:
        frames = getattr(picture, "n_frames", 1)
        if frames > 1 and expand_animations:
            return decode_gif(contents)
        own = {"L": 1, "1": 1, "LA": 2, "RGBA": 4}.get(picture.mode, 3)
        if picture.mode == "P" and "transparency" in picture.info:
            own = 4
        found = np.asarray(picture.convert(MODES[channels or own]))
    found = found[..., None] if found.ndim == 2 else found
    return _in_dtype(found, str(dtype))


def _in_dtype(x: np.ndarray, dtype: str) -> Array:
    if dtype.startswith("float"):
        return Array((x / np.float32(255)).astype(dtype))
    return Array(x.astype("uint16") * 257 if dtype == "uint16" else x.astype(dtype))


def _decoder(kind: str) -> Callable[..., Any]:
    def decode(
        contents: Any, channels: int = 0, dtype: Any = "uint8", name: Any = None, **hints: Any
    ) -> Array:
        return decode_image(contents, channels or None, dtype, expand_animations=False)

    decode.__doc__ = f"A {kind} picture: (height, width, channels), uint8."
    return decode


decode_png, decode_bmp = _decoder("PNG"), _decoder("BMP")


def decode_jpeg(
    contents: Any, channels: int = 0, ratio: int = 1, name: Any = None, **hints: Any
) -> Array:
    """A JPEG picture, made smaller by `ratio`: (height, width, channels), uint8."""
    found = decode_image(contents, channels or None, expand_animations=False)
    return found if ratio == 1 else Array(found.value[::ratio, ::ratio])


def decode_gif(contents: Any, name: Any = None) -> Array:
    """The frames of a picture that moves: (frames, height, width, 3), uint8."""
    with _opened(contents) as picture:
        frames = []
        for i in range(getattr(picture, "n_frames", 1)):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGB")))
    return Array(np.stack(frames))


def _encoder(kind: str) -> Callable[..., Any]:
    def encode(image: Any, *options: Any, quality: int = 95, **hints: Any) -> StringTensor:
        from lamina.preprocessing.image.pictures import pillow

        x = np.asarray(image)
        plane = x[..., 0] if x.shape[-1] == 1 else x
        room = standard_io.BytesIO()
        how = {"quality": quality} if kind == "JPEG" else {}
        pillow("tf.io.encode").fromarray(plane).save(room, kind, **how)
        return strings(room.getvalue())

    encode.__doc__ = f"The bytes of a {kind} file of a picture, uint8."
    return encode


encode_png, encode_jpeg = _encoder("PNG"), _encoder("JPEG")


def is_jpeg(contents: Any, name: Any = None) -> Array:
    """Whether bytes are a JPEG file's."""
    return Array(np.asarray(_bytes(contents)[:3] == b"\xff\xd8\xff"))


def decode_raw(
    input_bytes: Any, out_type: Any, little_endian: bool = True, name: Any = None, **hints: Any
) -> Array:
    """Bytes as numbers of a dtype."""
    kind = np.dtype(str(out_type)).newbyteorder("<" if little_endian else ">")
    given = texts(input_bytes)
    if given.ndim == 0:
        return Array(np.frombuffer(_bytes(input_bytes), kind).astype(str(out_type)))
    rows = [np.frombuffer(_bytes(text), kind) for text in given]
    return Array(np.stack(rows).astype(str(out_type)))


def encode_base64(input: Any, pad: bool = False, name: Any = None) -> StringTensor:
    """Bytes in the letters of base64 for addresses."""
    found = base64.urlsafe_b64encode(_bytes(input))
    return strings(found if pad else found.rstrip(b"="))


def decode_base64(input: Any, name: Any = None) -> StringTensor:
    """The bytes of base64 for addresses."""
    given = _bytes(input)
    return strings(base64.urlsafe_b64decode(given + b"=" * (-len(given) % 4)))


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Any = None,
    name: Any = None,
) -> list[Any]:
    """The columns of lines of a table, in the dtypes of the defaults.

    Raises: ArgumentError for a field without a value and without a default.
    """
    import csv

    lines = texts(records)
    rows = list(csv.reader(lines.reshape(-1).tolist(), delimiter=field_delim))
    picked = range(len(record_defaults)) if select_cols is None else select_cols
    return [
        _column([row[i] for row in rows], default, na_value, lines.shape)
        for i, default in zip(picked, record_defaults, strict=True)
    ]


def _column(fields: list[str], default: Any, missing: str, shape: tuple[int, ...]) -> Any:
    given = default.tolist() if hasattr(default, "tolist") else default
    given = given if isinstance(given, list) else [given]
    kind = type(given[0]) if given and not isinstance(given[0], str) else None
    if hasattr(default, "as_numpy_dtype"):
        given, kind = [], None if default == "string" else default.as_numpy_dtype
    found = []
    for field in fields:
        if field in ("", missing) and not given:
            raise ArgumentError(
                "tf.io.decode_csv", "needs a value for a field without a default", repr(field),
                "give record_defaults a value for the column",
            )  # fmt: skip
        found.append(given[0] if field in ("", missing) else field if kind is None else kind(field))
    if kind is None:
        return strings(np.asarray(found, object).reshape(shape))
    dtype = {float: "float32", int: "int32"}.get(kind, kind)
    return Array(np.asarray(found, dtype).reshape(shape))


# ── tf.io.gfile ──


class GFile:
    """A file on the local disk."""

    def __init__(self, name: Any, mode: str = "r") -> None:
        encoding = None if "b" in mode else "utf-8"
        self._file = open(_path(name), mode, encoding=encoding)  # noqa: SIM115 - closed by its owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def size(self) -> int:
        """Bytes."""
        return os.fstat(self._file.fileno()).st_size


def exists(path: Any) -> bool:
    """Whether something is there."""
    return os.path.exists(_path(path))


def isdir(path: Any) -> bool:
    """Whether it is a folder."""
    return os.path.isdir(_path(path))


def glob(pattern: Any) -> list[str]:
    """What a pattern matches."""
    return sorted(globbing.glob(_path(pattern)))


def listdir(path: Any) -> list[str]:
    """The names in a folder."""
    return os.listdir(_path(path))


def makedirs(path: Any) -> None:
    """Makes a folder and those above it."""
    os.makedirs(_path(path), exist_ok=True)


mkdir = makedirs


def remove(path: Any) -> None:
    """Removes a file."""
    os.remove(_path(path))


def rmtree(path: Any) -> None:
    """Removes a folder and all in it."""
    shutil.rmtree(_path(path))


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file. Raises: FileExistsError if one is there and `overwrite` is not set."""
    if not overwrite and os.path.exists(_path(dst)):
        raise FileExistsError(_path(dst))
    shutil.copyfile(_path(src), _path(dst))


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Gives a file another name. Raises: FileExistsError as `copy`."""
    if not overwrite and os.path.exists(_path(dst)):
        raise FileExistsError(_path(dst))
    os.replace(_path(src), _path(dst))


def walk(top: Any, topdown: bool = True, onerror: Any = None) -> Iterator[Any]:
    """(folder, its folders, its files) for a folder and all below it."""
    return os.walk(_path(top), topdown, onerror)


def stat(path: Any) -> Any:
    """What is known of a file."""
    return os.stat(_path(path))


Exists, IsDirectory, Glob, ListDirectory = exists, isdir, glob, listdir
MakeDirs, MkDir, Remove, DeleteRecursively = makedirs, makedirs, remove, rmtree
FastGFile, Open, join = GFile, GFile, os.path.join

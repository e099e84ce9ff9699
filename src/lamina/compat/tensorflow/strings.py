"""`tf.strings`: strings entry by entry, on the host."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.compat.tensorflow.meeting import strings
from lamina.compat.tensorflow.ragged import RaggedTensor
from lamina.errors import ArgumentError
from lamina.graph.strings import StringTensor, texts
from lamina.graph.tensor import Array

__all__ = [
    "as_string", "bytes_split", "format", "join", "length", "lower", "reduce_join",
    "regex_full_match", "regex_replace", "split", "strip", "substr", "to_hash_bucket",
    "to_hash_bucket_fast", "to_number", "unicode_decode", "unicode_encode", "unicode_split",
    "upper",
]  # fmt: skip


def _mapped(input: Any, function: Callable[[str], Any], kind: Any = object) -> Any:
    """The results of a function of each string, in an array of this dtype."""
    if isinstance(input, RaggedTensor):
        return input.map(lambda row: _mapped(row, function, kind))
    given = texts(input)
    found = np.empty(given.shape, kind)
    for place, text in np.ndenumerate(given):
        found[place] = function(text)
    return StringTensor(found) if kind is object else Array(found)


def _rows(input: Any, function: Callable[[str], Any]) -> Any:
    """A row of each string: a tensor of one string, rows of several."""
    given = texts(input)
    if given.ndim == 0:
        return strings(np.asarray(function(given.item()), object))
    return RaggedTensor([strings(np.asarray(function(text), object)) for text in given])


def lower(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In small letters; of ASCII only, unless encoding="utf-8"."""
    if encoding:
        return _mapped(input, str.lower)
    return _mapped(input, lambda t: "".join(c.lower() if c.isascii() else c for c in t))


def upper(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In capitals; of ASCII only, unless encoding="utf-8"."""
    if encoding:
        return _mapped(input, str.upper)
    return _mapped(input, lambda t: "".join(c.upper() if c.isascii() else c for c in t))


def strip(input: Any, name: Any = None) -> Any:
    """Without white space at both ends."""
    return _mapped(input, str.strip)


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: Any = None
) -> Any:
    """What a pattern matches replaced; \\\\1 in `rewrite` is a group."""
    expression, new = _pattern(pattern), str(texts(rewrite).item())
    count = 0 if replace_global else 1
    return _mapped(input, lambda t: expression.sub(_rewritten(new), t, count=count))


def _rewritten(rewrite: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        def group(found: re.Match[str]) -> str:
            return "\\" if found[1] == "\\" else match.group(int(found[1])) or ""

        return re.sub(r"\\(\d|\\)", group, rewrite)

    return replace


_CLASSES = {
    "[:punct:]": r"!-/:-@\[-`{-~", "[:alpha:]": "A-Za-z", "[:digit:]": "0-9",
    "[:alnum:]": "A-Za-z0-9", "[:space:]": r"\s", "[:upper:]": "A-Z", "[:lower:]": "a-z",
}  # fmt: skip


def _pattern(pattern: Any) -> re.Pattern[str]:
    """RE2's pattern as Python's: classes by name are written out.

    Raises: ArgumentError for one that Python does not understand.
    """
    text = str(texts(pattern).item())
    for name, members in _CLASSES.items():
        text = text.replace(name, members)
    text = text.replace(r"\p{P}", r"!-/:-@\[-`{-~").replace(r"\z", r"\Z")
    try:
        return re.compile(text)
    except re.error as error:
        raise ArgumentError(
            "tf.strings.regex_replace", "cannot read this pattern", f"{text!r} ({error})",
            "write it in the syntax of Python's re",
        ) from None  # fmt: skip


def regex_full_match(input: Any, pattern: Any, name: Any = None) -> Any:
    """Whether a pattern matches the whole string."""
    expression = _pattern(pattern)
    return _mapped(input, lambda t: expression.fullmatch(t) is not None, bool)


def split(
    input: Any = None, sep: Any = None, maxsplit: int = -1, name: Any = None, **older: Any
) -> Any:
    """The parts between separators, by default between white space: rows of different lengths."""
    mark = None if sep is None else str(texts(sep).item())
    return _rows(older.pop("source", input), lambda t: t.split(mark or None, maxsplit))


def bytes_split(input: Any, name: Any = None) -> Any:
    """Each byte, as a string."""
    return _rows(input, lambda t: [bytes([b]) for b in t.encode("utf-8", "surrogateescape")])


def unicode_split(
    input: Any, input_encoding: str = "UTF-8", errors: str = "replace", **hints: Any
) -> Any:
    """Each character, as a string."""
    return _rows(input, list)


def unicode_decode(input: Any, input_encoding: str = "UTF-8", **hints: Any) -> Any:
    """The code point of each character."""
    given = texts(input)
    if given.ndim == 0:
        return Array(np.asarray([ord(c) for c in given.item()], "int32"))
    return RaggedTensor([np.asarray([ord(c) for c in t], "int32") for t in given])


def unicode_encode(input: Any, output_encoding: str = "UTF-8", **hints: Any) -> Any:
    """The string of code points."""
    if isinstance(input, RaggedTensor) or len(input.shape) > 1:
        return strings(["".join(map(chr, np.asarray(row))) for row in input])
    return strings("".join(map(chr, np.asarray(input))))


def join(inputs: Any, separator: Any = "", name: Any = None) -> Any:
    """Strings of several tensors put together entry by entry."""
    arrays = np.broadcast_arrays(*[texts(x) for x in inputs])
    found = np.empty(arrays[0].shape, object)
    mark = str(texts(separator).item())
    for place in np.ndindex(found.shape):
        found[place] = mark.join(str(a[place]) for a in arrays)
    return StringTensor(found)


def reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: Any = "", name: Any = None
) -> Any:
    """Strings put together along an axis, by default all."""
    mark = str(texts(separator).item())
    if isinstance(inputs, RaggedTensor):
        if axis is None:
            return strings(mark.join(str(t) for row in inputs for t in texts(row)))
        return strings([mark.join(texts(row).tolist()) for row in inputs])
    given = texts(inputs)
    if axis is None:
        return strings(mark.join(given.reshape(-1).tolist()))
    moved = np.moveaxis(given, axis, -1)
    found = np.empty(moved.shape[:-1], object)
    for place in np.ndindex(found.shape):
        found[place] = mark.join(moved[place])
    return StringTensor(np.expand_dims(found, axis) if keepdims else found)


def length(input: Any, unit: str = "BYTE", name: Any = None) -> Any:
    """How many bytes, or with unit="UTF8_CHAR" characters, a string has."""
    if unit == "UTF8_CHAR":
        return _mapped(input, len, "int32")
    return _mapped(input, lambda t: len(t.encode("utf-8", "surrogateescape")), "int32")


def substr(input: Any, pos: Any, len: Any, unit: str = "BYTE", name: Any = None) -> Any:
    """So many bytes, or with unit="UTF8_CHAR" characters, from a place on."""
    first, count = int(pos), int(len)

    def part(text: str) -> str:
        given: Any = text if unit == "UTF8_CHAR" else text.encode("utf-8", "surrogateescape")
        start = first if first >= 0 else max(0, given.__len__() + first)
        found = given[start : start + count]
        return found if isinstance(found, str) else found.decode("utf-8", "surrogateescape")

    return _mapped(input, part)


def to_number(input: Any, out_type: Any = "float32", name: Any = None) -> Any:
    """The numbers that strings say. Raises: ValueError for one that says none."""
    whole = "int" in str(out_type)
    return _mapped(input, (lambda t: int(t)) if whole else (lambda t: float(t)), str(out_type))


def as_string(input: Any, precision: int = -1, name: Any = None, **options: Any) -> Any:
    """Numbers as strings; floats with so many digits after the point, by default 6."""
    given = np.asarray(input)
    found = np.empty(given.shape, object)
    for place, value in np.ndenumerate(given):
        is_float = isinstance(value, np.floating)
        digits = 6 if precision < 0 else precision
        plain = str(bool(value)).lower() if isinstance(value, np.bool_) else str(value)
        found[place] = f"{value:.{digits}f}" if is_float else plain
    return StringTensor(found)


def format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: Any = None
) -> Any:
    """The template with each placeholder replaced by a tensor's values."""
    values = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    for value in values:
        template = template.replace(placeholder, str(np.asarray(value)), 1)
    return strings(template)


def to_hash_bucket(input: Any, num_buckets: int, name: Any = None) -> Any:
    """A number below `num_buckets` for each string, always the same; not TensorFlow's own."""
    import zlib

    return _mapped(input, lambda t: zlib.crc32(t.encode()) % num_buckets, "int64")


to_hash_bucket_fast = to_hash_bucket

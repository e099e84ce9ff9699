"""read_json: a text of JSON from a file, within limits, and without what JSON does not have."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from lamina.errors import FileError
from lamina.saving.limits import DEFAULT, Limits

# A string, to the end of the text if it has none; nothing is tried twice, whatever it holds.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_OPEN, _CLOSE, _COMMA = b"[{", b"]}", b","


def read_json(content: bytes | str, name: str, limits: Limits = DEFAULT) -> Any:
    """The values of a text.

    Raises: FileError, before anything is made of it, for a text that is too large or too deeply
        nested; that is no JSON or no UTF-8; for keys that come twice, NaN and infinity.
    """
    if len(content) > limits.config_bytes:
        raise _refused(
            name, "is too large a text", f"{len(content):,} bytes",
            f"such texts may have {limits.config_bytes:,} bytes",
        )  # fmt: skip
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(name, "is no UTF-8 text", str(error), "write it as UTF-8") from None
    _measure(text, name, limits)
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        if "\\ud" in text or "\\uD" in text:  # halves of pairs, which are no text
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _refused(name, "is no JSON", str(error), "write the file anew") from None
    if (count := _layers(found)) > limits.layers:
        raise _refused(
            name, "describes too many layers", f"{count:,}", f"at most {limits.layers:,}"
        )
    return found


def _refused(name: str, what: str, received: str, mend: str) -> FileError:
    return FileError(name, what, received[:200], mend)


def _measure(text: str, name: str, limits: Limits) -> None:
    """Counts nesting and values before anything is made of them."""
    marks = _STRING.sub(b"", text.encode("utf-8", "surrogatepass"))
    if depth_of(marks) > limits.depth:
        raise _refused(
            name, "is nested too deeply", f"more than {limits.depth} levels",
            "use a model with less depth inside each other",
        )  # fmt: skip
    containers = sum(marks.count(bytes([mark])) for mark in _OPEN)
    for what, count, most in (
        ("values", containers + marks.count(_COMMA), limits.values),
        ("lists and dictionaries", containers, limits.containers),
    ):
        if count > most:
            raise _refused(name, f"holds too many {what}", f"{count:,}", f"at most {most:,}")


def _layers(config: Any) -> int:
    """How many entries all lists named "layers" have, those of models within models included."""
    count, stack = 0, [config]
    while stack:
        found = stack.pop()
        if isinstance(found, dict):
            listed = found.get("layers")
            count += len(listed) if isinstance(listed, list) else 0
            found = list(found.values())
        if isinstance(found, list):
            stack.extend(value for value in found if isinstance(value, dict | list))
    return count


def depth_of(marks: bytes) -> int:
    """How deep the brackets are nested, in a text without strings."""
    if sum(marks.count(bytes([mark])) for mark in _OPEN) < 2:
        return marks.count(b"[") + marks.count(b"{")
    table, deepest, level = np.zeros(256, np.int8), 0, 0
    table[list(_OPEN)], table[list(_CLOSE)] = 1, -1
    for start in range(0, len(marks), 1 << 20):
        piece = table[np.frombuffer(marks[start : start + (1 << 20)], np.uint8)]
        levels = np.cumsum(piece, dtype=np.int32)
        deepest = max(deepest, level + int(levels.max()))
        level += int(levels[-1])
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r:.80} comes twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")

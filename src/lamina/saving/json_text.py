"""read_json: a text of JSON from a file, within limits, and without what JSON does not have."""

from __future__ import annotations

import json
import re
from typing import Any

from lamina.errors import FileError
from lamina.saving.limits import DEFAULT, Limits

_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKENS = re.compile(rf"{_STRING}|[\[\]{{}},]")


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
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refused(name, "is no JSON", str(error), "write the file anew") from None


def _refused(name: str, what: str, received: str, mend: str) -> FileError:
    return FileError(name, what, received[:200], mend)


def _measure(text: str, name: str, limits: Limits) -> None:
    """Counts nesting and values before anything is made of them."""
    depth = values = 0
    for match in _TOKENS.finditer(text):
        mark = text[match.start()]
        if mark in "[{":
            depth += 1
            values += 1
            if depth > limits.depth:
                raise _refused(
                    name, "is nested too deeply", f"more than {limits.depth} levels",
                    "use a model with less depth inside each other",
                )  # fmt: skip
        elif mark in "]}":
            depth -= 1
        else:
            values += 1
    if values > limits.values:
        raise _refused(
            name, "holds too many values", f"{values:,}", f"at most {limits.values:,} are read"
        )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r:.80} comes twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")

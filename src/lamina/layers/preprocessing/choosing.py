"""Arguments of preprocessing layers that are one of a few words, or are not offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ArgumentError, UnsupportedError

# Older names of the ways in which categories come out.
_OLDER = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def one_of(where: str, argument: str, value: Any, legal: Sequence[Any]) -> Any:
    """The value, if it is legal.

    Raises: ArgumentError that lists what is.
    """
    if value in legal:
        return value
    raise ArgumentError(
        f"{where}({argument}=...)", "does not know this value", f"{argument}={value!r}",
        f"use one of {', '.join(map(repr, legal))}",
    )  # fmt: skip


def output_mode_of(where: str, value: Any, legal: Sequence[str]) -> str:
    """How categories come out, older names included."""
    value = _OLDER.get(value, value) if isinstance(value, str) else value
    return str(one_of(where, "output_mode", value, legal))


def refuse_sparse(where: str, sparse: Any = False, ragged: Any = False) -> None:
    """Raises: UnsupportedError for tensors that are not dense."""
    if sparse or ragged:
        raise UnsupportedError(
            where, "gives dense tensors only", f"sparse={sparse}, ragged={ragged}",
            "leave these arguments out; ragged rows are padded to output_sequence_length",
        )  # fmt: skip


def salt_of(where: str, salt: Any) -> list[int] | None:
    """The key of a keyed hash: two numbers, or one that stands for both.

    Raises: ArgumentError for anything else.
    """
    if salt is None:
        return None
    if isinstance(salt, list | tuple) and len(salt) == 2:
        return list(salt)
    if isinstance(salt, int):
        return [salt, salt]
    raise ArgumentError(
        f"{where}(salt=...)", "needs a whole number, or two", f"salt={salt!r}", "pass salt=42"
    )

"""Keras' scopes: names of variables, the device, and what may be computed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from lamina import naming
from lamina.errors import ArgumentError, UnsupportedError

Function = TypeVar("Function", bound=Callable[..., Any])


class name_scope:  # noqa: N801 - Keras' name
    """Variables that are made within have `name` before their own in their path.

    Raises: ArgumentError for a name that is no text or contains "/".
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        if not isinstance(name, str) or "/" in name or kwargs:
            raise ArgumentError(
                "name_scope", "needs one name without '/'", f"{name!r} {kwargs or ''}".strip(),
                "nest one scope in another",
            )  # fmt: skip
        self.name = name

    def __enter__(self) -> name_scope:
        self._scope = naming.scope(self.name)
        self._scope.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._scope.__exit__(*error)


@contextmanager
def _processor() -> Iterator[None]:
    yield


def device(device_name: str) -> Any:
    """A scope that computes on the processor: "cpu", "cpu:0".

    Raises: UnsupportedError for any other device; ArgumentError for something that is none.
    """
    if not isinstance(device_name, str):
        raise ArgumentError("device", "needs a name", repr(device_name), "pass 'cpu:0'")
    kind = device_name.lower().strip("/").removeprefix("device:").partition(":")[0]
    if kind != "cpu":
        raise UnsupportedError(
            "device", "is not there: lamina computes on the processor", repr(device_name),
            "pass 'cpu:0', or leave it out",
        )  # fmt: skip
    return _processor()


class RematScope:
    """A hint that values may be computed twice to save memory; the compiler plans memory itself.

    Args:
        mode: "full", "activations", "larger_than", "list_of_layers" or None.
        output_size_threshold, layer_names: for the modes of these meanings.

    Raises: ArgumentError for another mode.
    """

    MODES = ("full", "activations", "larger_than", "list_of_layers", None)

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ) -> None:
        if mode not in self.MODES:
            raise ArgumentError(
                "RematScope(mode=...)", "has no such mode", repr(mode),
                f"use one of {', '.join(map(repr, self.MODES))}",
            )  # fmt: skip
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or [])

    def __enter__(self) -> RematScope:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing was changed."""


def remat(f: Function) -> Function:
    """The function itself: that its values may be computed twice is a hint."""
    return f

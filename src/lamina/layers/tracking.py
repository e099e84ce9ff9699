"""Which variables, layers and metrics belong to an object: all that were assigned to its
attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from lamina.graph.variable import Variable
from lamina.random import SeedGenerator


class Tracked:
    """Collects what is assigned to attributes, directly or in lists, tuples and dicts."""

    _untracked: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._untracked:
            self._track(name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.__dict__.get("_tracked", {}).pop(name, None)
        super().__delattr__(name)

    def _track(self, name: str, value: Any) -> None:
        # A plain dict entry, so that the class needs no __init__ before attributes are set.
        tracked = self.__dict__.setdefault("_tracked", {})
        if isinstance(value, Variable | Tracked | SeedGenerator | list | tuple | dict) or (
            _is_metric(value)
        ):
            tracked[name] = value
        else:
            tracked.pop(name, None)

    def _children(self, kind: type | tuple[type, ...]) -> list[Any]:
        """The tracked objects of a kind, each once, in the order of assignment."""
        found = (x for value in self.__dict__.get("_tracked", {}).values() for x in _inside(value))
        return unique(x for x in found if isinstance(x, kind))

    def _own_metrics(self) -> list[Any]:
        found = (x for value in self.__dict__.get("_tracked", {}).values() for x in _inside(value))
        return unique(x for x in found if _is_metric(x))


def _is_metric(value: Any) -> bool:
    # Layers that learn from data have states too, but no result.
    return all(hasattr(value, name) for name in ("update_state", "reset_state", "result"))


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _inside(item)
    else:
        yield value


def unique(items: Iterable[Any]) -> list[Any]:
    """The items by identity, each once, in their order."""
    return list({id(item): item for item in items}.values())

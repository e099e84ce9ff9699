"""TensorFlow 1's sessions, as far as programs for Keras use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.compat.backend.functions import Function
from lamina.compat.tensorflow.environment import list_local_devices
from lamina.graph.structure import map_structure

__all__ = ["Session", "get_session", "set_session"]


class Session:
    """`run` evaluates tensors and runs operations. There is one set of variables for all sessions,
    so that what a session configures changes nothing.
    """

    def __init__(self, target: str = "", graph: Any = None, config: Any = None) -> None:
        self.graph = graph

    def run(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None, **options: Any) -> Any:
        """The values of tensors, alone or in a structure; None of what only has an effect."""
        del options  # They say what is traced of a run.
        feed = dict(feed_dict or {})
        plain = map_structure(lambda x: None if callable(x) else x, fetches)
        return Function(list(feed), plain)(list(feed.values()))

    def close(self) -> None:
        """Nothing: there is nothing to close."""

    def list_devices(self) -> list[Any]:
        """The processor."""
        return list_local_devices()

    def as_default(self) -> Session:
        """The session, for `with`."""
        return self

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        return None


_session = Session()


def get_session(*_: Any) -> Session:
    """The session, of which there is one."""
    return _session


def set_session(session: Any) -> None:
    """Changes nothing: what sessions configure, devices and their memory, is not lamina's."""
    del session

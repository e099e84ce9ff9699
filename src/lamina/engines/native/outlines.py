"""What the models of a process leave for the next one: `engines.base.Memory` in the cache, whose
keys hold every source of lamina, since any of them may say what a trace is.
"""

from __future__ import annotations

from lamina.engines.native import cache, versions


class Outlines:
    """Entries of the cache."""

    def load(self, *parts: object) -> bytes | None:
        """See `engines.base.Memory`."""
        return cache.load(versions.key("outline", *parts))

    def keep(self, content: bytes, *parts: object) -> None:
        """See `engines.base.Memory`."""
        cache.keep(versions.key("outline", *parts), content)

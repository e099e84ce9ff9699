"""Compatibility: `keras` and `tensorflow.keras` in a process, and every older spelling."""

from __future__ import annotations

import sys

from lamina.compat import paths
from lamina.compat.border import Border
from lamina.compat.modules import Finder, is_border
from lamina.errors import ArgumentError, StateError

__all__ = ["install", "installed", "uninstall"]


def install(keras: int | None = None) -> None:
    """From here on `import keras`, `import tensorflow.keras`, ... give lamina in this process.

    Args:
        keras: 1, 2 or 3: every call has the meaning it had in that Keras. By default a call has
            Keras 3's, unless it uses a spelling that only an older Keras had.

    Raises: StateError if the real packages are already imported; ArgumentError for another number.
    """
    if keras not in (None, *paths.VERSIONS):
        raise ArgumentError(
            "install", "knows Keras 1, 2 and 3", f"keras={keras!r}", "pass 1, 2 or 3"
        )
    uninstall()
    for name in sorted(paths.TOP):
        module = sys.modules.get(name)
        if module is not None:
            version = getattr(module, "__version__", "of unknown version")
            raise StateError(
                "lamina.install()", f"comes too late: the real {name} is already imported",
                f"{name} {version} from {getattr(module, '__file__', 'an unknown place')}",
                f"call it before the first import of {name}, or use `lamina run`",
            )  # fmt: skip
    border = Border(keras)
    border.mix_in_float32()
    sys.meta_path.insert(0, Finder(border))


def uninstall() -> None:
    """Takes back what `install` did; nothing if it was not called."""
    for finder in [finder for finder in sys.meta_path if isinstance(finder, Finder)]:
        sys.meta_path.remove(finder)
        finder.border.fall()
    for name in [name for name, module in sys.modules.items() if is_border(module)]:
        del sys.modules[name]


def installed() -> bool:
    """Whether `keras` is lamina in this process."""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)

"""The catalogue of errors: each says where, what is wrong, what was received, and how to mend it.

A class inherits the builtin that Keras raises in the same place, so that existing `except
ValueError` works.
"""

from __future__ import annotations

from collections.abc import Iterable


class LaminaError(Exception):
    """Base of all: `where` (which object or argument), `what`, `received`, `mend`, one line
    each.
    """

    def __init__(self, where: str, what: str, received: str, mend: str) -> None:
        self.where, self.what, self.received, self.mend = where, what, received, mend
        super().__init__(f"{where} {what}\n  received: {received}\n  mend:     {mend}")

    def name_layer(self, layer: str) -> None:
        """Says in which layer it happened, unless some layer is named already."""
        if "'" not in self.where and not hasattr(self, "layer"):
            self.layer = layer
            self.where = f"{layer}: {self.where}"
            self.args = (f"{self.where} {self.what}\n  received: {self.received}\n"
                         f"  mend:     {self.mend}",)  # fmt: skip

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        return type(self), (self.where, self.what, self.received, self.mend)


class ShapeError(LaminaError, ValueError):
    """Shapes or ranks that do not go together."""


class DtypeError(LaminaError, TypeError):
    """A dtype that the place does not take."""


class ArgumentError(LaminaError, ValueError):
    """An argument outside its legal values."""


class ArgumentTypeError(LaminaError, TypeError):
    """An argument of the wrong Python type."""


class DataError(LaminaError, ValueError):
    """Data that a model cannot learn from or predict on: empty, of unequal length, NaN, labels out
    of range.
    """


class StateError(LaminaError, RuntimeError):
    """A call that comes too early or too late: an uncompiled model, an unbuilt layer."""


class NotBuiltError(LaminaError, ValueError):
    """Something that exists only once a model or layer is built (Keras raises ValueError here)."""


class TraceError(LaminaError, TypeError):
    """Python code that needs the value of a symbolic tensor while a graph is traced."""


class ValueSizeError(TraceError):
    """A tensor whose size depends on values while a graph is traced: it cannot be compiled."""


class GraphError(LaminaError, RuntimeError):
    """A graph that breaks its own rules; found by `verify`, always a defect of a pass."""


class CompileError(LaminaError, RuntimeError):
    """A program that an engine could not compile."""


class DivergenceError(LaminaError, ArithmeticError):
    """Two engines that compute different values; found by LAMINA_SHADOW, always a defect."""


class UnsupportedError(LaminaError, NotImplementedError):
    """Something of Keras' that lamina does not have."""


class MissingNameError(LaminaError, AttributeError):
    """A name that a lamina module does not define; says which are near."""


class UnsupportedImportError(LaminaError, ImportError):
    """A module or name of Keras' that lamina does not have, at import."""


class ConfigError(LaminaError, ValueError):
    """An unknown LAMINA_* switch or value."""


class DownloadError(LaminaError, OSError):
    """A file that did not come from the network, or not whole."""


class FileError(DataError, OSError):
    """A file that is damaged, dangerous, too large, or of another kind than it should be.

    Keras and h5py raise ValueError or OSError here.
    """


class MissingMemberError(LaminaError, KeyError):
    """A name or path that a file does not hold."""

    __str__ = Exception.__str__  # KeyError's would show the quoted text


class DependencyError(LaminaError, ImportError):
    """An optional dependency that is not installed."""


def nearest(word: str, words: Iterable[str], most: int = 1, cutoff: float = 0.0) -> list[str]:
    """The `most` words that look most like `word`, whatever their case, best first, for errors.

    `cutoff` is the least likeness, 0 (anything) to 1 (equal).
    """
    word = word[:200]  # what is longer is no slip of the pen, and would take long to compare
    by_case = {other.lower(): other for other in sorted(words)}
    import difflib

    close = difflib.get_close_matches(word.lower(), by_case, n=most, cutoff=cutoff)
    return [by_case[other] for other in close]

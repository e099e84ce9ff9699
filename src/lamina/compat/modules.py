"""The modules `keras`, `tensorflow.keras`, ... of a process: a finder that makes them from the
table.

A border module holds nothing: it looks names up in the lamina modules behind its path when they
are asked for, and hands what it finds over the border, where calls in old spellings are rewritten.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import types
from collections.abc import Sequence
from typing import Any

import lamina
from lamina.compat import paths
from lamina.compat.border import Border
from lamina.compat.tensorflow.table import REFUSED_PACKAGES, refusal
from lamina.errors import MissingNameError, UnsupportedImportError, nearest
from lamina.left_out import why_left_out

BACKEND = "lamina.compat.backend"


class BorderModule(types.ModuleType):
    """A module under an old path."""

    def __init__(self, path: str, border: Border) -> None:
        super().__init__(path, f"lamina's modules under the path {path}.")
        self.__border__ = border

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            keras, tensorflow = paths.VERSIONS[self.__border__.generation or 3]
            plain = tensorflow if paths.below_root(self.__name__) is None else keras
            return f"{plain}+lamina.{lamina.__version__}"
        if name == "__all__":
            return [n for n in dir(self) if not n.startswith("_")]
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = self._find(name)
        self.__dict__[name] = value
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What its parent has under its name: `keras.layers.merge` was a function, then a module.

        Raises: TypeError if there is nothing else of its name.
        """
        parent, _, name = self.__name__.rpartition(".")
        row = paths.moved(parent, name, self.__border__.generation != 3)
        if row is None:
            raise TypeError(f"the module {self.__name__} is not callable")
        return _moved(row, self.__border__)(*args, **kwargs)

    def _find(self, name: str) -> Any:
        path = self.__name__
        old_too = self.__border__.generation != 3
        if name in paths.children(path) and (old_too or not paths.is_old(f"{path}.{name}")):
            return importlib.import_module(f"{path}.{name}")
        self.__border__.taken.add((paths.below_root(path) or "", name))
        row = paths.moved(path, name, old_too)
        if row is not None:
            return _moved(row, self.__border__)
        for target in self._targets():
            value = getattr(target, name, None) if _offers(target, name) else None
            if target.__name__ == BACKEND and value is not None:
                self.__border__.become_backend()
            if value is not None and not isinstance(value, types.ModuleType):
                return self.__border__.hand_over(value)
        if name[:1].isupper() and self._why_left_out(name) is not None:
            return LeftOut(path, name, self._mend(name))
        raise MissingNameError(
            path, f"has no {name!r} in lamina", f"{path}.{name}", self._mend(name)
        )

    def _targets(self) -> list[types.ModuleType]:
        found = paths.targets(self.__name__) or ()
        return [importlib.import_module(module) for module in found]

    def _why_left_out(self, name: str) -> str | None:
        below = paths.below_root(self.__name__)
        return None if below is None else why_left_out(f"{below}.{name}".lstrip("."))

    def _mend(self, name: str) -> str:
        outside = paths.below_root(self.__name__) is None
        reason = refusal(f"{self.__name__}.{name}") if outside else self._why_left_out(name)
        if reason is not None:
            return reason
        near = nearest(name, dir(self), most=3, cutoff=0.6)
        if near:
            return f"did you mean {' or '.join(near)}?"
        return f"dir({self.__name__}) lists what there is"

    def __dir__(self) -> list[str]:
        names = set(paths.children(self.__name__)) | {"__version__"}
        for module in self._targets():
            exported = getattr(module, "__all__", None)
            if exported is None:
                exported = [name for name in dir(module) if not _is_module(module, name)]
            names |= {n for n in exported if not n.startswith("_")}
        names |= set(paths.moved_names(self.__name__, self.__border__.generation != 3))
        return sorted(names)


class LeftOut:
    """Stands for a class of Keras that lamina leaves out: programs may import it, not use it."""

    def __init__(self, path: str, name: str, mend: str) -> None:
        self._of = (path, f"has no {name!r} in lamina", f"{path}.{name}", mend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise MissingNameError(*self._of)

    def __mro_entries__(self, bases: Any) -> Any:
        raise MissingNameError(*self._of)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingNameError(*self._of)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every path of the table, and names what is not in it."""

    def __init__(self, border: Border) -> None:
        self.border = border

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a path of the table; None outside `keras` and `tensorflow`.

        Raises: UnsupportedImportError for a path below them that lamina does not have.
        """
        top = fullname.partition(".")[0]
        if top in REFUSED_PACKAGES:
            raise UnsupportedImportError(
                top, "runs on TensorFlow, which lamina takes the place of", f"import {fullname}",
                REFUSED_PACKAGES[top],
            )  # fmt: skip
        if top not in paths.TOP:
            return None
        if paths.targets(fullname) is None:
            raise self._missing(fullname)
        if self.border.generation == 3 and paths.is_old(fullname):
            raise UnsupportedImportError(
                fullname, "is a path of Keras 1 and 2", "an import under --keras=3",
                "import from the paths of Keras 3, or leave --keras out",
            )  # fmt: skip
        return importlib.machinery.ModuleSpec(fullname, self, origin="lamina", is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """An empty border module."""
        return BorderModule(spec.name, self.border)

    def exec_module(self, module: types.ModuleType) -> None:
        """Names are looked up when they are asked for; under `tensorflow` tensors are its own."""
        if module.__name__ == "tensorflow":
            self.border.become_tensorflow()

    def _missing(self, fullname: str) -> UnsupportedImportError:
        """The error of `import a.b` and, since a package's missing names are tried as modules, of
        `from a import b`.
        """
        parent, _, name = fullname.rpartition(".")
        module = BorderModule(parent, self.border)
        error = UnsupportedImportError(
            parent, f"has no {name!r} in lamina", f"an import of {fullname}", module._mend(name)
        )
        error.name = fullname
        return error


def _moved(row: str, border: Border) -> Any:
    module, _, name = row.partition(":")
    return border.hand_over(getattr(importlib.import_module(module), name))


def _offers(module: types.ModuleType, name: str) -> bool:
    """Whether a name is among those of a module: what it imports for itself is not."""
    return not name.startswith("_") and name in getattr(module, "__all__", (name,))


def _is_module(module: types.ModuleType, name: str) -> bool:
    held = isinstance(module.__dict__.get(name), types.ModuleType)
    return held or paths.is_there(f"{module.__name__}.{name}")


def is_border(module: types.ModuleType) -> bool:
    """Whether a module is one of ours."""
    return isinstance(module, BorderModule)

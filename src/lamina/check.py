"""`lamina check`: which names of Keras and TensorFlow a script uses that lamina does not have.

The script is read, not run, and nothing that it imports is imported but lamina's own modules.
Names are followed from imports through attributes, as far as modules and classes go; what objects
have that are made when it runs, nobody can tell before.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from lamina.compat import install
from lamina.compat.paths import TOP
from lamina.compat.tensorflow.table import REFUSED_PACKAGES
from lamina.errors import LaminaError

TOPS = TOP | {"tensorflow"} | set(REFUSED_PACKAGES)
MISSING, UNREADABLE = 1, 2


@dataclass(frozen=True, order=True)
class Missing:
    """A name that lamina does not have.

    Attributes:
        line, column: where it stands, both from 1.
        name: as the script means it, for instance "keras.layers.Foo".
        why: what running the script would say.
    """

    line: int
    column: int
    name: str
    why: str


def check(path: str) -> int:
    """Prints what a script uses and lamina does not have, a line each.

    Returns the exit code: 0 where nothing is missing, 1 where something is, 2 for a file that is
    not there or no Python 3.
    """
    try:
        with io.open_code(path) as file:
            found = missing(file.read(), path)
    except OSError as error:
        print(f"lamina check: can't open file {path!r}: {error.strerror}")
        return UNREADABLE
    except (SyntaxError, ValueError) as error:
        place = getattr(error, "lineno", None)
        where = path if place is None else f"{path}:{place}"
        print(f"{where}: no Python 3: {getattr(error, 'msg', None) or error}")
        return UNREADABLE
    for entry in found:
        print(f"{path}:{entry.line}:{entry.column}: {entry.name}: {entry.why}")
    if not found:
        print(f"{path}: lamina has all that it names of Keras and TensorFlow")
    return MISSING if found else 0


def missing(source: str | bytes, path: str = "<script>") -> list[Missing]:
    """What is missing, in the order of the script.

    Raises: SyntaxError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source, path)
        install(None)
        return sorted(set(_missing(tree)))


def _missing(tree: ast.AST) -> Iterator[Missing]:
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name):
                    bound[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
                    yield from _asked(node, alias.name, "")
        elif isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module or ""):
            for alias in node.names:
                name = "" if alias.name == "*" else alias.name
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield from _asked(node, node.module or "", name)
    # A name that the script gives something else, too, may be that.
    for name in _assigned(tree):
        bound.pop(name, None)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            root, names = _chain(node)
            if root in bound and isinstance(node.ctx, ast.Load):
                yield from _asked(node, bound[root], ".".join(names))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in TOPS


def _assigned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def _chain(node: ast.expr) -> tuple[str, list[str]]:
    """The name that a chain of attributes begins with ("" if with none), and the attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else ""), names[::-1]


def _asked(node: Any, path: str, names: str) -> Iterator[Missing]:
    """What is missing of a path of modules and the names after it."""
    whole = f"{path}.{names}" if names else path
    try:
        _follow(whole)
    except (LaminaError, ImportError, AttributeError) as error:
        yield Missing(node.lineno, node.col_offset + 1, whole, _said(error))


def _said(error: Exception) -> str:
    if isinstance(error, LaminaError):
        return f"{error.where} {error.what}; {error.mend}"
    return str(error)


def _follow(path: str) -> None:
    """Walks a path from its module on, as far as modules and classes go.

    Raises: what the import, or the attribute, would raise.
    """
    first, *rest = path.split(".")
    held: Any = importlib.import_module(first)
    reached = first
    for name in rest:
        if isinstance(held, ModuleType):
            held = _of_module(held, reached, name)
        elif inspect.isclass(held) and name.isidentifier():
            if not hasattr(held, name) and not _may_have(held, name):
                raise AttributeError(f"{reached} has no {name!r}")
            return
        else:
            return
        reached = f"{reached}.{name}"


def _of_module(module: ModuleType, path: str, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        try:
            return importlib.import_module(f"{path}.{name}")
        except ModuleNotFoundError:
            raise AttributeError(f"{path} has no {name!r} in lamina") from None


def _may_have(held: type, name: str) -> bool:
    """Whether instances may have what the class shows not: then nobody can tell."""
    return any(name in getattr(base, "__annotations__", {}) for base in held.__mro__)

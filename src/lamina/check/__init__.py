"""`lamina check`: which names of Keras and TensorFlow scripts use that lamina does not have.

The script is read, not run, and nothing that it imports is imported but lamina's own modules.
Names are followed from imports through attributes, as far as modules and classes go, and so are the
arguments of what is called by such a name; what objects have that are made when it runs, nobody can
tell before.
"""

from __future__ import annotations

import ast
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from lamina.check import names
from lamina.check.uses import Script, Use
from lamina.compat import install
from lamina.errors import LaminaError

MISSING, UNREADABLE = 1, 2


@dataclass(frozen=True, order=True)
class Missing:
    """A name that lamina does not have.

    Attributes:
        line, column: where it stands, both from 1.
        name: as the script means it, for instance "keras.layers.Foo", or "keras.layers.Foo(bar)"
            for an argument.
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
    except (RecursionError, MemoryError):
        print(f"{path}: is nested too deeply to be read")
        return UNREADABLE
    except (SyntaxError, ValueError) as error:
        place = getattr(error, "lineno", None)
        where = path if place is None else f"{path}:{place}"
        print(f"{where}: no Python 3: {getattr(error, 'msg', None) or error}")
        return UNREADABLE
    for entry in found:
        print(f"{path}:{entry.line}:{entry.column}: {entry.name}: {entry.why}")
    if not found:
        print(f"{path}: of the names of Keras and TensorFlow that can be followed, none is missing")
    return MISSING if found else 0


def missing(source: str | bytes, path: str = "<script>") -> list[Missing]:
    """What is missing, in the order of the script.

    Raises: SyntaxError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = Script(ast.parse(source, path), names.is_ours)
        install(None)
        return sorted(set(_missing(script)))


def _missing(script: Script) -> Iterator[Missing]:
    nowhere: set[str] = set()  # modules that are missing are said once, not what was asked of them
    for use in script.uses():
        paths = [path for path in use.paths if path.rpartition(".")[0] not in nowhere]
        failed = [(path, error) for path in paths if (error := names.failure(path))]
        if use.imports and failed and use.paths[0].endswith(".*"):
            nowhere.add(use.paths[0].removesuffix(".*"))
        if failed and len(failed) == len(use.paths):
            path, error = failed[0]
            if not _is_handled(error, use):
                yield Missing(use.line, use.column, _shown(path), _said(error))
        elif len(use.paths) == 1 and not failed and paths:
            for argument, line, column in use.arguments:
                why = names.refused_argument(paths[0], argument)
                if why is not None:
                    yield Missing(line, column, f"{_shown(paths[0])}({argument})", why)


def _shown(path: str) -> str:
    return path.removesuffix(".*").replace(":", ".")


def _is_handled(error: Exception, use: Use) -> bool:
    """Whether the script itself catches what would be raised."""
    raised = type(error).__mro__ + ((ImportError,) if use.imports else ())
    return bool(use.handled & {"*", *(cls.__name__ for cls in raised)})


def _said(error: Exception) -> str:
    if isinstance(error, LaminaError):
        return f"{error.where} {error.what}; {error.mend}"
    return str(error)

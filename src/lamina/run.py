"""`lamina run`: a program in whose process `keras` is lamina, run as Python itself would run it.

`sys.argv`, `sys.path[0]`, `__main__`, exit codes and tracebacks are those of `python script.py`;
a traceback of a mistake in the program ends at the program's own line.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import io
import os
import runpy
import sys
import types
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from lamina.compat import install
from lamina.errors import LaminaError

PACKAGE = str(Path(__file__).resolve().parent) + os.sep
COMPAT = os.path.join(PACKAGE, "compat") + os.sep
NOTHING_TO_RUN = 2


def run(target: Sequence[str], keras: int | None = None) -> int:
    """Runs `script.py args`, `-m module args` or `- args` (from standard input); a script may be a
    folder or an archive with a `__main__.py`.

    Returns the exit code 2 if there is nothing to run; what the program raises goes on.
    """
    install(keras)
    sys.excepthook = show
    name = target[0]
    if name == "-m":
        return _run_module(list(target[1:]))
    sys.argv = list(target)
    if name == "-":
        _set_path("")
        return _execute(compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True), {})
    path = os.path.abspath(name)
    try:
        return _run_folder(path) if _is_folder(path) else _run_script(path)
    except NothingThereError as error:
        sys.stderr.write(f"lamina: {error}\n")
        return NOTHING_TO_RUN


class NothingThereError(Exception):
    """There is no program where one was to be run; says what is wrong."""


def _run_script(path: str) -> int:
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        raise NothingThereError(
            f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        ) from None
    _set_path(os.path.dirname(os.path.realpath(path)))
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    names = {"__file__": path, "__cached__": None, "__loader__": loader}
    return _execute(compile(source, path, "exec", dont_inherit=True), names)


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) or (os.path.isfile(path) and zipfile.is_zipfile(path))


def _run_folder(path: str) -> int:
    spec = importlib.machinery.PathFinder.find_spec("__main__", [path])
    if spec is None or spec.loader is None:
        raise NothingThereError(f"can't find '__main__' module in {path!r}")
    _set_path(path)
    names = {
        "__file__": spec.origin, "__cached__": spec.cached, "__loader__": spec.loader,
        "__spec__": spec, "__package__": "",
    }  # fmt: skip
    # Finders of folders and of archives both give loaders that have it, related or not.
    code: CodeType = spec.loader.get_code("__main__")  # type: ignore[attr-defined]
    return _execute(code, names)


def _run_module(target: list[str]) -> int:
    if not target:
        sys.stderr.write("lamina: argument expected for the -m option\n")
        return NOTHING_TO_RUN
    sys.argv = target
    _set_path(os.getcwd())
    runpy.run_module(target[0], run_name="__main__", alter_sys=True)
    return 0


def _set_path(first: str) -> None:
    """Puts the program's folder where Python put ours."""
    if not sys.flags.safe_path:
        sys.path[:1] = [first]


def _execute(code: CodeType, names: dict[str, Any]) -> int:
    main = types.ModuleType("__main__")
    main.__dict__.update(names, __builtins__=builtins)
    sys.modules["__main__"] = main
    exec(code, main.__dict__)
    return 0


def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Shows an exception as Python does, without the frames that are not the program's."""
    seen: set[int] = set()
    links = [error]
    while links:
        link = links.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        link.__traceback__ = own_frames(link, link.__traceback__)
        links += [other for other in (link.__cause__, link.__context__) if other is not None]
        links += getattr(link, "exceptions", ())
    sys.__excepthook__(kind, error, error.__traceback__)


def own_frames(error: BaseException, trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that is the program's, without what started it.

    Where lamina found the mistake, or the program's own code failed inside a call of lamina's, no
    frame of lamina's is shown. What failed inside lamina by itself is a defect: all is shown.
    """
    frames = []
    trace = _without_start(trace)
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    if not frames:
        return None
    last = _file(frames[-1])
    if isinstance(error, LaminaError) or not last.startswith(PACKAGE) or last.startswith(COMPAT):
        frames = [f for f in frames if not _file(f).startswith(PACKAGE)] or frames
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        frame.tb_next = following
    return frames[0]


def _without_start(trace: TracebackType | None) -> TracebackType | None:
    """What comes after the last frame of ours that starts programs, and of runpy after that."""
    starts = {_execute.__code__, _run_module.__code__, run.__code__, _run_script.__code__}
    after, here = trace, trace
    while here is not None:
        if here.tb_frame.f_code in starts:
            after = here.tb_next
        here = here.tb_next
    while after is not None and _file(after) in ("<frozen runpy>", runpy.__file__):
        after = after.tb_next
    return after


def _file(trace: TracebackType) -> str:
    return trace.tb_frame.f_code.co_filename

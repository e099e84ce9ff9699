"""Cases, one after another, each measured, in a process that may die of them.

    python -m torture.worker lamina

reads a line of JSON for each case from its input: {"module", "function", "arguments"}; calls the
function with the library and the arguments, and answers with a line: what it returned or raised,
the seconds and bytes that it took, the modules it imported, files it opened, programs it started.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

# What no file may bring about.
ACTS = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen",
    "socket.connect", "pickle.find_class", "marshal.loads", "ctypes.dlopen", "os.remove",
    "os.rename", "os.symlink", "os.link", "os.chmod",
)  # fmt: skip


def library(name: str) -> Any:
    """lamina, or Keras on JAX."""
    if name == "keras":
        os.environ.setdefault("KERAS_BACKEND", "jax")
    return importlib.import_module(name)


class Watch:
    """What happens in the process while it is armed."""

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.opened: list[str] = []
        self.armed = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed:
            return
        if event == "marshal.loads" and _imports(sys._getframe(1)):
            return
        if event in ACTS:
            self.acts.append(f"{event} {arguments!r:.80}")
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            self.opened.append(os.fsdecode(arguments[0]))

    def __enter__(self) -> Watch:
        self.acts, self.opened, self.armed = [], [], True
        return self

    def __exit__(self, *error: object) -> None:
        self.armed = False


def _imports(frame: Any) -> bool:
    """Whether Python itself reads the code of a module."""
    return "importlib" in str(frame.f_code.co_filename)


def resident(what: str) -> int:
    """VmRSS, or VmHWM, the most since `forget_peak`, in bytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) << 10
    raise OSError(f"no {what} in /proc/self/status")


def forget_peak() -> None:
    """The peak counts from here."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def perform(keras: Any, watch: Watch, job: dict[str, Any]) -> dict[str, Any]:
    """One case, measured."""
    function = getattr(importlib.import_module(job["module"]), job["function"])
    before = set(sys.modules)
    told: dict[str, Any] = {"returned": None, "raised": None, "text": "", "warned": []}
    forget_peak()
    memory, start = resident("VmRSS"), time.perf_counter()
    with warnings.catch_warnings(record=True) as said, watch:
        warnings.simplefilter("always")
        try:
            told["returned"] = function(keras, **job["arguments"])
        except BaseException as error:
            base = "LaminaError"
            told["raised"] = type(error).__name__
            told["ours"] = any(c.__name__ == base for c in type(error).__mro__)
            told["text"] = str(error)[:600]
    told["seconds"] = time.perf_counter() - start
    told["bytes"] = max(0, resident("VmHWM") - memory)
    told["warned"] = [str(w.message)[:200] for w in said]
    told["imported"] = sorted(set(sys.modules) - before)
    told["acts"], told["opened"] = watch.acts, watch.opened
    return told


def main() -> None:
    """Serves until its input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes elsewhere
    keras, watch = library(sys.argv[1]), Watch()
    for line in sys.stdin:
        told = perform(keras, watch, json.loads(line))
        with contextlib.suppress(TypeError, ValueError):
            json.dumps(told["returned"])
        answers.write(json.dumps(told, default=repr) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

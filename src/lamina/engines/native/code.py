"""The code of a program: its manifest and the machine code of its steps, without state.

Executables of equal programs share it within a process, and the cache hands it to the next one. An
entry of the cache is the manifest; each step that was ever needed has an entry of its own, named
after the very manifest on which its machine code relies. What is found there spares every pass.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakValueDictionary

from lamina import config
from lamina.engines.base import Passes
from lamina.engines.native import cache, manifest, versions
from lamina.engines.native.manifest import Manifest, ManifestError
from lamina.engines.native.step_code import CompiledStep, StepCode, load_step
from lamina.graph.digest import digest
from lamina.graph.program import Program

# The codes that stay although nobody uses them just now, and the bytes of constants that one of
# them may have.
RECENT, SMALL = 16, 1 << 20


class Code:
    """The code of one program.

    Args:
        key: what the cache calls it; None keeps it to those who have it already.
    """

    def __init__(self, key: str | None, found: Manifest) -> None:
        self.key = key
        self.manifest = found
        self._steps: dict[tuple[str, bool], CompiledStep] = {}
        self._lock = threading.Lock()

    def step(self, phase: str, rest: bool, make: Callable[[], StepCode]) -> CompiledStep:
        """The machine code of a step: loaded or, the first time of all, made."""
        with self._lock:
            if (phase, rest) not in self._steps:
                self._steps[phase, rest] = load_step(self._code(phase, rest, make))
            return self._steps[phase, rest]

    def has(self, phase: str, rest: bool) -> CompiledStep | None:
        """The machine code of a step if it is in this process."""
        return self._steps.get((phase, rest))

    def _code(self, phase: str, rest: bool, make: Callable[[], StepCode]) -> StepCode:
        if self.key is None:
            return make()
        started = time.perf_counter()
        key = versions.key("step", manifest.write(self.manifest), self.key, phase, rest)
        content = cache.load(key)
        found = None if content is None else StepCode.read(content)
        if found is not None:
            return found._replace(seconds={"cache": time.perf_counter() - started})
        code = make()
        cache.keep(key, code.write())
        return code


_known: WeakValueDictionary[str, Code] = WeakValueDictionary()
_recent: deque[Code] = deque(maxlen=RECENT)


def code_of(program: Program, passes: Passes, make: Callable[[], Manifest]) -> Code:
    """The code of a program that these passes are to transform: known, loaded, or begun anew with
    the manifest that `make` finds.
    """
    key = _key(program, passes)
    if key is None:
        return Code(None, make())
    found = _known.get(key) or _loaded(key, program)
    if found is None:
        found = Code(key, make())
        cache.keep(key, manifest.write(found.manifest))
    _known[key] = found
    if found not in _recent and sum(len(data) for _, data in found.manifest.constants) <= SMALL:
        _recent.append(found)
    return found


def forget() -> None:
    """No code of this process is used again; that in use lives on."""
    _known.clear()
    _recent.clear()


def _key(program: Program, passes: Passes) -> str | None:
    """What names the program's code; None where the cache is off, an arena guarded, and where what
    is made on the way is asked for.
    """
    settings = config.read()
    if not settings.cache or settings.guard or settings.dump or settings.symbols:
        return None
    found = program.digest or digest(program)
    return None if found is None else versions.key("program", found, passes.name)


def _loaded(key: str, program: Program) -> Code | None:
    content = cache.load(key)
    if content is None:
        return None
    try:
        return Code(key, manifest.read(content, program))
    except ManifestError:
        return None

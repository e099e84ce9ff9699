"""Every LAMINA_* switch of the environment: default, legal values, one line of meaning.

    LAMINA_ENGINE=reference LAMINA_DUMP=graph,fused lamina run train.py

`read()` gives them all, checked; an unknown switch or value is an error that names the nearest
legal one. An empty value is the default.

Beside them stand the settings of Keras' `config` module: floatx, epsilon, image_data_format,
the dtype policy, and those of settings.py.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamina.errors import ArgumentError, ConfigError, nearest
from lamina.graph.data_format import image_data_format, set_image_data_format
from lamina.graph.dtypes import epsilon, floatx, set_epsilon, set_floatx
from lamina.graph.policies import dtype_policy, set_dtype_policy
from lamina.registry import names_only
from lamina.settings import (
    backend,
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_traceback_filtering_enabled,
    set_backend,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "SWITCHES", "Config", "Switch", "backend", "disable_flash_attention",
    "disable_interactive_logging", "disable_traceback_filtering", "dtype_policy",
    "enable_flash_attention", "enable_interactive_logging", "enable_traceback_filtering", "epsilon",
    "floatx", "image_data_format", "is_flash_attention_enabled", "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled", "num_threads", "read", "set_backend", "set_dtype_policy",
    "set_epsilon", "set_floatx", "set_image_data_format", "set_num_threads",
]  # fmt: skip

PREFIX = "LAMINA_"

__getattr__ = names_only("lamina.config", __all__)


@dataclass(frozen=True)
class Switch:
    """One switch. `legal` empty means any text; `several` means a comma list of legal values,
    `whole` a whole number that is not negative.
    """

    name: str
    default: str
    legal: tuple[str, ...]
    meaning: str
    several: bool = False
    whole: bool = False

    def domain(self) -> str:
        """What may be given, for people."""
        if self.whole:
            return "a whole number"
        if not self.legal:
            return "a folder"
        return (", " if self.several else " | ").join(self.legal)


SWITCHES = (
    Switch(
        "LAMINA_ENGINE", "auto", ("auto", "native", "reference"),
        "which engine runs programs; auto is native where llvmlite can be imported",
    ),
    Switch(
        "LAMINA_VERIFY", "0", ("0", "1"),
        "verify the graph after each pass and the LLVM module before it is compiled",
    ),
    Switch(
        "LAMINA_GUARD", "0", ("0", "1"),
        "put inaccessible pages around every buffer: a kernel that leaves one ends the process",
    ),
    Switch(
        "LAMINA_SHADOW", "", ("reference",),
        "run every step on this engine too and stop at the first value that differs",
    ),
    Switch(
        "LAMINA_DUMP", "", ("graph", "fused", "loops", "llvm", "asm"),
        "write these stages of each compilation as numbered text files", several=True,
    ),
    Switch("LAMINA_DUMP_DIR", "lamina-dump", (), "where what is asked for is written"),
    Switch(
        "LAMINA_SYMBOLS", "", ("perf", "gdb"),
        "name the machine code for these: perf in /tmp, gdb in LAMINA_DUMP_DIR", several=True,
    ),
    Switch(
        "LAMINA_TARGET", "", ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"),
        "make code for this level of processor rather than for the host",
    ),
    Switch(
        "LAMINA_NUM_THREADS", "0", (),
        "threads of a step; 0: as many processors as the process may use", whole=True,
    ),
    Switch(
        "LAMINA_CACHE", "1", ("0", "1"),
        "use what was compiled before, in this process or an earlier one",
    ),
    Switch("LAMINA_CACHE_DIR", "", (), "where they are kept; default: the user's cache folder"),
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The values of all switches, as the code wants them."""

    engine: str
    verify: bool
    guard: bool
    shadow: str | None
    dump: frozenset[str]
    dump_dir: Path
    symbols: frozenset[str]
    cache: bool
    cache_dir: Path | None
    num_threads: int
    target: str | None


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """All switches, read and checked.

    Raises: ConfigError for an unknown LAMINA_* name or an illegal value.
    """
    return _read(tuple([(name, environ[name]) for name in environ if name.startswith(PREFIX)]))


@functools.lru_cache(maxsize=8)
def _read(given: tuple[tuple[str, str], ...]) -> Config:
    """All switches where these are set: a program asks many times for the same."""
    from pathlib import Path

    environ = dict(given)
    known = {switch.name for switch in SWITCHES}
    for name in environ:
        if name not in known:
            raise ConfigError(
                f"environment variable {name}",
                "is not a switch of lamina",
                f"{name}={environ[name]}",
                f"did you mean {nearest(name, known)[0]}? All: {', '.join(sorted(known))}",
            )
    text = {switch.name: _text(switch, environ) for switch in SWITCHES}
    cache_dir = text["LAMINA_CACHE_DIR"]
    return Config(
        engine=text["LAMINA_ENGINE"],
        verify=text["LAMINA_VERIFY"] == "1",
        guard=text["LAMINA_GUARD"] == "1",
        shadow=text["LAMINA_SHADOW"] or None,
        dump=frozenset(_items(text["LAMINA_DUMP"])),
        dump_dir=Path(text["LAMINA_DUMP_DIR"]),
        symbols=frozenset(_items(text["LAMINA_SYMBOLS"])),
        cache=text["LAMINA_CACHE"] == "1",
        cache_dir=Path(cache_dir) if cache_dir else None,
        num_threads=int(text["LAMINA_NUM_THREADS"]),
        target=text["LAMINA_TARGET"] or None,
    )


def _text(switch: Switch, environ: Mapping[str, str]) -> str:
    given = environ.get(switch.name, "").strip()
    value = given or switch.default
    for item in _items(value) if switch.several else [value]:
        if item and switch.legal and item not in switch.legal:
            raise ConfigError(
                f"environment variable {switch.name}",
                f"has no value {item!r}",
                f"{switch.name}={given}",
                f"did you mean {nearest(item, switch.legal)[0]}? Legal: {switch.domain()}",
            )
    if switch.whole and not (value.isascii() and value.isdigit()):
        raise ConfigError(
            f"environment variable {switch.name}", f"needs {switch.domain()}",
            f"{switch.name}={given}", f"set {switch.name}=2, for instance, or leave it out",
        )  # fmt: skip
    return value


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


# ── threads ──

_threads = 0


def num_threads() -> int:
    """What `set_num_threads` set; 0: nothing, then LAMINA_NUM_THREADS says it."""
    return _threads


def set_num_threads(count: int) -> None:
    """Sets how many threads a step may use from now on; 0: as LAMINA_NUM_THREADS says, or else all
    processors that this process may use. The results do not depend on it.

    Raises: ArgumentError for anything but a whole number from 0.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ArgumentError(
            "set_num_threads", "needs a whole number from 0", repr(count),
            "pass 2, or 0 for all processors",
        )  # fmt: skip
    global _threads
    _threads = count

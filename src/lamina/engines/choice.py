"""Which engine runs programs: the one that LAMINA_ENGINE names, or the best that can."""

from __future__ import annotations

import functools
import importlib.util
import os
import warnings
from dataclasses import dataclass

from lamina import config
from lamina.engines.base import ENGINES
from lamina.errors import ConfigError


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it, in words; `lacking`: auto wanted the native one."""

    engine: str
    reason: str
    lacking: bool = False


def engine() -> str:
    """The name of the engine of this process. Where it is the reference engine because the native
    one cannot run, a warning says so, once a process.
    """
    choice = choose()
    if choice.lacking:
        _warn(choice.reason)
    return choice.engine


def choose() -> Choice:
    """The engine of this process.

    "auto" is native where llvmlite can be imported, else reference: then everything computes the
    same, only slower.

    Raises: ConfigError if LAMINA_ENGINE asks for the native one where it cannot run.
    """
    return _chosen(os.environ.get("LAMINA_ENGINE"))


@functools.cache
def _chosen(_given: str | None) -> Choice:
    """The choice for a value of the switch; all switches are checked when a new one is met."""
    asked = config.read().engine
    lack = _what_native_lacks()
    if asked == "native" and lack:
        raise ConfigError(
            "environment variable LAMINA_ENGINE", "asks for an engine that cannot run here",
            f"LAMINA_ENGINE=native, but {lack}", "pip install llvmlite, or leave the switch out",
        )  # fmt: skip
    if asked != "auto":
        return Choice(asked, f"LAMINA_ENGINE={asked}")
    if lack:
        return Choice("reference", lack, lacking=True)
    return Choice("native", "llvmlite is there")


def _what_native_lacks() -> str | None:
    if not _is_there("llvmlite"):
        return "llvmlite is not installed"
    if not _is_there(ENGINES["native"]):
        return "this build of lamina has no native engine"
    return None


def _is_there(module: str) -> bool:
    """Whether a module can be found; who bars it may do so by an error."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


@functools.cache
def _warn(reason: str) -> None:
    warnings.warn(
        f"{reason}: models run on the reference engine, with the same results but far slower; "
        "pip install llvmlite, or set LAMINA_ENGINE=reference if that is what you want",
        stacklevel=2,
    )

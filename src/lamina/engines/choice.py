"""Which engine runs programs: the one that LAMINA_ENGINE names, or the best that can."""

from __future__ import annotations

import functools
import importlib.util
import os
from dataclasses import dataclass

from lamina import config
from lamina.engines.base import ENGINES


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it, in words."""

    engine: str
    reason: str


def choose() -> Choice:
    """The engine of this process.

    "auto" is native where llvmlite can be imported, else reference: then everything computes the
    same, only slower.
    """
    return _chosen(os.environ.get("LAMINA_ENGINE"))


@functools.cache
def _chosen(_given: str | None) -> Choice:
    """The choice for a value of the switch; all switches are checked when a new one is met."""
    asked = config.read().engine
    if asked != "auto":
        return Choice(asked, f"LAMINA_ENGINE={asked}")
    return _best()


def _best() -> Choice:
    if importlib.util.find_spec("llvmlite") is None:
        return Choice("reference", "llvmlite is not installed")
    if importlib.util.find_spec(ENGINES["native"]) is None:
        return Choice("reference", "this build of lamina has no native engine")
    return Choice("native", "llvmlite is there")

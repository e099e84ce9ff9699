"""Completeness: no row of the tables points into the void."""

from __future__ import annotations

import importlib
import inspect

import pytest

from lamina.compat import additions, border, paths, spellings
from lamina.compat.backend import TENSORFLOW
from lamina.layers import Layer

# Parts that are being built: their paths are not there before them.
TO_COME = ("lamina.applications", "lamina.saving", "lamina.sklearn")
MODULES = sorted(
    {m for rows in (paths.MODULES, paths.OLD_MODULES) for ms in rows.values() for m in ms
     if paths.is_there(m) or not m.startswith(TO_COME)}
)  # fmt: skip
ADDED = [row.function for row in additions.ROWS if row.function]
NAMES = sorted({*paths.NAMES.values(), *paths.OLD_NAMES.values(), *ADDED})
# TensorFlow itself is the border's, if there is one.
NAMES = [n for n in NAMES if n.partition("backend:")[2] not in TENSORFLOW]
CALLABLES = sorted(set(border.KEYS))


@pytest.mark.parametrize("module", MODULES)
def test_a_path_leads_to_a_module(module):
    importlib.import_module(module)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_leads_to_an_object(name):
    assert border._found(name) is not None


def subclasses(cls):
    return {cls}.union(*(subclasses(sub) for sub in cls.__subclasses__()))


def callables(key):
    """The functions that a key stands for: its own, or the method of every class derived."""
    owner, _, method = key.rpartition(".")
    if ":" not in owner:
        return [border._found(key)]
    module = importlib.import_module(owner.partition(":")[0])
    importlib.import_module("lamina.models")  # models are layers, too
    for name in getattr(module, "__all__", ()):  # packages import their classes when asked
        getattr(module, name)
    return [getattr(cls, method) for cls in subclasses(border._found(owner))
            if cls.__module__.startswith("lamina.")]  # fmt: skip


@pytest.mark.parametrize("key", CALLABLES)
def test_every_spelling_is_understood_somewhere(key):
    signatures = [inspect.signature(function).parameters for function in callables(key)]
    for row in spellings.ROWS.get(key, ()):
        assert any(border._applies(row, names) for names in signatures), row.old


@pytest.mark.parametrize("key", sorted(spellings.POSITIONS))
def test_older_orders_name_arguments_that_are_understood(key):
    function = callables(key[0])[0]
    shared = Layer if key[0].startswith("lamina.layers:") else function
    names = {*inspect.signature(function).parameters, *inspect.signature(shared).parameters}
    old = {row.old for rows in spellings.ROWS.values() for row in rows}
    assert set(spellings.POSITIONS[key]) <= names | old


@pytest.mark.parametrize("key", sorted(spellings.DEFAULTS))
def test_older_defaults_are_of_arguments_that_exist(key):
    for function in callables(key[0]):
        assert set(spellings.DEFAULTS[key]) <= set(inspect.signature(function).parameters)


@pytest.mark.parametrize("row", additions.ROWS, ids=lambda row: f"{row.owner}.{row.name}")
def test_what_the_border_adds_is_not_there_without_it(row):
    found = border._found(row.owner)
    assert hasattr(found, row.name) == row.replaces
    assert row.meaning

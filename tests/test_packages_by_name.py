"""Packages whose names are imported when they are first used: all of them, no others."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import lamina
from lamina import layers, ops

PACKAGES = {"layers": layers, "ops": ops}


def test_ops_are_what_the_families_list():
    modules = [
        importlib.import_module(f"lamina.ops.{found.name}")
        for found in pkgutil.iter_modules(ops.__path__)
        if not found.ispkg
    ]
    listed = [name for module in modules for name in module.__dict__.get("__all__", ())]
    assert sorted(listed) == dir(ops)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_is_there_once_and_for_a_star(name):
    package = PACKAGES[name]
    found: dict[str, object] = {}
    exec(f"from lamina.{name} import *", found)
    del found["__builtins__"]
    assert sorted(found) == dir(package) == package.__all__
    assert all(getattr(package, public) is value for public, value in found.items())


def test_aliases_modules_and_what_is_missing():
    assert layers.Convolution2D is layers.Conv2D
    assert layers.merging.Add is layers.Add
    with pytest.raises(AttributeError, match="did you mean Dense"):
        _ = layers.Dence
    with pytest.raises(AttributeError, match="leaves 'polar' out"):
        _ = ops.polar
    assert not hasattr(lamina.ops, "__wrapped__")

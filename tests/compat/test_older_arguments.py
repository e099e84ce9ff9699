"""Every public name and argument of older Keras is understood, or is a line of older_gaps.txt."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from lamina.check import names
from lamina.compat import install, saved_arguments
from lamina.compat.border import arguments_of_method
from lamina.errors import UnsupportedError
from lamina.graph.policies import DTypePolicy
from lamina.layers import Dense
from lamina.left_out import why_left_out

RECORD = Path(__file__).with_name("older_arguments.json")
GAPS = Path(__file__).with_name("older_gaps.txt")


def gap(path, taken):
    """What lamina does not understand of a path and its arguments; "" if nothing."""
    module, _, name = path.rpartition(".")
    if module[module.rfind(".") + 1 :][:1].isupper():  # a method
        module, _, name = module.rpartition(".")
        name = f"{name}.{path.rpartition('.')[2]}"
    try:
        held, rest = names._follow(f"keras.{module}:{name}")
    except Exception:
        return "missing"
    if not rest:
        known = names.arguments(held)
    elif not hasattr(held, rest[0]):
        return "missing"
    else:
        method = inspect.getattr_static(held, rest[0])
        if not callable(getattr(method, "__func__", method)):
            return ""  # a property
        known = arguments_of_method(held, rest[0])
    return " ".join(sorted(set(taken) - known)) if known is not None else ""


def gaps():
    """Path and gap, a line each."""
    found = {}
    for taken in json.loads(RECORD.read_text("utf-8")).values():
        for path, arguments in taken.items():
            found.setdefault(path, set()).update(gap(path, arguments).split())
    # Of what is missing, its methods need no lines.
    gone = {path for path, of in found.items() if "missing" in of}
    return [
        f"{path}: {' '.join(sorted(of))}"
        for path, of in sorted(found.items())
        if of and path.rpartition(".")[0] not in gone
    ]


def test_what_older_keras_took_is_understood_or_listed(clean_process):
    install(None)
    assert gaps() == GAPS.read_text("utf-8").splitlines()


def test_every_public_name_of_keras_3_is_found_under_keras(clean_process):
    install(None)
    folder = RECORD.parents[1] / "names"
    coming = (folder / "not_yet.txt").read_text("utf-8").split()
    missing = [
        path
        for path in json.loads((folder / "keras.json").read_text("utf-8"))
        if why_left_out(path) is None
        and not any(path == row or path.startswith(f"{row}.") for row in coming)
        and names.failure(f"keras.{path}") is not None
    ]
    assert missing == []


def test_reading_an_older_configuration_changes_nothing_else():
    found = saved_arguments.arguments(Dense, {"output_dim": 3, "init": "uniform"}, 1)
    assert found == {"units": 3, "kernel_initializer": "uniform"}
    with pytest.raises(UnsupportedError):
        DTypePolicy("mixed_float16")

"""Every public name of Keras 3, with its parameters, is lamina's or a row of docs/left-out.md."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from record_names import FILE, read_keras
from signatures import keyword_only, signature_of

import lamina
from lamina.errors import ArgumentTypeError, MissingNameError
from lamina.left_out import LEFT_OUT, why_left_out

PAGE = Path(__file__).parents[2] / "docs" / "left-out.md"
KERAS: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))

# What is still being written: paths, and all below them.
NOT_YET = FILE.with_name("not_yet.txt").read_text("utf-8").split()


def is_coming(path: str) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in NOT_YET)


@functools.cache
def ours(path: str) -> Any:
    """What lamina has at a path, or None."""
    found: Any = lamina
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            return None
    return found


def differences(path: str, want: list[list[Any]], thing: Any) -> list[str]:
    """Keras' parameters that lamina's function lacks, or has elsewhere or with another default."""
    given = signature_of(thing) or []
    found = {parameter[0]: parameter for parameter in given}
    wanted = [p for p in want if why_left_out(f"{path}({p[0]})") is None]
    wrong = [f"{p[0]}: {found.get(p[0])}" for p in wanted if found.get(p[0]) != p]
    names = {p[0] for p in want}
    extra = [p for p in given if p[0] not in names]
    wrong += [f"{p[0]} must be named" for p in extra if p[0] not in keyword_only(thing)]
    kept = [p[0] for p in given if p[0] in names]
    if not wrong and kept != [p[0] for p in wanted]:
        wrong.append(f"order {kept}")
    return wrong


def test_every_name_is_there_with_its_parameters():
    wrong = {}
    for path, row in KERAS.items():
        if why_left_out(path) is not None or is_coming(path):
            continue
        thing = ours(path)
        if thing is None and row["kind"] != "value":
            wrong[path] = "missing"
        elif row.get("signature") is not None:
            found = differences(path, row["signature"], thing)
            wrong |= {path: found} if found else {}
    assert not wrong, "\n".join(f"{path}: {what}" for path, what in wrong.items())


def test_every_method_is_there():
    """Of every class; a method's own parameters are held by the tests of the class."""
    missing = [
        f"{path}.{name}"
        for path, row in KERAS.items()
        if ours(path) is not None
        for name, signature in row.get("members", {}).items()
        if signature is not None and not hasattr(ours(path), name)
    ]
    missing = [name for name in missing if why_left_out(name) is None and not is_coming(name)]
    assert not missing


def test_what_is_left_out_is_of_keras_and_not_ours():
    for row in LEFT_OUT:
        path, _, argument = row.rstrip(")").partition("(")
        owner, _, name = path.rpartition(".")
        if argument:
            taken = ours(path) and [p[0] for p in signature_of(ours(path)) or []]
            assert argument in [p[0] for p in KERAS[path]["signature"]], row
            assert argument not in (taken or []), row
        else:
            assert path in KERAS or name in KERAS[owner]["members"], row
            assert ours(path) is None, row


def test_the_page_is_the_table():
    rows = re.findall(r"^\| (`.*`) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    page = {name: reason for names, reason in rows for name in re.findall("`([^`]+)`", names)}
    assert page == dict(LEFT_OUT)


def not_a_module(row):
    """Whether a row is a method or an argument of a class."""
    return "(" in row or "members" in KERAS.get(row.rpartition(".")[0], {})


def test_using_one_says_why():
    for row, reason in LEFT_OUT.items():
        owner, _, name = row.rpartition(".")
        if not_a_module(row) or is_coming(owner):
            continue
        with pytest.raises(MissingNameError, match=re.escape(reason)):
            getattr(ours(owner) if owner else lamina, name)


# How to make one of each class that has members or arguments left out.
MADE = {
    "Layer": (), "Model": (), "Operation": (), "Variable": (1.0,), "KerasTensor": ((1,),),
    "layers.Dense": (2,), "layers.EinsumDense": ("ab,bc->ac", 3), "layers.Embedding": (2, 3),
    "layers.ReversibleEmbedding": (2, 3), "optimizers.Muon": (),
    "layers.RandomShear": (), "layers.RandomTranslation": (0.1, 0.1), "layers.RandomZoom": (0.1,),
}  # fmt: skip


@pytest.mark.parametrize("row", [row for row in LEFT_OUT if not_a_module(row)])
def test_a_member_or_argument_that_is_left_out_says_why(row):
    path, _, argument = row.rstrip(")").partition("(")
    owner = path if argument else path.rpartition(".")[0]
    given = {argument: 4} if argument else {}
    with pytest.raises((ArgumentTypeError, MissingNameError), match=re.escape(LEFT_OUT[row])):
        getattr(ours(owner)(*MADE[owner], **given), path.rpartition(".")[2])


def test_the_record_is_of_this_keras():
    """Live: what is recorded is what the installed Keras shows."""
    assert json.loads(json.dumps(read_keras())) == KERAS

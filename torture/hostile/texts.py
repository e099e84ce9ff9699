"""Hostile texts: JSON of models, in files and alone, and YAML."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from torture.hostile.cases import Case, with_config

# name -> (the text, given the text of a whole model)
TEXTS: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "empty": (lambda t: "", "refuse"),
    "cut": (lambda t: t[: len(t) // 2], "refuse"),
    "more behind it": (lambda t: t + "{}", "refuse"),
    "a number": (lambda t: "3", "refuse"),
    "null": (lambda t: "null", "refuse"),
    "a list": (lambda t: f"[{t}]", "refuse"),
    "a text": (lambda t: json.dumps(t), "refuse"),
    "no class": (lambda t: "{}", "refuse"),
    "lists 100,000 deep": (lambda t: "[" * 100_000 + "]" * 100_000, "refuse"),
    "dictionaries 100,000 deep": (lambda t: '{"a":' * 100_000 + "1" + "}" * 100_000, "refuse"),
    "10,000,000 brackets": (lambda t: "[" * 10_000_000, "refuse"),
    "deep within": (lambda t: t.replace('"tanh"', "[" * 500 + "]" * 500), "refuse"),
    "5,000,000 numbers": (lambda t: "[" + "1," * 5_000_000 + "1]", "refuse"),
    "5,000,000 lists": (lambda t: "[" + "[]," * 5_000_000 + "1]", "refuse"),
    "a text of 30 MB": (lambda t: '"' + "x" * 30_000_000 + '"', "refuse"),
    "a key of 15 MB": (lambda t: '{"' + "x" * 15_000_000 + '": 1}', "refuse"),
    "open strings": (lambda t: '"\\' * 2_000_000, "refuse"),
    "escapes": (lambda t: '["' + '\\"' * 5_000_000, "refuse"),
    "NaN": (lambda t: t.replace('"units": 3', '"units": NaN'), "refuse"),
    "NaN unread": (lambda t: t[:-1] + ', "x": NaN}', "refuse"),
    "infinity": (lambda t: t.replace('"units": 3', '"units": Infinity'), "refuse"),
    "minus infinity": (lambda t: t.replace('"units": 3', '"units": -Infinity'), "refuse"),
    "1e999": (lambda t: t.replace('"units": 3', '"units": 1e999'), "refuse"),
    "a number of 100,000 digits": (
        lambda t: t.replace('"units": 3', '"units": 1' + "0" * 100_000), "refuse"),
    "a key twice": (lambda t: t.replace('"units": 3', '"units": 3, "units": 4'), "refuse"),
    "a key twice at the top": (lambda t: t[:-1] + ', "class_name": "Dense"}', "refuse"),
    "comments": (lambda t: "/* */" + t, "refuse"),
    "a comma too many": (lambda t: t[:-1] + ",}", "refuse"),
    "quotes of another kind": (lambda t: t.replace('"', "'"), "refuse"),
    "UTF-16": (lambda t: t.encode("utf-16"), "refuse"),
    "UTF-32": (lambda t: t.encode("utf-32"), "refuse"),
    "Latin 1": (lambda t: t.replace("small", "smäll").encode("latin-1"), "refuse"),
    "half a pair": (lambda t: t.replace('"first"', '"\\ud800"', 1), "refuse"),
    "control characters": (lambda t: t.replace('"first"', '"a\x00b"', 1), "refuse"),
    "an escaped zero": (lambda t: t.replace('"first"', '"a\\u0000b"'), "any"),
    "spaces": (lambda t: " " * 1_000_000 + t, "load"),
}  # fmt: skip


def in_file(change: Callable[[str], str | bytes]) -> Callable[[Path, Path], Path]:
    """A `.keras` file with the text."""

    def make(place: Path, folder: Path) -> Path:
        text = (folder / "good.json").read_text("utf-8")
        return with_config(place, folder, change(text))

    return make


def alone(change: Callable[[str], str | bytes]) -> Callable[[Path, Path], str | bytes]:
    """The text itself."""

    def make(place: Path, folder: Path) -> str | bytes:
        return change((folder / "good.json").read_text("utf-8"))

    return make


LAUGHS = "a0: &a0 [x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
YAMLS = {
    "aliases of aliases": LAUGHS,
    "an object of Python's": "!!python/object/apply:os.system ['true']",
    "a module of Python's": "!!python/module:torture_canary",
    "a class of Python's": "!!python/name:torture_canary.Layer",
    "lists 50,000 deep": "[" * 50_000 + "]" * 50_000,
    "a list": "[1, 2]",
    "tabs": "a:\n\t- b",
    "2,000,000 numbers": "[" + "1," * 2_000_000 + "1]",
    "dashes 3,000 deep": "- " * 3_000 + "x",
    "a date": "class_name: 2001-01-01\nconfig: {}",
    "a set": "class_name: Sequential\nconfig: !!set {a, b}",
    "binary": "class_name: Sequential\nconfig: !!binary aGVsbG8=",
    "NaN": "class_name: Sequential\nconfig: {name: .nan, layers: []}",
}

CASES = [
    *(Case(f"json in a file: {n}", "model", in_file(f), e) for n, (f, e) in TEXTS.items()),
    *(Case(f"json: {n}", "text", alone(f), e) for n, (f, e) in TEXTS.items()
      if not n.startswith(("UTF", "Latin"))),
    *(Case(f"yaml: {n}", "yaml", lambda place, folder, t=t: t) for n, t in YAMLS.items()),
]  # fmt: skip

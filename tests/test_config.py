"""The LAMINA_* switches: what is legal, what it becomes, and what an error says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import lamina
from lamina.config import SWITCHES, Config, read
from lamina.errors import ConfigError

SOURCE = Path(lamina.__file__).parent


def test_nothing_set_gives_the_defaults():
    assert read({"PATH": "/bin", "LAMINATE": "no switch"}) == Config(
        engine="auto", verify=False, guard=False, shadow=None, dump=frozenset(),
        dump_dir=Path("lamina-dump"), symbols=frozenset(), cache=True, cache_dir=None,
        num_threads=0, target=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("LAMINA_ENGINE", "native", "engine", "native"),
        ("LAMINA_ENGINE", "reference", "engine", "reference"),
        ("LAMINA_ENGINE", "", "engine", "auto"),
        ("LAMINA_VERIFY", "1", "verify", True),
        ("LAMINA_GUARD", "1", "guard", True),
        ("LAMINA_SHADOW", "reference", "shadow", "reference"),
        ("LAMINA_DUMP", "graph", "dump", {"graph"}),
        ("LAMINA_DUMP", " llvm, asm,,graph ", "dump", {"graph", "llvm", "asm"}),
        ("LAMINA_DUMP_DIR", "here/there", "dump_dir", Path("here/there")),
        ("LAMINA_CACHE", "0", "cache", False),
        ("LAMINA_NUM_THREADS", "3", "num_threads", 3),
        ("LAMINA_TARGET", "x86-64-v3", "target", "x86-64-v3"),
        ("LAMINA_CACHE_DIR", "kept", "cache_dir", Path("kept")),
    ],
)
def test_value(name, text, field, value):
    assert getattr(read({name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "near"),
    [
        ("LAMINA_ENGINES", "native", "LAMINA_ENGINE"),
        ("LAMINA_DUMPDIR", "x", "LAMINA_DUMP_DIR"),
        ("LAMINA_ENGINE", "referense", "reference"),
        ("LAMINA_ENGINE", "NATIVE", "native"),
        ("LAMINA_DUMP", "graph,llwm", "llvm"),
        ("LAMINA_VERIFY", "11", "1"),
        ("LAMINA_SHADOW", "native", "reference"),
        ("LAMINA_SYMBOLS", "perv", "perf"),
    ],
)
def test_unknown_switch_or_value_names_the_nearest(name, text, near):
    with pytest.raises(ConfigError, match=rf"did you mean {near}\?") as caught:
        read({name: text})
    assert isinstance(caught.value, ValueError)
    assert caught.value.received == f"{name}={text}"


@pytest.mark.parametrize("text", ["-1", "two", "1.5", "²"])
def test_a_number_of_threads_is_whole(text):
    with pytest.raises(ConfigError, match="needs a whole number"):
        read({"LAMINA_NUM_THREADS": text})


def test_whole_text():
    with pytest.raises(ConfigError) as caught:
        read({"LAMINA_ENGINE": "nativ"})
    assert str(caught.value) == (
        "environment variable LAMINA_ENGINE has no value 'nativ'\n"
        "  received: LAMINA_ENGINE=nativ\n"
        "  mend:     did you mean native? Legal: auto | native | reference"
    )


def test_each_switch_is_one_field_of_the_config():
    fields = {field.name for field in dataclasses.fields(Config)}
    assert {switch.name.removeprefix("LAMINA_").lower() for switch in SWITCHES} == fields


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Config)])
def test_each_switch_is_read_by_something(field):
    sources = [p.read_text("utf-8") for p in SOURCE.rglob("*.py") if p.name != "config.py"]
    reads = re.compile(rf"(?:config\.read\(\)|settings|switches)\.{field}\b")
    assert any(reads.search(source) for source in sources)

"""The cache of compiled objects: hits, and everything that must not be one."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

import lamina
from lamina.engines.native import cache, target, versions
from lamina.engines.native.emit import I64, Function, Module
from lamina.engines.native.link import build


def _text(number: int) -> str:
    module = Module()
    with Function(module, "f", [], result=I64) as f:
        f.give(f.index(number))
    return module.text()


class Compiler:
    """Makes the entries of these names, and counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def fetch(self, name: str) -> bytes:
        def make() -> bytes:
            self.calls += 1
            return name.encode() * 70

        return cache.fetch(name, make)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("LAMINA_CACHE", "1")
    monkeypatch.setenv("LAMINA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_time_nothing_is_compiled(folder: Path) -> None:
    compiler = Compiler()
    first, second = compiler.fetch("7"), compiler.fetch("7")
    assert (first, compiler.calls) == (second, 1)
    compiler.fetch("8")
    assert (compiler.calls, len(_entries(folder))) == (2, 2)


def test_a_cached_object_runs(folder: Path) -> None:
    import ctypes

    for _ in range(2):
        library = build(_text(41), ["f"])
        assert ctypes.CFUNCTYPE(ctypes.c_int64)(library.address("f"))() == 41
    assert len(_entries(folder)) == 1


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_entry_is_compiled_again(folder: Path, damage: str) -> None:
    compiler = Compiler()
    whole = compiler.fetch("7")
    (entry,) = _entries(folder)
    content = bytearray(entry.read_bytes())
    content[-1] ^= 1
    entry.write_bytes({"cut": content[:-9], "changed": content, "empty": b""}[damage])
    assert compiler.fetch("7") == whole
    assert compiler.calls == 2
    assert compiler.fetch("7") == whole
    assert compiler.calls == 2, "the damaged entry was replaced"


@pytest.mark.parametrize("what", ["cpu", "features", "triple", "vector_bytes"])
def test_another_machine_has_other_entries(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = versions.key("same")
    other = replace(target.host(), **{what: "another"})
    monkeypatch.setattr(target, "host", lambda: other)
    assert versions.key("same") != before


@pytest.mark.parametrize("change", ["size", "time", "another file"])
def test_edited_sources_have_other_entries(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lamina, "__file__", str(tmp_path / "__init__.py"))
    source = tmp_path / "engines" / "native" / "emit.py"
    source.parent.mkdir(parents=True)
    source.write_text("one = 1")
    before = list(versions._sources())
    assert len(before) == 1
    if change == "size":
        source.write_text("one = 11")
    elif change == "time":
        os.utime(source, (5, 5))
    else:
        (source.parent / "link.py").write_text("")
    assert list(versions._sources()) != before


@pytest.mark.parametrize("switch", ["LAMINA_VERIFY"])
def test_what_was_not_verified_is_another_entry(
    switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions.key("same")
    monkeypatch.setenv(switch, "0")
    assert versions.key("same") != before


def test_the_folder_is_private(folder: Path) -> None:
    Compiler().fetch("7")
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0 or os.name == "nt"


def test_a_folder_that_others_can_write_to_is_not_used(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    compiler = Compiler()
    for _ in range(2):
        compiler.fetch("7")
    assert compiler.calls == (2 if hasattr(os, "getuid") else 1)


def test_a_folder_that_cannot_be_had_is_no_error(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    compiler = Compiler()
    for _ in range(2):
        compiler.fetch("7")
    assert compiler.calls == 2


def test_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_CACHE", "0")
    compiler = Compiler()
    for _ in range(2):
        compiler.fetch("7")
    assert compiler.calls == 2
    assert not folder.exists()


def test_the_oldest_entries_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 250)
    monkeypatch.setattr(cache, "PRUNES", "abc")
    for i, name in enumerate("abc"):
        Compiler().fetch(name)
        for entry in _entries(folder):
            if entry.stat().st_mtime > 1000:
                os.utime(entry, (i + 1, i + 1))
    compiler = Compiler()
    kept = sum(len(entry.read_bytes()) for entry in _entries(folder))
    assert kept <= 250
    compiler.fetch("c")
    assert compiler.calls == 0


def test_an_entry_under_another_name_is_compiled_again(folder: Path) -> None:
    compiler = Compiler()
    compiler.fetch("7")
    compiler.fetch("8")
    one, other = _entries(folder)
    other.write_bytes(one.read_bytes())
    assert compiler.fetch("8") == b"8" * 70
    assert compiler.calls == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_not_read(folder: Path, kind: str, tmp_path: Path) -> None:
    compiler = Compiler()
    compiler.fetch("7")
    (entry,) = _entries(folder)
    content = entry.read_bytes()
    entry.unlink()
    if kind == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        entry.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(entry)
    else:
        entry.mkdir()
    assert compiler.fetch("7") == b"7" * 70
    assert compiler.calls == 2
    if kind == "link":
        assert (tmp_path / "elsewhere").read_bytes() == content

"""LAMINA_SYMBOLS: perf and gdb are told where each kernel is, and there it is."""

from __future__ import annotations

import ctypes
import os
import sys

import numpy as np
import pytest
from llvmlite import binding

import lamina as keras
from lamina.engines.native import symbols
from lamina.errors import UnsupportedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="perf and gdb are Linux' own")


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    """A model is run with both maps asked for; the libraries of its steps by name."""
    monkeypatch.setenv("LAMINA_ENGINE", "native")
    monkeypatch.setenv("LAMINA_SYMBOLS", "perf,gdb")
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path))
    monkeypatch.setattr(symbols, "PERF_MAPS", tmp_path)
    layers = [keras.layers.Dense(5, activation="tanh", name="bent"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.layers.Input((3,)), *layers], name="net")
    model.compile("adam", "mse")
    model.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=4, verbose=0)
    (runner,) = model._programs.runners
    return {"train-4": runner.executable.step("train", False).library}


def text_of(image):
    """The code of an object, by LLVM's own reader."""
    found = binding.ObjectFileRef.from_data(image)
    return next(s.data() for s in found.sections() if s.name() == b".text")


def check_places(places, code):
    """At each place lies what the object has there."""
    start = min(at for at, _ in places.values())
    for name, (at, size) in places.items():
        assert at + size <= start + len(code)
        there = np.frombuffer(ctypes.string_at(at, size), "uint8")
        written = np.frombuffer(code[at - start : at - start + size], "uint8")
        # Addresses were filled in when it was loaded: two in the shortest functions, in others up
        # to a quarter of the bytes; everything else is as compiled. Elsewhere one byte in ten
        # would be the same.
        assert (there != written).sum() <= max(8, 0.25 * size), name


def test_perf_finds_every_function_where_it_lies(libraries, tmp_path):
    ((step, library),) = libraries.items()
    lines = (tmp_path / f"perf-{os.getpid()}.map").read_text().splitlines()
    rows = [line.split(" ", 2) for line in lines]
    places = {name.split(" ")[0]: (int(at, 16), int(size, 16)) for at, size, name in rows}
    assert places[f"lamina:{step}:step"][0] == library.address("step")
    found = set()
    for one in library.objects:
        own = {f"lamina:{step}:{symbol.name}" for symbol in symbols.read_symbols(one.image)}
        check_places({name: places[name] for name in own}, text_of(one.image))
        found |= own
    assert found == set(places)
    assert any(" net/bent" in name and "contract" in name for _, _, name in rows)


def test_gdb_is_given_objects_and_where_they_were_loaded(libraries, tmp_path):
    (library,) = libraries.values()
    lines = (tmp_path / f"gdb-{os.getpid()}.txt").read_text().splitlines()
    for line, one in zip(lines, library.objects, strict=True):
        command, path, address = line.split()
        assert command == "add-symbol-file"
        with open(path, "rb") as file:
            assert file.read() == one.image
        entry = next(s for s in symbols.read_symbols(one.image) if s.name == one.name)
        assert int(address, 16) + entry.offset == library.address(one.name)


def test_an_object_of_another_system_is_refused():
    with pytest.raises(UnsupportedError, match="needs objects in the ELF format of Linux"):
        list(symbols.read_symbols(b"\xcf\xfa\xed\xfe\x00\x00\x00\x00"))

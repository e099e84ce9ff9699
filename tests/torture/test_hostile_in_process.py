"""Every hostile file that is quickly made, in this process: refused by our errors, or read."""

from __future__ import annotations

import shutil
import sys

import pytest
from torture import fuzz
from torture.hostile import FAMILIES, entries
from torture.hostile.cases import prepare

import lamina as keras
from lamina.errors import LaminaError

SLOW = ("bomb", "20,000", "11,000", "12,000", "5,000,000", "10,000,000", "2,000,000", "4 GB", "MB")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    entries._kept.clear()
    prepare(tmp_path)
    yield tmp_path
    assert "torture_canary" not in sys.modules


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_refused_or_harmless(family, folder):
    wrong = []
    for case in FAMILIES[family]:
        if any(word in case.name for word in SLOW):
            continue
        place = folder / "case"
        place.mkdir()
        given, _ = case.made(place, folder)
        raised = None
        try:
            getattr(entries, case.entry)(keras, given, str(folder))
        except LaminaError as error:
            raised = error
        shutil.rmtree(place)
        if (case.expect == "refuse" and raised is None) or (case.expect == "load" and raised):
            wrong.append((case.name, raised))
    assert not wrong


@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_read_or_refused(folder):
    told = fuzz.several(keras, str(folder), 0, 150, 5)
    assert not told["wrong"]
    assert 0 < told["read"] < 150

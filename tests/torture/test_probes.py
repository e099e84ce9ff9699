"""Each probe, on a small part of its cases: it runs, and finds nothing wrong."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from torture.__main__ import PROBES
from torture.figures import Figure, Run, counted, scorecard


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", PROBES)
def test_a_part_of_each_probe(name, tmp_path):
    module = importlib.import_module(PROBES[name][0])
    figures = list(module.run(Run(tmp_path, part=module.SMOKE)))
    assert figures
    wrong = [case for figure in figures for case in figure.wrong if not case.startswith("slow")]
    assert not [case for case in wrong if ": slow" not in case]


def test_the_scorecard_names_what_is_wrong():
    figures = [counted("right", [("one", None), ("two", "bad")]), Figure("time", 1.5, unit="s")]
    text = scorecard([("a probe", figures)])
    assert text.splitlines() == [
        "a probe", "! right  1 of 2", "      two: bad", "  time   1.50 s",
    ]  # fmt: skip
    assert not figures[0].is_right()
    assert figures[1].is_right()

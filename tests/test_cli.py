"""The command line: what belongs to lamina and what to the program; doctor."""

from __future__ import annotations

import pytest

import lamina
from lamina.cli import main, split
from lamina.inspect import doctor


@pytest.mark.parametrize(
    ("line", "ours", "target"),
    [
        ("doctor", "doctor", ""),
        ("run a.py", "run", "a.py"),
        ("run a.py --keras 2 -m", "run", "a.py --keras 2 -m"),
        ("run --keras 2 a.py --keras 3", "run --keras 2", "a.py --keras 3"),
        ("run --keras=1 -m pkg.mod -x", "run --keras=1", "-m pkg.mod -x"),
        ("run - run", "run", "- run"),
        ("run --help", "run --help", ""),
    ],
)
def test_split(line, ours, target):
    assert split(line.split()) == (ours.split(), target.split())


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"lamina {lamina.__version__}\n"


@pytest.mark.parametrize("line", ["", "walk", "run --keras 4 a.py", "doctor more"])
def test_a_wrong_command_is_refused_with_exit_code_2(line, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(line.split())
    assert "usage:" in capsys.readouterr().err


def test_run_without_a_program_is_refused_with_exit_code_2(capsys):
    assert main(["run", "--keras", "2"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("usage: lamina run")
    assert shown.endswith("lamina run: error: there is nothing to run\n")


def test_doctor_finds_what_is_needed(capsys, monkeypatch):
    monkeypatch.setenv("LAMINA_ENGINE", "reference")
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    for text in ("numpy", "llvmlite", "LLVM", "processor", "reference (LAMINA_ENGINE=reference)"):
        assert text in shown
    assert shown.endswith("all that lamina needs is there\n")


def test_doctor_says_what_is_missing_and_how_to_mend_it(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "version_of", lambda name: None if name == "h5py" else "1.0")
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.endswith("missing: h5py; mend: pip install h5py\n")


def test_doctor_reports_a_wrong_switch(capsys, monkeypatch):
    monkeypatch.setenv("LAMINA_ENGINE", "nativ")
    assert main(["doctor"]) == 2
    assert "did you mean native?" in capsys.readouterr().err

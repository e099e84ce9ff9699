"""Scripts in the manner of Keras 1 to 3 and of TensorFlow, unchanged under `lamina run`.

Each asserts what it must reach and prints a line at its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent
SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "examples" / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_unchanged(script, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "lamina", "run", str(script)], cwd=tmp_path,
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()


def test_there_are_scripts_of_all_generations():
    assert {path.stem.split("_")[0] for path in SCRIPTS} == {"keras1", "keras2", "keras3", "tf"}
    assert len(SCRIPTS) >= 60

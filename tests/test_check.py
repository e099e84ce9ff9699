"""`lamina check` lists what a script names and lamina has not, without running it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[1] / "examples" / "scripts").glob("*.py"))
NAMED = {
    "from keras.layers import Dense, Foo": ["keras.layers.Foo"],
    "from keras.layers.nowhere import X": ["keras.layers.nowhere.X"],
    "import keras.layers as L\nL.Bar(3)": ["keras.layers.Bar"],
    "import tensorflow as tf\ntf.keras.layers.Baz()": ["tensorflow.keras.layers.Baz"],
    "import tensorflow as tf\ntf.placeholder('float')": ["tensorflow.placeholder"],
    "import tensorflow_hub as hub": ["tensorflow_hub"],
    "from keras import backend as K\nK.sum(1), K.nothing(2)": ["keras.backend.nothing"],
    "import keras\nkeras.callbacks.RemoteMonitor()": ["keras.callbacks.RemoteMonitor"],
    "import keras\nkeras.Sequential.nope": ["keras.Sequential.nope"],
    "def f():\n    from tensorflow.keras import nope as n": ["tensorflow.keras.nope"],
    # all there, or not to be told
    "from keras.layers.core import Dense, TimeDistributedDense": [],
    "import numpy as np\nnp.nothing": [],
    "import keras\nkeras = other()\nkeras.nothing": [],
    "from keras.models import Model\nModel().nothing": [],
    "from . import keras": [],
}


def checked(path):
    return subprocess.run(
        [sys.executable, "-m", "lamina", "check", str(path)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("source", NAMED, ids=range(len(NAMED)))
def test_what_is_missing_is_listed_with_its_place(source, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(f"raise SystemExit('run')\n{source}\n")
    done = checked(path)
    assert done.returncode == (1 if NAMED[source] else 0), done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(": ")[1] for line in lines if NAMED[source]] == NAMED[source]
    for line in lines if NAMED[source] else ():
        place = line.split(": ")[0].removeprefix(f"{path}:").split(":")
        assert 2 <= int(place[0]) <= 3 + source.count("\n")
        assert int(place[1]) >= 1


@pytest.mark.parametrize("script", SCRIPTS[::6], ids=lambda path: path.stem)
def test_scripts_that_run_are_clean(script):
    done = checked(script)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_no_script_is_said(tmp_path):
    old = tmp_path / "old.py"
    old.write_text("print 'a'\n")
    done = checked(old)
    assert done.returncode == 2
    assert done.stdout.startswith(f"{old}:1: no Python 3")
    assert checked(tmp_path / "none.py").returncode == 2

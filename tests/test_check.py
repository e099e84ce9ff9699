"""`lamina check` lists what scripts name and lamina has not, without running them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LORA = "low-rank adapters belong to networks far larger than lamina is for"

# A script, and what is said of it: (line, column, name, the beginning of what is said).
NAMED = {
    "imports": (
        """
        from keras.layers import (Dense,
                                  Foo)
        from keras.layers.nowhere import X
        import tensorflow_hub as hub
        def f():
            from tensorflow.keras import nope as n
        from keras.layers.core import Dense, TimeDistributedDense
        from . import keras
        """,
        [(2, 27, "keras.layers.Foo", "keras.layers has no 'Foo' in lamina; "),
         (3, 34, "keras.layers.nowhere.X", "keras.layers has no 'nowhere' in lamina; "),
         (4, 8, "tensorflow_hub", "tensorflow_hub runs on TensorFlow"),
         (6, 34, "tensorflow.keras.nope", "tensorflow.keras has no 'nope' in lamina; ")],
    ),
    "attributes": (
        """
        import keras.layers as L, tensorflow as tf, keras, numpy as np
        from keras import backend as K
        L.Bar(3)
        tf.keras.layers.Baz()
        x = tf.get_variable("www") if tf.nope else 1
        K.sum(1), K.nothing(2)
        keras.callbacks.RemoteMonitor()
        keras.Sequential.nope
        np.nothing, keras.Model().nothing, keras.layers.Dense(1).a.b.nothing
        (lambda: [keras.layers.Foo for _ in L.Qux().y])
        """,
        [(3, 1, "keras.layers.Bar", "keras.layers has no 'Bar' in lamina; "),
         (4, 1, "tensorflow.keras.layers.Baz", "tensorflow.keras.layers has no 'Baz'"),
         (5, 5, "tensorflow.get_variable", ""),
         (5, 31, "tensorflow.nope", "tensorflow has no 'nope' in lamina; "),
         (6, 11, "keras.backend.nothing", "keras.backend has no 'nothing' in lamina; "),
         (7, 1, "keras.callbacks.RemoteMonitor",
          "keras.callbacks has no 'RemoteMonitor' in lamina; sends logs over the network;"),
         (8, 1, "keras.Sequential.nope", "keras.Sequential has no 'nope'"),
         (10, 11, "keras.layers.Foo", "keras.layers has no 'Foo' in lamina; "),
         (10, 37, "keras.layers.Qux", "keras.layers has no 'Qux' in lamina; ")],
    ),
    "scopes": (
        """
        import keras
        from keras import layers as L
        def f(keras):
            keras.nothing
        def g():
            L = other()
            return L.Nothing
        class C:
            L = 3
            keras.layers.Foo
            def h(self, x=L.real, y=keras.Bar): L.Baz
        def k():
            global M
            M = other()
        [L.Quux for L in (1, 2)]
        M = keras.layers
        M.Any
        try: keras.Qux
        except Exception as keras: pass
        """,
        [(11, 41, "keras.layers.Baz", "keras.layers has no 'Baz' in lamina; ")],
    ),
    "aliases": (
        """
        import keras
        from tensorflow import keras as tfk
        l = keras.layers
        l.Foo
        if (m := l.experimental): m.Bar
        a = b = tfk
        b.Baz
        c = d
        d = c
        c.nothing
        """,
        [(4, 1, "keras.layers.Foo", "keras.layers has no 'Foo' in lamina; "),
         (5, 27, "keras.layers.experimental.Bar", "keras.layers.experimental has no 'Bar'"),
         (7, 1, "tensorflow.keras.Baz", "tensorflow.keras has no 'Baz' in lamina; ")],
    ),
    "all of a module": (
        """
        from keras.layers import *
        from keras.models import *
        Dense(3), Model, Foo(len([])), RemoteMonitor
        """,
        [(3, 18, "keras.layers.Foo", "keras.layers has no 'Foo' in lamina; "),
         (3, 32, "keras.layers.RemoteMonitor", "keras.layers has no 'RemoteMonitor' in lamina; "),
         ],
    ),
    "all of a missing module": (
        "from keras.layers import *\nfrom keras.nowhere import *\nDense, Foo\n",
        [(2, 27, "keras.nowhere", "keras has no 'nowhere' in lamina; ")],
    ),
    "all of a foreign module": ("from keras.layers import *\nfrom pylab import *\nFoo()\n", []),
    "handled": (
        """
        try:
            from keras.layers import Foo
            import keras.old
        except (ImportError, KeyError):
            from keras.layers import Bar as Foo
        try:
            import keras
            keras.nothing
        except:
            keras.layers.nothing
        try:
            keras.other
        except ValueError:
            pass
        """,
        [(5, 30, "keras.layers.Bar", "keras.layers has no 'Bar' in lamina; "),
         (10, 5, "keras.layers.nothing", "keras.layers has no 'nothing' in lamina; "),
         (12, 5, "keras.other", "keras has no 'other' in lamina; ")],
    ),
    "either of two": (
        """
        if new:
            from keras import layers as L
        else:
            from keras import backend as L
        L.sum, L.Dense, L.nothing
        """,
        [(5, 17, "keras.layers.nothing", "keras.layers has no 'nothing' in lamina; ")],
    ),
    "arguments": (
        """
        from keras.layers import Dense, Conv2D
        import keras, tensorflow as tf
        Dense(2, lora_rank=4, input_dim=3, init='uniform', weights=None)
        Conv2D(1, 3,
               border_mode='same', **more)
        keras.optimizers.SGD(lr=0.1, decay=1e-3)
        keras.utils.to_categorical(nb_classes=3, colours=4)
        tf.expand_dims(1, axis=0,        colour=3)
        keras.Variable(1.0, layout=None)
        """,
        [(3, 10, "keras.layers.Dense(lora_rank)", LORA),
         (7, 42, "keras.utils.to_categorical(colours)",
          "keras.utils.to_categorical takes no argument 'colours'"),
         (8, 34, "tensorflow.expand_dims(colour)",
          "tensorflow.expand_dims takes no argument 'colour'"),
         (9, 21, "keras.Variable(layout)", "lamina runs on one machine")],
    ),
    "methods": (
        "from keras.layers import Dense as D\nD.quantize, D.enable_lora\n",
        [(2, 1, "keras.layers.Dense.quantize", "keras.layers.Dense has no 'quantize': no "),
         (2, 13, "keras.layers.Dense.enable_lora",
          f"keras.layers.Dense has no 'enable_lora': {LORA}")],
    ),
    "a long chain": (f"import keras\nx = keras{'.layers' * 200}\n", [
        (2, 5, f"keras{'.layers' * 200}", "keras.layers has no 'layers' in lamina; "),
    ]),
}  # fmt: skip


def checked(*paths):
    return subprocess.run(
        [sys.executable, "-m", "lamina", "check", *map(str, paths)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def dedented(source):
    return "\n".join(line.removeprefix(" " * 8) for line in source.lstrip("\n").split("\n"))


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What is said of every script of NAMED, in one run."""
    folder = tmp_path_factory.mktemp("scripts")
    paths = {name: folder / f"{place}.py" for place, name in enumerate(NAMED)}
    for name, path in paths.items():
        path.write_text(dedented(NAMED[name][0]))
    done = checked(*paths.values())
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    return {
        name: [line.removeprefix(f"{path}:") for line in lines if line.startswith(f"{path}:")]
        for name, path in paths.items()
    }


@pytest.mark.parametrize("name", NAMED)
def test_what_is_missing_is_listed_with_its_place(name, said):
    wanted = NAMED[name][1]
    if not wanted:
        assert said[name] == [CLEAN]
    assert len(said[name]) == max(1, len(wanted)), said[name]
    for line, (row, column, what, why) in zip(said[name], wanted, strict=False):
        assert line.startswith(f"{row}:{column}: {what}: {why}")


CLEAN = " of the names of Keras and TensorFlow that can be followed, none is missing"


def test_scripts_that_run_are_clean():
    scripts = [*sorted(EXAMPLES.glob("scripts/*.py")), *sorted(EXAMPLES.glob("notes/*.py"))]
    done = checked(*scripts)
    assert len(scripts) > 40
    assert done.stdout.splitlines() == [f"{path}:{CLEAN}" for path in scripts]
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_run(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import keras\nopen('made', 'w')\nraise SystemExit(3)\n")
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "check", path.name], cwd=tmp_path, check=False
    )
    assert done.returncode == 0
    assert [file.name for file in tmp_path.iterdir()] == ["script.py"]


def test_what_is_no_script_is_said(tmp_path):
    old, deep = tmp_path / "old.py", tmp_path / "deep.py"
    old.write_text("print 'a'\n")
    deep.write_text(f"import keras\nkeras{'.a' * 100_000}\n")
    done = checked(old, tmp_path / "none.py", deep)
    assert (done.returncode, done.stderr) == (2, "")
    first, second, third = done.stdout.splitlines()
    assert first.startswith(f"{old}:1: no Python 3: ")
    assert second == f"lamina check: can't open file {str(tmp_path / 'none.py')!r}: " + (
        "No such file or directory"
    )
    assert third == f"{deep}: is nested too deeply to be read"

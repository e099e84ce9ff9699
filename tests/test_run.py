"""`lamina run` against `python`: the same program must see and show the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent


def launch(command, folder, stdin=""):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, input=stdin, text=True,
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, re.sub(r"0x[0-9a-f]+", "0x", done.stderr)


SCRIPTS = {
    "what it sees": """
        import sys, os
        print(sys.argv, sys.path[0], __name__, __file__, __spec__, __package__, __doc__)
        print(sys.modules["__main__"].__dict__ is globals(), type(__loader__).__name__)
        print(sorted(k for k in globals() if k[:2] == "__" and k != "__annotations__"))
        print(__builtins__)
        import beside; print(beside.value)
    """,
    "exit code": "import sys; sys.exit(3)",
    "exit text": "import sys; sys.exit('no more')",
    "exit none": "raise SystemExit",
    "error": "def f(x):\n    return 1 // x\n\nprint(1, flush=True)\nf(0)",
    "error in a module": "import broken",
    "syntax error": "x = (1,\nprint(",
    "chain": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e",
    "context": "try:\n    {}['a']\nexcept KeyError:\n    int('x')",
    "group": "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])",
    "at exit": "import atexit\natexit.register(lambda: print('bye', __name__))\nint('x')",
    "own hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0])\nint('x')",
    "missing module": "import no_such_module",
    "annotations": "def f(x: not_defined): pass",
    "pickle": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))))",
    "encoding": "# -*- coding: latin-1 -*-\nprint('\\xe9', 'é')",
    "signal": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)",
}


def write(folder):
    (folder / "beside.py").write_text("value = 7")
    (folder / "broken.py").write_text("def g():\n    raise RuntimeError('inside')\ng()")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_sees_and_shows_what_it_does_under_python(name, tmp_path):
    write(tmp_path)
    text = "\n".join(line.removeprefix(" " * 8) for line in SCRIPTS[name].split("\n"))
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub")
    (tmp_path / "sub" / "script.py").write_text(text, encoding="utf-8")
    arguments = ["sub/script.py", "-x", "--keras", "1"]
    ours = launch(["-m", "lamina", "run", *arguments], tmp_path)
    assert ours == launch(arguments, tmp_path)


def test_a_module_from_standard_input_a_folder_and_an_archive(tmp_path):
    write(tmp_path)
    text = "import sys, beside\nprint(sys.argv, __name__, sys.path[0], beside.value)\n1 // 0"
    (tmp_path / "main.py").write_text(text)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder)
    (folder / "__main__.py").write_text(text)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    for target in (["-m", "main", "-m", "a"], ["folder", "b"], ["archive.zip", "-"]):
        ours = launch(["-m", "lamina", "run", *target], tmp_path)
        theirs = launch(target, tmp_path)
        assert ours[:2] == theirs[:2]
        assert ours[2].splitlines()[-2:] == theirs[2].splitlines()[-2:]
        assert str(SOURCE) not in ours[2]
    text = "import sys, beside\nprint(sys.argv, __name__, sys.path[0] == '', sys.stdin.read())"
    ours = launch(["-m", "lamina", "run", "-", "c"], tmp_path, text)
    assert ours == launch(["-", "c"], tmp_path, text)


def test_nothing_to_run(tmp_path):
    code, _, text = launch(["-m", "lamina", "run", "absent.py"], tmp_path)
    theirs = launch(["absent.py"], tmp_path)
    assert (code, text.partition(":")[2]) == (theirs[0], theirs[2].partition(":")[2])
    assert launch(["-m", "lamina", "run", "-m"], tmp_path)[0] == 2
    code, _, shown = launch(["-m", "lamina", "run"], tmp_path)
    assert (code, "lamina run [--keras {1,2,3}] script.py" in shown) == (2, True)


MISTAKE = """\
from keras.callbacks import ReduceLROnPlateau, NoSuchThing
"""
MISTAKE_DEEPER = """\
from keras.callbacks import ReduceLROnPlateau


def build():
    return ReduceLROnPlateau(factor=2)


build()
"""


OWN_CODE = """\
from keras.callbacks import CallbackList, LambdaCallback


def own(epoch, logs):
    {action}


CallbackList([LambdaCallback(on_epoch_end=own)]).on_epoch_end(1)
"""


@pytest.mark.parametrize("action", ["undefined", "LambdaCallback(on_epoch=1)"])
def test_where_the_programs_code_fails_inside_lamina_only_its_frames_are_shown(action, tmp_path):
    (tmp_path / "script.py").write_text(OWN_CODE.format(action=action))
    code, _, shown = launch(["-m", "lamina", "run", "script.py"], tmp_path)
    assert code == 1
    files = re.findall(r'File "(.*?)", line (\d+)', shown)
    assert files == [(str(tmp_path / "script.py"), line) for line in ("8", "5")]


def test_a_defect_of_lamina_is_shown_whole(tmp_path):
    text = (
        "from keras.callbacks import CallbackList\nCallbackList(None, True).on_epoch_end(1, logs=3)"
    )
    (tmp_path / "script.py").write_text(text)
    _, _, shown = launch(["-m", "lamina", "run", "script.py"], tmp_path)
    assert "callback_list.py" in shown


def test_the_traceback_of_a_mistake_ends_at_the_programs_own_line(tmp_path):
    for text, line, error in [
        (MISTAKE, "from keras.callbacks import", "UnsupportedImportError: keras.callbacks has no"),
        (MISTAKE_DEEPER, "return ReduceLROnPlateau(factor=2)", "ArgumentError: ReduceLROnPlateau"),
    ]:
        (tmp_path / "script.py").write_text(text)
        code, _, shown = launch(["-m", "lamina", "run", "script.py"], tmp_path)
        assert code == 1
        assert str(SOURCE) not in shown
        before, _, after = shown.partition(f"lamina.errors.{error}")
        assert any(line in last for last in before.splitlines()[-2:])
        assert "received:" in after
        assert "mend:" in after

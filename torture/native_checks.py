"""The native engine under guard pages, and under valgrind.

Guard pages: the generated graphs and models once more, each buffer between two pages that nobody
may touch. Valgrind: a training of each kind of kernel, by code for x86-64-v3, which valgrind knows;
what counts is what it says of the code that was made here, not of Python or NumPy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

from torture import generated
from torture.children import ROOT, environment
from torture.figures import Figure, Run, counted

SMOKE = 0.02

TRAINING = """
import sys
import numpy as np, lamina as keras
k = keras.layers
x = np.random.default_rng(0).normal(size=(23, 6, 5)).astype("float32")
heads = {
    "dense": lambda y: k.Dense(9, activation="gelu")(k.Flatten()(y)),
    "convolution": lambda y: k.Flatten()(k.MaxPooling1D(2)(k.Conv1D(7, 3, activation="relu")(y))),
    "normal": lambda y: k.Flatten()(k.BatchNormalization()(k.LayerNormalization()(y))),
    "recurrent": lambda y: k.LSTM(5)(k.GRU(3, return_sequences=True)(y)),
    "attention": lambda y: k.GlobalAveragePooling1D()(k.MultiHeadAttention(2, 3)(y, y)),
    "dropout": lambda y: k.Flatten()(k.Dropout(0.4)(y)),
}
for name in sys.argv[1].split(","):
    start = keras.Input((6, 5))
    model = keras.Model(start, k.Dense(2)(heads[name](start)))
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(x, x[:, 0, :2], batch_size=5, epochs=2, verbose=0)
    assert np.isfinite(model.predict(x, verbose=0)).all()
"""
HEADS = ("dense", "convolution", "normal", "recurrent", "attention", "dropout")


def run(run: Run) -> Iterator[Figure]:
    """Counts under guard pages, and of valgrind's errors."""
    if os.name == "posix":
        less = replace(run, part=run.part * 0.5, full=False, seed=run.seed + 1)
        for figure in generated.run(less, LAMINA_GUARD="1"):
            yield replace(figure, what=f"under guard pages, {figure.what}")
    if shutil.which("valgrind") is None:
        yield Figure("valgrind is not installed: programs under it", 0)
        return
    heads = HEADS if run.full else HEADS[:1] if run.part >= 1 else ()
    if heads:
        outcomes = [(head, valgrind(run, head)) for head in heads]
        yield counted("trainings under valgrind without an error in code made here", outcomes)


def valgrind(run: Run, head: str) -> str | None:
    """What valgrind says of the code that was made here, if anything."""
    told = run.folder / f"{head}.xml"
    paths = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    variables = {
        "PYTHONMALLOC": "malloc", "LAMINA_CACHE": "0", "OPENBLAS_NUM_THREADS": "1",
        "LAMINA_NUM_THREADS": "1", "LAMINA_TARGET": "x86-64-v3", "PYTHONPATH": paths,
    }  # fmt: skip
    done = subprocess.run(
        ["valgrind", "--smc-check=all-non-file", "--xml=yes", f"--xml-file={told}",
         "--error-limit=no", "--num-callers=8", sys.executable, "-c", TRAINING, head],
        capture_output=True, text=True, check=False, env=environment(**variables), timeout=1800,
    )  # fmt: skip
    if done.returncode:
        return f"exit {done.returncode}: {done.stderr[-120:]}"
    errors = re.findall(r"<error>.*?</error>", told.read_text("utf-8"), re.DOTALL)
    made = [error for error in errors if _made_here(error)]
    kinds = sorted({re.findall(r"<kind>(.*?)</kind>", error)[0] for error in made})
    return f"{len(made)} of {', '.join(kinds)}" if made else None


def _made_here(error: str) -> bool:
    """Whether an error happened in code that lies in no file."""
    first = re.search(r"<frame>(.*?)</frame>", error, re.DOTALL)
    return first is not None and "<obj>" not in first.group(1)

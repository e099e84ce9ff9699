"""Odd but legal input: it is taken, and gives the same numbers as the plain form of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from torture.bad_input import MODELS, C, X, Y
from torture.children import Worker
from torture.figures import Figure, Run, counted

SMOKE = 0.25
Make = Callable[[Any], dict[str, Any]]
PLAIN: dict[str, dict[str, Any]] = {
    "": {"x": X, "y": Y}, "classes": {"x": X, "y": C}, "one-hot": {"x": X, "y": np.eye(3)[C]},
    "binary": {"x": X, "y": (Y > 0).astype("f4")}, "three": {"x": X, "y": X[:, :3]},
    "two": {"x": [X, X[:, :2]], "y": {"p": Y, "q": X[:, 1:3]}},
    "words": {"x": np.arange(60).reshape(12, 5) % 7, "y": Y},
    "images": {"x": np.arange(432.0).reshape(12, 6, 6, 1) / 432, "y": Y},
}  # fmt: skip
WHOLE = np.round(X * 3)
HALF = X.astype("f2").astype("f4")


def _strided(array: np.ndarray) -> dict[str, np.ndarray]:
    """The same numbers in other places of memory."""
    wide = np.zeros((*array.shape[:-1], array.shape[-1] * 3), array.dtype)
    wide[..., ::3] = array
    backwards = array[::-1].copy()
    read_only = array.copy()
    read_only.flags.writeable = False
    shifted = np.zeros(array.nbytes + 1, "u1")
    shifted[1:] = np.frombuffer(array.tobytes(), "u1")
    return {
        "columns first": np.asfortranarray(array), "every third column": wide[..., ::3],
        "backwards": backwards[::-1], "every other row": np.repeat(array, 2, 0)[::2],
        "read-only": read_only, "not aligned": shifted[1:].view(array.dtype).reshape(array.shape),
        "big-endian": array.astype(array.dtype.newbyteorder(">")), "a subclass": array.view(Sub),
        "nothing masked": np.ma.masked_array(array), "turned and back": array.T.copy().T,
        "repeated axes": np.broadcast_to(array[:, None], (len(array), 1, *array.shape[1:]))[:, 0],
    }  # fmt: skip


class Sub(np.ndarray):
    """An array of a class of the user's own."""


class Protocol:
    """An object with `__array__` and no more."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.array, dtype)

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: Any) -> Any:
        return self.array[index]


def _frame(k: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(X, columns=list("abcd"))


def _series(k: Any) -> Any:
    import pandas as pd

    return pd.Series(Y[:, 0], index=range(100, 112))


def _nullable(k: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(X.astype("f8"), columns=list("abcd")).astype("Float64")


# name -> (which model, the arguments of `fit`, those of the plain form beside x and y)
ODD: dict[str, tuple[str, Make, dict[str, Any]]] = {
    **{f"x {n}": ("", lambda k, v=v: {"x": v, "y": Y}, {}) for n, v in _strided(X).items()},
    **{f"y {n}": ("three", lambda k, v=v: {"x": X, "y": v}, {})
       for n, v in _strided(X[:, :3].copy()).items()},
    **{f"both {n}": ("", lambda k, v=v: {"x": v, "y": Y.astype("f8")}, {})
       for n, v in _strided(X.astype("f8")).items()},
    **{f"labels {n}": ("classes", lambda k, v=v: {"x": X, "y": v[:, 0]}, {})
       for n, v in _strided(C[:, None]).items()},
    **{f"pictures {n}": ("images", lambda k, v=v: {"x": v, "y": Y}, {})
       for n, v in _strided(PLAIN["images"]["x"]).items()},
    **{f"x of {d}": ("", lambda k, d=d: {"x": WHOLE.astype(d), "y": Y}, {"x": WHOLE})
       for d in ("i1", "i2", "i4", "i8", ">i2", ">i8", "f8", ">f4")},
    **{f"x of {d}, none negative": ("", lambda k, d=d: {"x": np.abs(WHOLE).astype(d), "y": Y},
                                    {"x": np.abs(WHOLE)}) for d in ("u1", "u2", "u4", ">u2")},
    "x of float16": ("", lambda k: {"x": X.astype("f2"), "y": Y}, {"x": HALF}),
    "x of truth values": ("", lambda k: {"x": X > 0, "y": Y}, {"x": (X > 0).astype("f4")}),
    **{f"labels of {d}": ("classes", lambda k, d=d: {"x": X, "y": C.astype(d)}, {})
       for d in ("u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8", ">i4", "f2")},
    **{f"words of {d}": ("words", lambda k, d=d: {"x": PLAIN["words"]["x"].astype(d), "y": Y}, {})
       for d in ("u1", "i2", "i4", "f4", "f8", ">i8")},
    "flat targets": ("", lambda k: {"x": X, "y": Y[:, 0]}, {}),
    "an axis more": ("", lambda k: {"x": X, "y": Y[:, :, None]}, {}),
    "labels in a column": ("classes", lambda k: {"x": X, "y": C[:, None]}, {}),
    "truth values as targets": ("binary", lambda k: {"x": X, "y": Y > 0}, {}),
    "flat truth values": ("binary", lambda k: {"x": X, "y": (Y > 0)[:, 0]}, {}),
    "one-hot of truth values": ("one-hot", lambda k: {"x": X, "y": np.eye(3)[C] > 0}, {}),
    "one-hot of int8": ("one-hot", lambda k: {"x": X, "y": np.eye(3)[C].astype("i1")}, {}),
    "soft targets": ("binary", lambda k: {"x": X, "y": np.full((12, 1), 0.3)},
                     {"y": np.full((12, 1), 0.3, "f4")}),
    "a data frame": ("", lambda k: {"x": _frame(k), "y": Y}, {}),
    "a column of a table": ("", lambda k: {"x": X, "y": _series(k)}, {}),
    "a nullable table without nulls": ("", lambda k: {"x": _nullable(k), "y": Y}, {}),
    "a tensor": ("", lambda k: {"x": k.ops.convert_to_tensor(X), "y": k.ops.convert_to_tensor(Y)},
                 {}),
    "a list in a tuple": ("two", lambda k: {"x": (X, X[:, :2]), "y": {"p": Y, "q": X[:, 1:3]}},
                          {}),
    "inputs by name": ("two", lambda k: {"x": {"b": X[:, :2], "a": X},
                                         "y": {"q": X[:, 1:3], "p": Y}}, {}),
    "memory of a map": ("", lambda k: {"x": _mapped(X), "y": Y}, {}),
    "all in one batch": ("", lambda k: {"x": X, "y": Y, "batch_size": 1000},
                         {"batch_size": 12}),
    "a NumPy integer as batch": ("", lambda k: {"x": X, "y": Y, "batch_size": np.int64(5)},
                                 {"batch_size": 5}),
    "NumPy integers as epochs": ("", lambda k: {"x": X, "y": Y, "epochs": np.int32(2)},
                                 {"epochs": 2}),
    "no epochs": ("", lambda k: {"x": X, "y": Y, "epochs": 0}, {"epochs": 0}),
    "one row": ("", lambda k: {"x": X[:1], "y": Y[:1]}, {"x": X[:1], "y": Y[:1]}),
    "weights of one": ("", lambda k: {"x": X, "y": Y, "sample_weight": np.ones(12)}, {}),
    "weights in a column": ("", lambda k: {"x": X, "y": Y, "sample_weight": np.ones((12, 1))}, {}),
    "weights of integers": ("", lambda k: {"x": X, "y": Y, "sample_weight": np.ones(12, "i8")},
                            {}),
    "weights as truth values": ("", lambda k: {"x": X, "y": Y, "sample_weight": X[:, 0] > 0},
                                {"sample_weight": (X[:, 0] > 0).astype("f4")}),
    "classes weighted by one": ("classes", lambda k: {"x": X, "y": C, "class_weight": {
        0: 1, 1: 1.0, 2: np.float32(1)}}, {}),
    "some classes weighted": ("classes", lambda k: {"x": X, "y": C, "class_weight": {1: 2.0}},
                              {"class_weight": {0: 1.0, 1: 2.0, 2: 1.0}}),
    "shuffle=0": ("", lambda k: {"x": X, "y": Y, "shuffle": 0}, {}),
    "shuffle=np.False_": ("", lambda k: {"x": X, "y": Y, "shuffle": np.False_}, {}),
    "validation beside": ("", lambda k: {"x": X, "y": Y, "validation_data": (X, Y)}, {}),
    "validation as a list": ("", lambda k: {"x": X, "y": Y, "validation_data": [X, Y]}, {}),
    "validation of another length": ("", lambda k: {"x": X, "y": Y, "validation_data": (
        X[:5], Y[:5])}, {}),
    "half held back": ("", lambda k: {"x": X, "y": Y, "validation_split": 0.5},
                       {"x": X[:6], "y": Y[:6]}),
    "none held back": ("", lambda k: {"x": X, "y": Y, "validation_split": 0.0}, {}),
    "a callback": ("", lambda k: {"x": X, "y": Y, "callbacks": k.callbacks.History()}, {}),
    "no callbacks": ("", lambda k: {"x": X, "y": Y, "callbacks": []}, {}),
    "a generator": ("", lambda k: {"x": ((X[i : i + 4], Y[i : i + 4]) for i in (0, 4, 8, 0, 4, 8)),
                                   "steps_per_epoch": 3}, {"batch_size": 4}),
    "numbers that are near zero": ("", lambda k: {"x": X * 1e-30, "y": Y}, {"x": X * 1e-30}),
    "large numbers of float64": ("", lambda k: {"x": X, "y": Y.astype("f8")}, {}),
    "a pair of lists of arrays": ("", lambda k: {"x": [X], "y": [Y]}, {}),
}  # fmt: skip


def _mapped(array: np.ndarray) -> Any:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, array)
        file.flush()
        return np.load(file.name, mmap_mode="r")


def try_odd(keras: Any, name: str) -> str | None:
    """What is wrong with one, if anything: in the worker."""
    which, make, plain = ODD[name]
    found = []
    for options in (make(keras), {**PLAIN[which], **plain}):
        keras.utils.set_random_seed(3)
        model = MODELS[which](keras)
        usual: dict[str, Any] = {"epochs": 2, "verbose": 0}
        if "steps_per_epoch" not in options:
            usual |= {"shuffle": False, "batch_size": 5}
        model.fit(**{**usual, **options})
        found.append([np.array(w) for w in model.get_weights()])
    # The same numbers in the same order give the same bits, but for weights of one, which are
    # multiplied in: two units in the last place.
    for a, b in zip(*found, strict=True):
        if not np.allclose(a, b, rtol=1e-5, atol=1e-6) or not np.isfinite(a).all():
            return f"other numbers: {np.abs(a - b).max()}"
    return None


def run(run: Run) -> Iterator[Figure]:
    """Counts of what was taken and right."""
    outcomes = []
    with Worker(run.library, run.folder, patience=60) as worker:
        for name in list(ODD)[:: max(1, int(1 / run.part))]:
            told = worker.ask("torture.odd_input", "try_odd", name=name)
            raised = told["raised"]
            outcomes.append(
                (name, f"{raised}: {told['text']:.100}" if raised else told["returned"])
            )
    yield counted("odd inputs taken, with the numbers of the plain form", outcomes)

"""Saving while things go wrong: kill -9, calls of the system that fail, full disks, closed folders.

What is right: the file that was there before is still whole, or the new one is; what failed is said
with an exception; nothing else is left in the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torture.children import ROOT, Worker, environment
from torture.figures import Figure, Run, counted

SMOKE = 0.1
NAMES = ("m.keras", "m.h5", "w.weights.h5")
UNITS = 300
Outcome = tuple[str, str | None]


def run(run: Run) -> Iterator[Figure]:
    """Counts of saves that failed as they should."""
    yield counted("files whole after kill -9 while they were saved", list(killed(run)))
    shim = compiled(run.folder)
    with Worker(run.library, run.folder, patience=120) as worker:
        if shim is not None:
            with Worker(run.library, run.folder, patience=120, LD_PRELOAD=str(shim)) as preloaded:
                calls = list(failing(run, preloaded))
            yield counted("saves in which one call of the system failed", calls)
        yield counted("saves with too little room", list(full(run, worker)))
        yield counted("folders that cannot be written to, found out before the first batch",
                      list(closed(run, worker)))  # fmt: skip


# ── kill -9 ──


def killed(run: Run) -> Iterator[Outcome]:
    """Kills children that save one file again and again."""
    chance = random.Random(run.seed)
    for i in range(run.count(12, 100)):
        name = NAMES[i % len(NAMES)]
        folder = run.folder / f"killed-{i}"
        folder.mkdir()
        command = [sys.executable, "-c", LOOP, run.library, str(folder / name)]
        paths = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment(PYTHONPATH=paths),
        ) as child:  # fmt: skip
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.3))
            child.send_signal(signal.SIGKILL)
            child.wait()
        with Worker(run.library, run.folder) as worker:
            told = worker.ask("torture.faults", "whole", path=str(folder / name))
        yield f"{name}, kill {i}", None if told["returned"] is True else str(told["text"])[:120]
        shutil.rmtree(folder)


LOOP = """
import sys
from torture.worker import library
from torture.faults import filled, save
keras = library(sys.argv[1])
model = filled(keras, 0)
save(model, sys.argv[2])
print("ready", flush=True)
for i in range(100_000):
    filled(keras, i, model)
    save(model, sys.argv[2])
"""


def filled(keras: Any, value: float, model: Any = None) -> Any:
    """A model whose weights are all this number."""
    import numpy as np

    if model is None:
        model = keras.Sequential([keras.layers.Input((UNITS,)), keras.layers.Dense(UNITS)])
    model.set_weights([np.full(w.shape, value, "float32") for w in model.get_weights()])
    return model


def save(model: Any, path: str) -> None:
    """Saves in the format of the name."""
    if path.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)


def whole(keras: Any, path: str) -> bool:
    """Whether a file can be read, and all its weights are one number."""
    return value_of(keras, path) is not None


def value_of(keras: Any, path: str) -> float:
    """The number that all weights in a file are."""
    if path.endswith(".weights.h5"):
        model = filled(keras, -1)
        model.load_weights(path)
    else:
        model = keras.models.load_model(path)
    values = {float(x) for w in model.get_weights() for x in (w.min(), w.max())}
    if len(values) != 1:
        raise ValueError(f"{len(values)} different numbers")
    return values.pop()


# ── calls that fail ──


def compiled(folder: Path) -> Path | None:
    """The library that lets calls fail; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    target = folder / "failing.so"
    source = Path(__file__).with_name("failing.c")
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"],
        capture_output=True, check=False,
    )  # fmt: skip
    return target if done.returncode == 0 else None


def failing(run: Run, worker: Worker) -> Iterator[Outcome]:
    """Lets each call in turn fail."""
    most = run.count(12, 400)
    for name in NAMES:
        for n in range(1, most + 1):
            folder = run.folder / "failing"
            folder.mkdir()
            told = worker.ask(
                "torture.faults", "with_failing_call", path=str(folder / name), n=n,
                code=(errno.EIO, errno.ENOSPC)[n % 2],
            )  # fmt: skip
            shutil.rmtree(folder)
            found = told["returned"]
            if found is None:
                yield f"{name}, call {n}", f"{told['raised']} {told['text']:.80}"
                continue
            if found["calls"] < n:
                break
            yield f"{name}, call {n}", found["trouble"]


def with_failing_call(keras: Any, path: str, n: int, code: int) -> dict[str, Any]:
    """Saves over a file while the n-th call fails: in the worker."""
    import ctypes

    shim = ctypes.CDLL(None)
    model = filled(keras, 1)
    save(model, path)
    filled(keras, 2, model)
    shim.torture_arm(ctypes.c_long(n), ctypes.c_long(code))
    raised: Exception | None = None
    try:
        save(model, path)
    except Exception as error:
        raised = error
    return {"calls": int(shim.torture_calls()), "trouble": trouble(keras, path, raised)}


def trouble(keras: Any, path: str, raised: Exception | None) -> str | None:
    """What is wrong after a save that went wrong, over a file of ones with one of twos."""
    folder = Path(path).parent
    left = sorted(p.name for p in folder.iterdir() if p.name != Path(path).name)
    try:
        value = value_of(keras, path)
    except Exception as error:
        return f"the file is lost: {type(error).__name__} {error!s:.80}"
    if raised is None and value != 2:
        return "it did not say that it failed"
    if raised is not None and not isinstance(raised, OSError):
        return f"a cryptic error: {type(raised).__name__} {raised!s:.80}"
    return f"left behind: {left}" if left else None


# ── no room ──


def full(run: Run, worker: Worker) -> Iterator[Outcome]:
    """Saves with room for a part of the file, by a limit and on a small disk."""
    disk = mounted(run.folder / "disk")
    try:
        for name in NAMES:
            for fraction in (0.0, 0.1, 0.5, 0.9, 0.999)[: run.count(5, 5)]:
                for kind, folder in (("limit", run.folder / "limit"), ("disk", disk)):
                    if folder is None:
                        continue
                    folder.mkdir(exist_ok=True)
                    told = worker.ask(
                        "torture.faults", "with_little_room", path=str(folder / name),
                        fraction=fraction, kind=kind,
                    )  # fmt: skip
                    (folder / name).unlink(missing_ok=True)
                    found = told["returned"]
                    wrong = found["trouble"] if found else f"{told['raised']} {told['text']:.80}"
                    yield f"{name}, {kind}, {fraction:.1%}", wrong
    finally:
        if disk is not None:
            subprocess.run(["umount", str(disk)], check=False)


def mounted(folder: Path) -> Path | None:
    """A disk of 4 MB, where one may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return folder
    return None


def with_little_room(keras: Any, path: str, fraction: float, kind: str) -> dict[str, Any]:
    """Saves over a file where there is no room for another: in the worker."""
    import resource

    model = filled(keras, 1)
    save(model, path)
    filled(keras, 2, model)
    size = int(os.path.getsize(path) * fraction)
    raised: Exception | None = None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    filler = Path(path).with_name("filler")
    try:
        if kind == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        else:
            usage = shutil.disk_usage(filler.parent)
            filler.write_bytes(bytes(max(0, usage.free - size - 4096)))
        try:
            save(model, path)
        except Exception as error:
            raised = error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        filler.unlink(missing_ok=True)
    return {"trouble": trouble(keras, path, raised)}


# ── folders that are closed ──

CALLBACKS = {
    "ModelCheckpoint": lambda keras, folder: keras.callbacks.ModelCheckpoint(
        f"{folder}/m.keras"),
    "ModelCheckpoint of weights": lambda keras, folder: keras.callbacks.ModelCheckpoint(
        f"{folder}/{{epoch}}.weights.h5", save_weights_only=True),
    "CSVLogger": lambda keras, folder: keras.callbacks.CSVLogger(f"{folder}/log.csv"),
    "BackupAndRestore": lambda keras, folder: keras.callbacks.BackupAndRestore(f"{folder}/b"),
    "TensorBoard": lambda keras, folder: keras.callbacks.TensorBoard(f"{folder}/logs"),
}  # fmt: skip


def closed(run: Run, worker: Worker) -> Iterator[Outcome]:
    """Trains with callbacks that shall write where they cannot."""
    for name in CALLBACKS:
        for kind in ("read-only", "missing below a file"):
            folder = run.folder / "closed"
            told = worker.ask("torture.faults", "with_closed_folder", name=name, kind=kind,
                              folder=str(folder))  # fmt: skip
            found = told["returned"]
            if found == "absent":
                continue
            if folder.is_dir():
                folder.chmod(0o700)
                shutil.rmtree(folder)
            else:
                folder.unlink(missing_ok=True)
            wrong = found["trouble"] if found else f"{told['raised']} {told['text']:.80}"
            yield f"{name}, {kind}", wrong


def with_closed_folder(keras: Any, name: str, kind: str, folder: str) -> Any:
    """A short training: in the worker."""
    import numpy as np

    if not hasattr(keras.callbacks, name.split()[0]):
        return "absent"
    if kind == "read-only":
        os.mkdir(folder, 0o555)
    else:
        Path(folder).write_text("a file", "utf-8")
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with tempfile.TemporaryDirectory() as open_folder:  # what is loaded when it is first used
        callback = CALLBACKS[name](keras, open_folder)
        model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0, callbacks=[callback])
    batches: list[int] = []
    count = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda b, logs: batches.append(b))
    root = os.geteuid() == 0
    raised: Exception | None = None
    if root:
        os.chmod(Path(folder).parent, 0o755)
        os.seteuid(65534)
    try:
        callback = CALLBACKS[name](keras, folder)
        model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0, callbacks=[callback, count])
    except Exception as error:
        raised = error
    finally:
        if root:
            os.seteuid(0)
    if raised is None:
        return {"trouble": "it did not say that it failed"}
    if batches:
        return {"trouble": f"found out after {len(batches)} batches"}
    return {"trouble": None if isinstance(raised, OSError) else f"{type(raised).__name__} {raised}"}

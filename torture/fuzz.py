"""Damaged files by the thousand, in one process: each is read, or refused with an error.

Bytes of whole files are changed, and values of their configurations exchanged for others. What
must not be: a crash, a hang, an error of Python's own.
"""

from __future__ import annotations

import copy
import io
import json
import os
import random
import time
import warnings
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from torture.children import Worker
from torture.figures import Figure, Run, counted
from torture.hostile.cases import members, prepare, small

SMOKE = 0.02
CHUNK = 250
SLOW = 3.0
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 2**31, 2**63, 10**30, 0.5, -1e308, "", "x", "Dense", "relu",
    "float16", "a/b", [], {}, [None], [None, 4], [1, 2], {"class_name": "Dense"}, "__import__",
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}}, [[["i", 0, 0]]],
)  # fmt: skip


def run(run: Run) -> Iterator[Figure]:
    """Counts of what came out."""
    prepare(run.folder)
    count = run.count(3000, 100_000)
    start = time.perf_counter()
    with Worker(run.library, run.folder, 120) as one, Worker(run.library, run.folder, 120) as other:
        halves = [range(0, count // 2, CHUNK), range(count // 2, count, CHUNK)]
        ends = [count // 2, count]
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(_half, [run] * 2, (one, other), halves, ends))
    wrong = [outcome for part in parts for outcome in part[0]]
    read, slowest = sum(part[1] for part in parts), max(part[2] for part in parts)
    yield counted("damaged files without a crash, a hang or an error of Python's", wrong)
    yield Figure("of them read, since the damage was harmless", read, count)
    yield Figure("the slowest", slowest, unit="s")
    yield Figure("files a second", count / (time.perf_counter() - start))


def _half(
    run: Run, worker: Worker, firsts: range, end: int
) -> tuple[list[tuple[str, str | None]], int, float]:
    """What one worker found: outcomes, how many files were read, the slowest."""
    wrong: list[tuple[str, str | None]] = []
    read, slowest = 0, 0.0
    for first in firsts:
        size = min(CHUNK, end - first)
        told = worker.ask(
            "torture.fuzz", "several", folder=str(run.folder), first=first, count=size,
            seed=run.seed,
        )  # fmt: skip
        found = told["returned"]
        if found is None:
            wrong.append((f"seeds {first} to {first + size - 1}", f"{told['raised']}"))
            wrong += [(str(i), "not tried after that") for i in range(size - 1)]
            continue
        wrong += [(f"seed {s}", t) for s, t in found["wrong"]]
        wrong += [("", None)] * (size - len(found["wrong"]))
        read, slowest = read + found["read"], max(slowest, found["slowest"])
    return wrong, read, slowest


def several(keras: Any, folder: str, first: int, count: int, seed: int) -> dict[str, Any]:
    """What became of so many files: in the worker."""
    wrong, read, slowest = [], 0, 0.0
    target = small(keras)
    for i in range(first, first + count):
        begun = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                one(keras, Path(folder), random.Random(seed * 1_000_003 + i), target)
            read += 1
        except Exception as error:
            if not is_proper(keras, error):
                wrong.append((i, f"{type(error).__name__}: {error}"[:200]))
        spent = time.perf_counter() - begun
        slowest = max(slowest, spent)
        if spent > SLOW:
            wrong.append((i, f"slow: {spent:.1f} s"))
    return {"wrong": wrong, "read": read, "slowest": slowest}


def is_proper(keras: Any, error: Exception) -> bool:
    """Whether an error is one that says what is wrong; of Keras, any that its users catch."""
    if keras.__name__ == "lamina":
        from lamina.errors import LaminaError

        return isinstance(error, LaminaError)
    return isinstance(error, ValueError | TypeError | OSError | KeyError)


@cache
def whole(folder: Path, name: str) -> bytes:
    """A file that is not damaged."""
    return (folder / name).read_bytes()


@cache
def parts(folder: Path, name: str) -> dict[str, bytes]:
    """The members of one."""
    return members(folder / name)


def one(keras: Any, folder: Path, chance: random.Random, target: Any) -> None:
    """Damages one file in one way or several, and reads it."""
    kind = chance.choice(("bytes", "config", "config", "weights", "old", "old weights", "text"))
    good = chance.choice(("good.keras", "functional.keras"))
    if kind == "text":
        config = json.loads(whole(folder, "functional.json"))
        keras.models.model_from_json(json.dumps(exchanged(config, chance)))
        return
    if kind in ("old", "old weights"):
        name = "good.h5" if kind == "old" else chance.choice(("good.weights.h5", "old_weights.h5"))
        damaged = flipped(whole(folder, name), chance)
    elif kind == "bytes":
        name, damaged = "m.keras", flipped(whole(folder, good), chance)
    else:
        found, name = dict(parts(folder, good)), "m.keras"
        if kind == "config":
            config = json.loads(found["config.json"])
            found["config.json"] = json.dumps(exchanged(config, chance)).encode()
        else:
            found["model.weights.h5"] = flipped(found["model.weights.h5"], chance)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for member, data in found.items():
                archive.writestr(member, data)
        damaged = content.getvalue()
    own = f"x{os.getpid()}"
    path = folder / (f"{own}.weights.h5" if kind == "old weights" else f"{own}{Path(name).suffix}")
    path.write_bytes(damaged)
    if kind == "old weights":
        target.load_weights(str(path))
    else:
        keras.models.load_model(str(path))


def flipped(content: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four things wrong."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(changed)), chance.randint(1, 32)
        match chance.randrange(7):
            case 0 | 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                changed[at] = chance.randrange(256)
            case 3:
                word = chance.choice((0, 1, 255, 1 << 31, 1 << 32, (1 << 64) - 1, len(changed)))
                changed[at : at + 8] = word.to_bytes(8, "little")
            case 4:
                changed[at : at + size] = bytes(size)
            case 5:
                other = chance.randrange(len(changed))
                changed[at : at + size] = changed[other : other + size]
            case _:
                if chance.randrange(4) == 0:
                    del changed[at:]
                    changed += b"\0"
    return bytes(changed)


def exchanged(config: Any, chance: random.Random) -> Any:
    """A configuration with one to three values exchanged, left out, moved or doubled."""
    config = copy.deepcopy(config)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(config))
        if not places:
            return config
        holder, key = chance.choice(places)
        match chance.randrange(6):
            case 0:
                del holder[key]
            case 1:
                other, name = chance.choice(places)
                if name in other if isinstance(other, dict) else name < len(other):
                    holder[key] = copy.deepcopy(other[name])
            case 2 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case 3 if isinstance(holder, dict):
                holder[chance.choice(("x", "name", "units", "config", "layers"))] = holder[key]
            case _:
                holder[key] = copy.deepcopy(chance.choice(VALUES))
    return config


def _places(found: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        found if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
    )
    for key in list(keys):
        yield found, key
        yield from _places(found[key])

"""The cache of compiled code, attacked: what somebody planted or changed is never run.

Each attack is made on a cache that is full; then a model is trained in a new process, whose
numbers must be those of one without a cache.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from torture.children import ROOT, environment
from torture.faults import mounted
from torture.figures import Figure, Run, counted

SMOKE = 0.2

TRAINING = """
import hashlib, numpy as np, lamina as keras
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(50, 7)).astype("float32")
model = keras.Sequential([keras.layers.Dense(9, activation="relu"), keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(x, x[:, :2], epochs=2, verbose=0)
print(hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest())
"""

Attack = Callable[[Path, random.Random], None]


def train(cache: Path | None) -> tuple[str, str]:
    """The digest of the weights, and what went wrong, with a cache folder or without."""
    paths = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    more = {"LAMINA_CACHE": "0"} if cache is None else {
        "LAMINA_CACHE": "1", "LAMINA_CACHE_DIR": str(cache)}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", TRAINING], capture_output=True, text=True, check=False, timeout=120,
        env=environment(PYTHONPATH=paths, **more),
    )  # fmt: skip
    return done.stdout.strip(), f"exit {done.returncode} {done.stderr[-150:]}"


def each(change: Callable[[Path, random.Random], None]) -> Attack:
    """An attack on every entry."""

    def attack(cache: Path, chance: random.Random) -> None:
        for entry in sorted(cache.glob("*.object")):
            change(entry, chance)

    return attack


def flip(entry: Path, chance: random.Random) -> None:
    """A bit of the content."""
    data = bytearray(entry.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    entry.write_bytes(data)


def exchange(cache: Path, chance: random.Random) -> None:
    """Whole entries under the names of others."""
    entries = sorted(cache.glob("*.object"))
    contents = [entry.read_bytes() for entry in entries]
    for entry, content in zip(entries, contents[1:] + contents[:1], strict=True):
        entry.write_bytes(content)


def link(entry: Path, chance: random.Random) -> None:
    """A link to a file elsewhere."""
    elsewhere = entry.parent.parent / f"elsewhere-{entry.name}"
    elsewhere.write_bytes(b"not yours")
    entry.unlink()
    entry.symlink_to(elsewhere)


def own(cache: Path, chance: random.Random) -> None:
    """Another owner of the folder, where that can be made."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        each(flip)(cache, chance)
        os.chown(cache, 65534, 65534)


def folders(entry: Path, chance: random.Random) -> None:
    """A folder in the place of an entry."""
    entry.unlink()
    entry.mkdir()


def for_all(cache: Path, chance: random.Random) -> None:
    """A folder that everybody may write to."""
    cache.chmod(0o777)
    each(flip)(cache, chance)


def written(make: Callable[[bytes, random.Random], bytes]) -> Attack:
    """Other bytes in each entry."""

    def change(entry: Path, chance: random.Random) -> None:
        entry.write_bytes(make(entry.read_bytes(), chance))

    return each(change)


def pipe(entry: Path, chance: random.Random) -> None:
    """A pipe, which waits for somebody who writes."""
    entry.unlink()
    os.mkfifo(entry)


ATTACKS: dict[str, Attack] = {
    "a flipped bit": each(flip),
    "empty": written(lambda data, chance: b""),
    "cut": written(lambda data, chance: data[: chance.randrange(len(data))]),
    "noise": written(lambda data, chance: chance.randbytes(5000)),
    "code of another program": exchange,
    "links": each(link),
    "folders": each(folders),
    "another owner": own,
    "open to all": for_all,
    "a pipe": each(pipe),
}  # fmt: skip


def run(run: Run) -> Iterator[Figure]:
    """How many attacks changed nothing."""
    want, said = train(None)
    if not want:
        yield counted("attacks that changed nothing", [("without a cache", said)])
        return
    full = run.folder / "full"
    train(full)
    yield counted("attacks on the cache that changed nothing", list(attacked(run, full, want)))
    yield counted("writers of one cache at once, each with the right numbers",
                  list(several(run, want)))  # fmt: skip
    disk = mounted(run.folder / "disk")
    if disk is not None:
        try:
            for i in range(4):
                (disk / f"filler{i}").write_bytes(bytes(1020 << 10))
            found, said = train(disk / "cache")
        finally:
            subprocess.run(["umount", str(disk)], check=False)
        yield counted("a full disk under the cache",
                      [("full disk", None if found == want else said)])  # fmt: skip


def attacked(run: Run, full: Path, want: str) -> Iterator[tuple[str, str | None]]:
    """Each attack, as often as there is time."""
    chance = random.Random(run.seed)
    names = list(ATTACKS)[: run.count(len(ATTACKS), len(ATTACKS))]
    for turn in range(run.count(1, 10)):
        for name in names:
            cache = run.folder / f"cache-{turn}"
            shutil.copytree(full, cache)
            cache.chmod(0o700)
            ATTACKS[name](cache, chance)
            try:
                found, said = train(cache)
            except subprocess.TimeoutExpired:
                found, said = "", "it hangs"
            trouble = None if found == want else said
            elsewhere = list(run.folder.glob("elsewhere-*"))
            if any(path.read_bytes() != b"not yours" for path in elsewhere):
                trouble = "a file elsewhere was written"
            for path in elsewhere:
                path.unlink()
            yield f"{name}, turn {turn}", trouble
            shutil.rmtree(cache)


def several(run: Run, want: str) -> Iterator[tuple[str, str | None]]:
    """Two processes that fill one cache at once."""
    from concurrent.futures import ThreadPoolExecutor

    for turn in range(run.count(2, 20)):
        with ThreadPoolExecutor(2) as pool:
            for found, said in pool.map(train, [run.folder / f"shared-{turn}"] * 2):
                yield f"turn {turn}", None if found == want else said

"""Damaged HDF5 files by the thousand: each must be read, or refused with an error of ours.

    python -m tests.saving.mutate_hdf5 100000

prints how many were read and refused, and what the slowest cost.
"""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import sys
import time
from collections.abc import Iterator
from unittest import mock

import h5py
import numpy as np

from lamina.errors import FileError
from lamina.saving.hdf5 import Dataset, File, Group, fields
from lamina.saving.limits import Limits

LIMITS = Limits(bytes=64 << 20)
SEEDS = 12  # different files to damage
WORDS = (0, 1, 2, 3, 8, 255, 1 << 16, (1 << 31) - 1, 1 << 32, 1 << 63, (1 << 64) - 1)


@functools.cache
def whole(kind: int) -> bytes:
    """One of the undamaged files: in either style of groups, with every kind of layout."""
    libver, track, rich = list(
        itertools.product(("earliest", "v112"), (False, True), (0, 1, 2))
    )[kind]  # fmt: skip
    rng, content = np.random.default_rng(kind), io.BytesIO()
    with h5py.File(content, "w", libver=libver, track_order=track) as file:
        for i in range(4):
            group = file.create_group(f"layers/dense_{i}/vars", track_order=track)
            group["0"] = rng.normal(size=(3, i + 1)).astype("f4")
            group["1"] = rng.normal(size=i)
            group.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
        file.attrs["model_config"] = '{"class_name": "Sequential"}' * 20
        if rich:
            _enrich(file, rng, rich)
    return content.getvalue()


def _enrich(file: h5py.File, rng: np.random.Generator, rich: int) -> None:
    for i in range(20 * rich):
        file.attrs[f"layer_names{i}"] = np.array([b"dense", b"dense_1"])
        file[f"many/{i}"] = i
    file.attrs["large"] = np.arange(1500.0)
    values = rng.integers(0, 5, size=(20, 13))
    for name, options in {
        "plain": {}, "deflated": {"compression": "gzip", "shuffle": True},
        "checked": {"fletcher32": True}, "all": {"compression": "gzip", "fletcher32": True},
    }.items():  # fmt: skip
        file.create_dataset(f"chunks/{name}", data=values, chunks=(6, 5), **options)
    file.create_dataset("chunks/one", data=values, chunks=(20, 13), compression="gzip")
    file.create_dataset("chunks/pages", data=np.arange(1100), chunks=(1,))
    file["texts"] = np.array(["x", "yy"], dtype=h5py.string_dtype())
    file["flags"] = np.array([True, False])


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with one to four things wrong."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(changed)))
        word = at // 8 * 8
        size = int(rng.integers(1, 64))
        match rng.integers(8):
            case 0 | 1:
                changed[at] ^= 1 << int(rng.integers(8))
            case 2:
                changed[at] = int(rng.integers(256))
            case 3:
                changed[word : word + 8] = int(rng.choice(np.array(WORDS, "u8"))).to_bytes(
                    8, "little"
                )
            case 4:  # a pointer to something else: cycles, shared blocks
                other = int(rng.integers(len(changed))) // 8 * 8
                changed[word : word + 8] = changed[other : other + 8]
            case 5:
                changed[at : at + size] = bytes(size)
            case 6:
                other = int(rng.integers(len(changed)))
                changed[at : at + size] = changed[other : other + size]
            case _:
                if rng.integers(4) == 0:
                    del changed[at:]
                    changed += b"\0"
    return bytes(changed)


def walk(group: Group) -> int:
    """Reads everything; how many arrays there were."""
    count = len(dict(group.attrs))
    for member in group.values():
        if isinstance(member, Dataset):
            assert member[()].nbytes <= LIMITS.most_bytes()
            count += 1 + len(dict(member.attrs))
        else:
            count += walk(member)
    return count


@contextlib.contextmanager
def checksums(on: bool) -> Iterator[None]:
    """Whether checksums are compared: without, damage comes further."""
    if on:
        yield
    else:
        with mock.patch.object(fields.Fields, "checksum", lambda self: self.raw(4)):
            yield


def try_one(seed: int) -> bool:
    """Whether a damaged file was read; False if it was refused. All else goes through."""
    rng = np.random.default_rng(seed)
    content = mutated(whole(seed % SEEDS), rng)
    with checksums(on=bool(rng.integers(2))):
        refused: FileError | None = None
        try:
            with File(content, LIMITS) as file:
                walk(file)
        except FileError as error:
            refused = error
    if refused is not None:
        assert all((refused.where, refused.what, refused.received, refused.mend)), refused
    return refused is None


def main() -> None:
    """Damages so many files, and prints what became of them."""
    count, read, slowest = int(sys.argv[1]), 0, (0.0, 0)
    for seed in range(count):
        start = time.perf_counter()
        read += try_one(seed)
        slowest = max(slowest, (time.perf_counter() - start, seed))
    print(
        f"{count} damaged files: {read} read, {count - read} refused; "
        f"the slowest took {slowest[0]:.2f} s (seed {slowest[1]})"
    )


if __name__ == "__main__":
    main()

"""Hostile `.weights.h5` and `.h5` files, made with h5py or by changing bytes."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from torture.hostile.cases import Case

Act = Callable[[Any, Path], None]
ARRAY = "layers/dense/vars/0"


def changed(act: Act, good: str = "good.weights.h5") -> Callable[[Path, Path], Path]:
    """A copy of a whole file in which h5py has changed something."""

    def make(place: Path, folder: Path) -> Path:
        path = place / good
        shutil.copy(folder / good, path)
        with h5py.File(path, "r+") as file:
            act(file, folder)
        return path

    return make


def array(name: str = ARRAY, **options: Any) -> Act:
    """Another array in the place of the kernel, shape (4, 3)."""

    def act(file: Any, folder: Path) -> None:
        del file[name]
        file.create_dataset(name, **options)

    return act


def bomb(file: Any, folder: Path) -> None:
    """Zeros that deflate well."""
    del file[ARRAY]
    made = file.create_dataset(
        ARRAY, (1 << 14, 1 << 14), "f4", chunks=(1 << 12, 1 << 12), compression="gzip"
    )
    chunk = zlib.compress(bytes(4 << 24))
    for i in range(4):
        for j in range(4):
            made.id.write_direct_chunk((i << 12, j << 12), chunk)


def external(file: Any, folder: Path) -> None:
    """Bytes that lie in another file."""
    del file[ARRAY]
    file.create_dataset(ARRAY, (4, 3), "u1", external=[(str(folder / "secret.txt"), 0, 12)])


def virtual(file: Any, folder: Path) -> None:
    """A map into another file."""
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "good.weights.h5"), ARRAY, (4, 3))
    del file[ARRAY]
    file.create_virtual_dataset(ARRAY, layout)


def linked(link: Callable[[Path], Any], name: str = "layers/dense") -> Act:
    """A link in the place of a group."""

    def act(file: Any, folder: Path) -> None:
        del file[name]
        file[name] = link(folder)

    return act


def circle(file: Any, folder: Path) -> None:
    """A group that holds itself."""
    file["layers/dense/again"] = file["layers"]


def same(file: Any, folder: Path) -> None:
    """Two names of one array."""
    del file["layers/dense_1/vars/0"]
    file["layers/dense_1/vars/0"] = file[ARRAY]


def deep(file: Any, folder: Path) -> None:
    """Groups within groups."""
    group = file
    for _ in range(400):
        group = group.create_group("g")


def nan(file: Any, folder: Path) -> None:
    """A number that is none; the digest is as if it belonged there."""
    values = file[ARRAY][()]
    values[0, 0] = np.nan
    del file[ARRAY]
    file[ARRAY] = values


def attributes(count: int, size: int) -> Act:
    """Many or large attributes."""

    def act(file: Any, folder: Path) -> None:
        for i in range(count):
            file.attrs[f"a{i}"] = np.zeros(size, "u1")

    return act


def attribute(name: str, value: Any, where: str = "/") -> Act:
    """An attribute with another value."""

    def act(file: Any, folder: Path) -> None:
        del file[where].attrs[name]
        if value is not None:
            file[where].attrs[name] = value

    return act


def removed(name: str) -> Act:
    """Something is missing."""

    def act(file: Any, folder: Path) -> None:
        del file[name]

    return act


def cut(good: str, fraction: float) -> Callable[[Path, Path], Path]:
    """The first part of a whole file."""

    def make(place: Path, folder: Path) -> Path:
        data = (folder / good).read_bytes()
        (place / good).write_bytes(data[: int(len(data) * fraction)])
        return place / good

    return make


def byte(good: str, at: int, value: int) -> Callable[[Path, Path], Path]:
    """One byte of the head is another."""

    def make(place: Path, folder: Path) -> Path:
        data = bytearray((folder / good).read_bytes())
        data[at] = value
        (place / good).write_bytes(data)
        return place / good

    return make


def member(of: str, at: int) -> Act:
    """A soft link from one group to another."""
    return linked(lambda folder: h5py.SoftLink(of), f"layers/dense_{at}")


HUGE = (1 << 40, 1 << 20)
RECORD = np.dtype([("a", "f4"), ("b", "i4")])
NEW: dict[str, tuple[Act, str]] = {
    "external storage": (external, "refuse"),
    "a virtual data set": (virtual, "refuse"),
    "an external link": (
        linked(lambda f: h5py.ExternalLink(str(f / "good.weights.h5"), "layers/dense")), "refuse"),
    "an external link to the system": (
        linked(lambda f: h5py.ExternalLink("/etc/passwd", "/")), "refuse"),
    "a soft link": (linked(lambda f: h5py.SoftLink("/layers/dense_1")), "refuse"),
    "a soft link to itself": (linked(lambda f: h5py.SoftLink("/layers/dense")), "refuse"),
    "a soft link to nothing": (linked(lambda f: h5py.SoftLink("/none")), "refuse"),
    "an array as a link": (linked(lambda f: h5py.SoftLink("/layers/dense_1/vars/0"), ARRAY),
                           "refuse"),
    "a circle": (circle, "any"),
    "two names of one": (same, "refuse"),
    "400 groups deep": (deep, "load"),
    "an array of 4 EB": (array(shape=HUGE, dtype="f4", chunks=(1024, 1024)), "refuse"),
    "an array of 4 EB unlimited": (
        array(shape=HUGE, dtype="f4", chunks=(1, 1024), maxshape=(None, None)), "refuse"),
    "a gzip bomb of 1 GB": (bomb, "refuse"),
    "chunks of 4 GB": (array(shape=(1 << 15, 1 << 15), dtype="f4", chunks=(1 << 14, 1 << 14)),
                       "refuse"),
    "another shape": (array(shape=(5, 3), dtype="f4"), "refuse"),
    "a shape of other order": (array(shape=(3, 4), dtype="f4"), "refuse"),
    "a scalar": (array(shape=(), dtype="f4"), "refuse"),
    "no shape at all": (array(data=h5py.Empty("f4")), "refuse"),
    "no elements": (array(shape=(0, 3), dtype="f4"), "refuse"),
    "32 axes": (array(shape=(1,) * 32, dtype="f4"), "refuse"),
    "records": (array(shape=(4, 3), dtype=RECORD), "refuse"),
    "texts": (array(data=np.full((4, 3), b"x")), "refuse"),
    "texts of any length": (array(data=np.full((4, 3), "x", object),
                                  dtype=h5py.string_dtype()), "refuse"),
    "lists of any length": (array(shape=(4, 3), dtype=h5py.vlen_dtype("f4")), "refuse"),
    "references": (array(shape=(4, 3), dtype=h5py.ref_dtype), "refuse"),
    "regions": (array(shape=(4, 3), dtype=h5py.regionref_dtype), "refuse"),
    "bytes without meaning": (array(data=np.zeros((4, 3), "V4")), "refuse"),
    "complex numbers": (array(data=np.zeros((4, 3), "c8")), "refuse"),
    "arrays of arrays": (array(shape=(4, 3), dtype=np.dtype(("f4", (2,)))), "refuse"),
    "lzf": (array(shape=(4, 3), dtype="f4", chunks=(4, 3), compression="lzf"), "refuse"),
    "scale and offset": (array(shape=(4, 3), dtype="f4", chunks=(4, 3), scaleoffset=2), "refuse"),
    "big-endian": (array(data=np.zeros((4, 3), ">f4")), "load"),
    "float64": (array(data=np.zeros((4, 3), "f8")), "load"),
    "float16": (array(data=np.zeros((4, 3), "f2")), "load"),
    "gzip": (array(data=np.zeros((4, 3), "f4"), chunks=(2, 2), compression="gzip"), "load"),
    "a group in the place of an array": (
        lambda file, folder: (removed(ARRAY)(file, folder), file.create_group(ARRAY)), "refuse"),
    "an array in the place of a group": (array("layers/dense", data=np.zeros(3)), "refuse"),
    "a type of its own": (lambda file, folder: (
        file.__delitem__("layers/dense"),
        file.__setitem__("layers/dense", np.dtype("f4"))), "refuse"),
    "NaN": (nan, "warn"),
    "infinity": (array(data=np.full((4, 3), np.inf, "f4")), "warn"),
    "numbers beyond float32": (array(data=np.full((4, 3), 1e300, "f8")), "warn"),
    "no kernel": (removed(ARRAY), "refuse"),
    "no layer": (removed("layers/dense"), "refuse"),
    "no layers": (removed("layers"), "refuse"),
    "11,000 attributes": (attributes(11_000, 1), "any"),
    "an attribute of 60 KB": (attributes(1, 60_000), "load"),
    "20,000 arrays more": (lambda file, folder: [
        file.create_group(f"layers/dense/vars/x{i}") for i in range(20_000)], "refuse"),
}  # fmt: skip

GROUP = "model_weights/first"
OLD: dict[str, tuple[Act, str]] = {
    "no configuration": (attribute("model_config", None), "refuse"),
    "a configuration that is a number": (attribute("model_config", 5), "refuse"),
    "a configuration that is an array": (attribute("model_config", np.zeros(3)), "refuse"),
    "a configuration that is no JSON": (attribute("model_config", "{"), "refuse"),
    "a deep configuration": (attribute("model_config", "[" * 10_000), "refuse"),
    "a configuration of another": (attribute("model_config", '{"class_name": "system", "module": '
                                             '"os", "config": {}}'), "refuse"),
    "a configuration of a canary": (
        attribute("model_config", '{"class_name": "Layer", "module": "torture_canary", '
                  '"config": {}, "registered_name": "torture_canary>Layer"}'), "refuse"),
    "compiled with a number": (attribute("training_config", 5), "refuse"),
    "compiled with code": (
        attribute("training_config", '{"loss": {"class_name": "function", "config": "exec"}, '
                  '"optimizer_config": {"class_name": "system", "config": {}}}'), "refuse"),
    "no names of layers": (attribute("layer_names", None, "model_weights"), "refuse"),
    "names of layers that are not there": (
        attribute("layer_names", [b"zzz"], "model_weights"), "refuse"),
    "names of layers that lead away": (
        attribute("layer_names", [b"../..", b"/"], "model_weights"), "refuse"),
    "names of layers that are numbers": (
        attribute("layer_names", np.arange(2), "model_weights"), "refuse"),
    "names of layers not in UTF-8": (
        attribute("layer_names", np.array([b"\xff\xfe", b"x"]), "model_weights"), "refuse"),
    "no names of weights": (attribute("weight_names", None, GROUP), "refuse"),
    "names of weights that are not there": (attribute("weight_names", [b"a/b"], GROUP), "refuse"),
    "names of weights that lead away": (
        attribute("weight_names", [b"/model_weights/second/small/second/kernel", b"../x"], GROUP),
        "refuse"),
    "one weight twice": (lambda file, folder: attribute(
        "weight_names", [file[GROUP].attrs["weight_names"][0]] * 2, GROUP)(file, folder),
        "refuse"),
    "weights missing": (removed("model_weights"), "refuse"),
    "a layer missing": (removed(GROUP), "refuse"),
    "an external link": (
        linked(lambda f: h5py.ExternalLink(str(f / "good.h5"), GROUP), GROUP), "refuse"),
    "a soft link": (linked(lambda f: h5py.SoftLink("/model_weights/second"), GROUP), "refuse"),
    "a circle": (lambda file, folder: file.__setitem__(
        "model_weights/first/again", file["model_weights"]), "refuse"),
    "names of weights as a group": (lambda file, folder: file.__setitem__(
        "optimizer_weights/more", np.zeros(3)), "load"),
}  # fmt: skip

_HEADS = [(0, 0), (8, 9), (13, 200), (14, 1), (40, 255), (72, 255)]
CASES = [
    *(Case(f"h5 weights: {n}", "weights", changed(act), e) for n, (act, e) in NEW.items()),
    *(Case(f"h5 model: {n}", "model", changed(act, "good.h5"), e) for n, (act, e) in OLD.items()),
    *(Case(f"h5 {good} cut at {n} %", kind, cut(good, n / 100))
      for good, kind in (("good.weights.h5", "weights"), ("good.h5", "model"))
      for n in (0, 1, 20, 50, 90, 99)),
    *(Case(f"h5 head, byte {at} is {value}", "weights", byte("good.weights.h5", at, value),
           "any" if at == 72 else "refuse")
      for at, value in _HEADS),
]  # fmt: skip

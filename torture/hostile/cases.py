"""Case: one hostile file, how it is made and what should become of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CANARY = """
import os
open(os.path.join(os.path.dirname(__file__), "ran"), "w").close()
def run(*args, **kwargs):
    open(os.path.join(os.path.dirname(__file__), "called"), "w").close()
class Layer:
    def __init__(self, **kwargs): run()
"""


@dataclass(frozen=True)
class Case:
    """A hostile file or text.

    Attributes:
        entry: the function of `entries` that takes it.
        make: (where to put it, the folder of whole files) -> the path, or the text itself.
        expect: "refuse"; "warn": refused, or read with a warning; "load": read, since harmless
            though odd; "any": one or the other.
    """

    name: str
    entry: str
    make: Callable[[Path, Path], Path | str | bytes]
    expect: str = "refuse"

    def made(self, place: Path, folder: Path) -> tuple[str, int]:
        """What the entry takes, and the bytes that it has."""
        made = self.make(place, folder)
        if isinstance(made, str | bytes):
            content = made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")
            path = place / "text"
            path.write_bytes(content)
            return str(path), len(content)
        return str(made), made.stat().st_size


def prepare(folder: Path) -> None:
    """The whole files that cases are made of, the canary that no file may wake, a secret."""
    import lamina as keras

    (folder / "torture_canary.py").write_text(CANARY, "utf-8")
    (folder / "secret.txt").write_text("one\ntwo\n", "utf-8")
    keras.utils.set_random_seed(0)
    model = small(keras)
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    model.save(folder / "good.keras")
    model.save(folder / "good.h5")
    model.save_weights(folder / "good.weights.h5")
    model.save_weights(folder / "old_weights.h5")
    i = keras.Input((4,), name="i")
    a = keras.layers.Dense(4, name="a")(i)
    functional = keras.Model(i, keras.layers.Dense(2, name="b")(keras.layers.Add(name="c")([i, a])))
    functional.save(folder / "functional.keras")
    (folder / "functional.json").write_text(functional.to_json(), "utf-8")
    (folder / "good.json").write_text(model.to_json(), "utf-8")


def small(keras: Any) -> Any:
    """The model whose files are damaged."""
    return keras.Sequential(
        [
            keras.layers.Input((4,), name="start"),
            keras.layers.Dense(3, activation="tanh", name="first"),
            keras.layers.Dense(1, name="second"),
        ],
        name="small",
    )  # fmt: skip


def members(path: Path) -> dict[str, bytes]:
    """What a zip archive holds."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, content: dict[str, bytes], **options: Any) -> Path:
    """A zip archive of these members."""
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def with_config(place: Path, folder: Path, config: str | bytes, good: str = "good") -> Path:
    """A whole model's file with another configuration."""
    data = config if isinstance(config, bytes) else config.encode("utf-8", "surrogatepass")
    return zipped(place / "m.keras", {**members(folder / f"{good}.keras"), "config.json": data})


def config_of(folder: Path, good: str = "good") -> Any:
    """The configuration of a whole file."""
    return json.loads(members(folder / f"{good}.keras")["config.json"])

"""`.keras` files: a zip archive of a configuration, weights and assets, as Keras 3 writes it."""

from __future__ import annotations

import datetime
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lamina.configurations import deserialize_keras_object, serialize_keras_object
from lamina.errors import FileError, LaminaError, UnsupportedError
from lamina.graph import budget
from lamina.layers.base import Layer
from lamina.saving.archive import Archive
from lamina.saving.hdf5 import File
from lamina.saving.json_text import read_json
from lamina.saving.limits import DEFAULT, Limits
from lamina.saving.state import saveables
from lamina.saving.weights import load_state, stores, weights_as_h5

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets"
# The Keras whose form the files have.
KERAS = "3.12.0"
# What a model may hold beside the weights in its file: sums of metrics, states of seeds.
_BESIDE = 16 << 20


def write_keras(model: Any, file: IO[bytes]) -> None:
    """Writes a model into an open file."""
    config = json.dumps(serialize_keras_object(model))
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, json.dumps({"keras_version": KERAS, "date_saved": now}))
        archive.writestr(CONFIG, config)
        archive.writestr(WEIGHTS, weights_as_h5(model))
        _write_assets(model, archive)


def _write_assets(model: Any, archive: zipfile.ZipFile) -> None:
    for path, found in saveables(model):
        if not hasattr(found, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            found.save_assets(folder)
            for asset in sorted(Path(folder).rglob("*")):
                if asset.is_file():
                    inner = asset.relative_to(folder).as_posix()
                    archive.writestr(f"{ASSETS}/{path}/{inner}", asset.read_bytes())


def read_keras(
    file: str | IO[bytes], name: str, custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True, safe_mode: bool = True, limits: Limits = DEFAULT,
) -> Any:  # fmt: skip
    """The model of a file.

    Raises: FileError, ArgumentError, UnsupportedError, before anything outside has changed.
    """
    with Archive(file, name, limits) as archive:
        config = read_json(archive.read(CONFIG, limits.config_bytes), f"{name}: {CONFIG}", limits)
        if not isinstance(config, dict):
            raise FileError(name, "describes no model", f"{config!r:.80}", "write the file anew")
        if WEIGHTS not in archive:
            raise UnsupportedError(
                name, f"has no {WEIGHTS}", f"members {archive.names()!r}"[:200],
                "write it with model.save('model.keras') in one piece",
            )  # fmt: skip
        if not compile:
            config = {key: value for key, value in config.items() if key != "compile_config"}
        with budget.at_most(archive.size(WEIGHTS) + _BESIDE, limits.layers, name):
            model = described(config, name, custom_objects, safe_mode)
        with File(archive.read(WEIGHTS), limits) as weights:
            load_state(model, stores(weights))
        _read_assets(model, archive)
    return model


def described(
    config: Mapping[str, Any], name: str, custom_objects: Mapping[str, Any] | None,
    safe_mode: bool,
) -> Any:  # fmt: skip
    """The model of a configuration from a file.

    Raises: FileError where the configuration makes none.
    """
    model = guarded(lambda: deserialize_keras_object(config, custom_objects, safe_mode), name)
    if not isinstance(model, Layer):
        raise FileError(name, "describes no model", f"{model!r:.80}", "write the file anew")
    return model


def guarded(make: Callable[[], Any], name: str) -> Any:
    """What a configuration makes.

    Raises: FileError where Python stumbles over it.
    """
    try:
        return make()
    except LaminaError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError,
            OverflowError, ZeroDivisionError) as error:  # fmt: skip
        raise FileError(
            name, "has a configuration that makes no model",
            f"{type(error).__name__}: {error}"[:300], "write the file anew",
        ) from error  # fmt: skip


def read_keras_weights(
    file: str | IO[bytes], name: str, model: Any, skip: bool, limits: Limits = DEFAULT
) -> None:
    """Gives a model the weights of a whole model's file."""
    with Archive(file, name, limits) as archive, File(archive.read(WEIGHTS), limits) as weights:
        load_state(model, stores(weights), skip)


def _read_assets(model: Any, archive: Archive) -> None:
    for path, found in saveables(model):
        start = f"{ASSETS}/{path}/"
        names = [n for n in archive.names() if n.startswith(start) and not n.endswith("/")]
        if not hasattr(found, "load_assets") or not names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                target = Path(folder).joinpath(*PurePosixPath(name[len(start) :]).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
            found.load_assets(folder)


def is_keras(head: bytes) -> bool:
    """Whether a file begins as a zip archive does."""
    return head.startswith(b"PK")

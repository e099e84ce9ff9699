"""save and load: which format a file has, and what is common to all.

A format is chosen by the ending of a name when a file is written, by its first bytes when it is
read. Names without an ending of Keras' are written as `.keras` or `.weights.h5` files, whatever
they are called; for a folder, which TensorFlow's format was, the file stands in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError, FileError, UnsupportedError
from lamina.graph import budget
from lamina.saving.atomic import replacing
from lamina.saving.hdf5 import File
from lamina.saving.json_text import read_json
from lamina.saving.limits import DEFAULT, Limits
from lamina.saving.model_files import (
    described,
    guarded,
    is_keras,
    read_keras,
    read_keras_weights,
    write_keras,
)
from lamina.saving.weights import load_state, stores, weights_as_h5

_HDF5 = b"\x89HDF\r\n\x1a\n"
_OLD = (".h5", ".hdf5")
# The files in folders.
MODEL, WEIGHTS = "saved_model.keras", "saved.weights.h5"
# Arguments of Keras 2 that change nothing that is in the file.
_HINTS = {"include_optimizer", "save_format", "signatures", "options", "save_traces"}


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Writes a whole model: its configuration, weights, `compile` and the optimizer's state.

    The file takes the place of an earlier one only when it is whole.

    Args:
        filepath: a path, or an open binary file. Names that end in ".h5" or ".hdf5" are written in
            the format of Keras 2, all others in that of ".keras".
        overwrite: False asks first, where somebody can answer, if there is a file already.
        include_optimizer: (Keras 2) False leaves out `compile` and the optimizer's state.

    Raises: OSError, FileError; UnsupportedError for zipped=False, which makes a folder.
    """
    _check_hints("save", kwargs)
    if zipped is False:
        raise UnsupportedError(
            f"{model.name}.save", "writes one file, no folder", "zipped=False", "leave it out"
        )
    if kwargs.get("include_optimizer") is False:
        with _uncompiled(model):
            save_model(model, filepath, overwrite)
        return
    if hasattr(filepath, "write"):
        write_keras(model, filepath)
        return
    path = _inside(_path(filepath, "save"), MODEL)
    if not may_write(path, overwrite):
        return
    _require_built(model, "save")
    _make_folder(path)
    with replacing(path) as file:
        if path.endswith(_OLD) or kwargs.get("save_format") == "h5":
            _legacy().write_model(model, file)
        else:
            write_keras(model, file)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    limits: Limits = DEFAULT,
    **kwargs: Any,
) -> Any:
    """The model of a file of Keras' or lamina's, of the generations 1 to 3.

    Args:
        filepath: a path, or an open binary file.
        custom_objects: name -> class or function of your own that the file names.
        compile: False leaves the model uncompiled.
        safe_mode: False runs the code of lambdas that the file holds. Do so only with files of
            people you trust.
        limits: what the file may cost; `lamina.saving.limits.Limits(bytes=1 << 36)` for more.

    Raises: FileNotFoundError; FileError for a file that is damaged, dangerous or too large;
        ArgumentError or UnsupportedError for what it names and is not known.
    """
    _check_hints("load_model", kwargs)
    file, name, head = _opened(filepath, "load_model", MODEL)
    if is_keras(head):
        return read_keras(file, name, custom_objects, compile, safe_mode, limits)
    if head.startswith(_HDF5):
        return _legacy().read_model(filepath, custom_objects, compile, safe_mode, limits)
    raise _unknown(name, "no model of Keras'")


def save_weights(
    model: Any, filepath: Any, overwrite: bool = True, max_shard_size: Any = None, **kwargs: Any
) -> None:
    """Writes the weights, and the optimizer's state, into a file.

    Args:
        filepath: a path. ".h5" and ".hdf5" without ".weights" before it is the format of Keras 2.
        max_shard_size: None: one file holds all.

    Raises: OSError, FileError, NotBuiltError; UnsupportedError for a `max_shard_size`.
    """
    _check_hints("save_weights", kwargs)
    if max_shard_size is not None:
        raise UnsupportedError(
            f"{model.name}.save_weights(max_shard_size=...)", "writes one file",
            repr(max_shard_size), "leave it out",
        )  # fmt: skip
    path = _inside(_path(filepath, "save_weights"), WEIGHTS)
    if not may_write(path, overwrite):
        return
    _require_built(model, "save_weights")
    _make_folder(path)
    with replacing(path) as file:
        if path.endswith(_OLD) and not path.endswith(".weights.h5"):
            _legacy().write_weights(model, file)
        else:
            file.write(weights_as_h5(model))


def load_weights(
    model: Any, filepath: Any, skip_mismatch: bool = False, *, by_name: bool = False,
    limits: Limits = DEFAULT, **kwargs: Any,
) -> None:  # fmt: skip
    """Gives a model the weights of a file; nothing changes unless all fit.

    Args:
        skip_mismatch: leaves out, with a warning, what does not fit.
        by_name: (files of Keras 1 and 2) matches layers by their names, not by their order.
        limits: what the file may cost.

    Raises: FileNotFoundError, FileError, ShapeError.
    """
    _check_hints("load_weights", kwargs)
    file, name, head = _opened(filepath, "load_weights", WEIGHTS)
    if is_keras(head):
        read_keras_weights(file, name, model, skip_mismatch, limits)
    elif not head.startswith(_HDF5):
        raise _unknown(name, "no weights of Keras'")
    else:
        with File(file, limits) as weights:
            old = {"layer_names", "layer_names0"} & set(weights.attrs)
            if old or "model_weights" in weights:
                _legacy().read_weights(model, weights, by_name, skip_mismatch)
            else:
                load_state(model, stores(weights), skip_mismatch)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model of a text that `to_json` wrote, with fresh weights.

    Raises: FileError for what is no such text.
    """
    if not isinstance(json_string, str | bytes):
        raise ArgumentTypeError(
            "model_from_json", "needs a text", f"{json_string!r:.60}",
            "pass what model.to_json() returned",
        )  # fmt: skip
    name = "the text of a model"
    config = read_json(json_string, name)
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileError(
            name, "describes no model", f"{config!r:.80}", "pass what model.to_json() returned"
        )
    with budget.at_most(DEFAULT.most_bytes(), DEFAULT.layers, name):
        if "module" not in config:
            return guarded(lambda: _legacy().described(config, custom_objects), name)
        return described(config, name, custom_objects, safe_mode=True)


def _legacy() -> Any:
    """The formats of Keras 1 and 2."""
    from lamina.saving import legacy_h5

    return legacy_h5


def _path(filepath: Any, where: str) -> str:
    try:
        path = os.fspath(filepath)
    except TypeError:
        path = None
    if not isinstance(path, str) or not path:
        raise ArgumentTypeError(
            where, "needs the path of a file", f"{filepath!r:.60}", "pass 'model.keras'"
        )
    return os.path.expanduser(path) if path.startswith("~") else path


def _inside(path: str, name: str) -> str:
    """The path of the file: in the folder, for one that is there or ends as one."""
    is_folder = path.endswith(("/", os.sep)) or os.path.isdir(path)
    return os.path.join(path, name) if is_folder else path


def _opened(filepath: Any, where: str, inside: str) -> tuple[Any, str, bytes]:
    """What to read from, how to call it, and its first bytes; `inside`: the file in a folder."""
    if hasattr(filepath, "read") and hasattr(filepath, "seek"):
        start = filepath.tell()
        head = filepath.read(8)
        filepath.seek(start)
        return filepath, getattr(filepath, "name", "the file"), head
    path = _path(filepath, where)
    if os.path.isfile(os.path.join(path, inside)) or path.endswith(("/", os.sep)):
        path = _inside(path, inside) if os.path.isdir(path) else path.rstrip("/" + os.sep)
    if Path(path).is_dir():
        raise UnsupportedError(
            where, "reads one file, no folder", path,
            "save the model with model.save('model.keras')",
        )  # fmt: skip
    with open(path, "rb") as file:
        return path, path, file.read(8)


def _unknown(name: str, what: str) -> FileError:
    return FileError(
        str(name), f"is {what}", "neither a zip archive nor an HDF5 file",
        "use a file that model.save() or save_weights() has written",
    )  # fmt: skip


def _check_hints(where: str, given: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - _HINTS)
    if unknown:
        raise ArgumentTypeError(
            where, "does not know these arguments", ", ".join(unknown), "leave them out"
        )


def may_write(path: str, overwrite: bool) -> bool:
    """Whether a file may be written here; asks, where somebody can answer.

    Raises: ArgumentError where nobody can, and there is a file already.
    """
    if overwrite or not os.path.exists(path):
        return True
    try:
        answer = input(f"{path} exists already. Overwrite it? [y/n] ")
    except EOFError:
        raise ArgumentError(
            "save(overwrite=False)", "finds a file of this name", path, "choose another name"
        ) from None
    return answer.strip().lower() in ("y", "yes")


def _make_folder(path: str) -> None:
    """The folder of a name in TensorFlow's manner: it has no ending of Keras', or is a folder."""
    named = os.path.splitext(path)[1] in (*_OLD, ".keras")
    if not named or os.path.basename(path) in (MODEL, WEIGHTS):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)


def _require_built(model: Any, where: str) -> None:
    layers = model._flatten_layers(include_self=False)
    # A model that only its own steps run, as a GAN does, is as built as its layers are.
    if not model.built and not (model.weights and all(layer.built for layer in layers)):
        from lamina.errors import NotBuiltError

        raise NotBuiltError(
            f"{model.name}.{where}", "has no weights yet", "a model that was not built",
            "call it on data, or build(input_shape), first",
        )  # fmt: skip


class _uncompiled:  # noqa: N801 - used as a `with` block
    """Within it a model is as it was before `compile`."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __enter__(self) -> None:
        self.before = (self.model.compiled, self.model.optimizer)
        self.model.compiled, self.model.optimizer = False, None

    def __exit__(self, *error: Any) -> None:
        self.model.compiled, self.model.optimizer = self.before

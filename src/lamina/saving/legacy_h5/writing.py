"""Writing `.h5` files: weights by layers, the configuration and `compile` as texts."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import IO, Any

import numpy as np

from lamina.configurations import serialize_keras_object
from lamina.layers.serialization import PUBLIC
from lamina.models.compile_config import compile_config
from lamina.saving.model_files import KERAS
from lamina.saving.weights import DIGEST, digest

# What an attribute of an HDF5 object may have beside others.
_LARGEST = 60_000
# This format has the names of classes, not the public ones.
_OWN = {public: name for name, public in PUBLIC.items()}


def write_weights(model: Any, file: IO[bytes]) -> None:
    """Writes the weights of a model into an open file."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as h5:
        write_layers(h5, model)
    file.write(content.getbuffer())


def write_model(model: Any, file: IO[bytes]) -> None:
    """Writes a whole model into an open file."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as h5:
        h5.attrs["keras_version"], h5.attrs["backend"] = KERAS, "jax"
        h5.attrs["model_config"] = json.dumps(_plain(serialize_keras_object(model)))
        write_layers(h5.create_group("model_weights"), model)
        config = compile_config(model)
        if config:
            optimizer = config.pop("optimizer")
            if optimizer is not None:
                config["optimizer_config"] = _plain(optimizer)
            h5.attrs["training_config"] = json.dumps(config)
        if model.compiled and model.optimizer is not None:
            group = h5.create_group("optimizer_weights")
            _write_arrays(group, [(v.path, v.numpy()) for v in model.optimizer.variables])
    file.write(content.getbuffer())


def _plain(config: Any) -> Any:
    """A configuration as this format has it: models, the layers in them and optimizers stand
    without their modules.
    """
    module = str(config.get("module") or "")
    if ".ops." in module:
        return config
    ours = module.startswith("keras")
    left = {"module", "registered_name"} if ours else set()
    found = {key: value for key, value in config.items()
             if key not in left | {"build_config", "compile_config"}}  # fmt: skip
    if ours:
        found["class_name"] = _OWN.get(found["class_name"], found["class_name"])
    inner: Any = found.get("config")
    model = module == "keras" or module.startswith("keras.src.models")
    entries = inner.get("layers") if model and isinstance(inner, Mapping) else None
    if entries and all(isinstance(e, Mapping) and "class_name" in e for e in entries):
        found["config"] = {**inner, "layers": [_plain(e) for e in entries]}
    return found


def write_layers(group: Any, model: Any) -> None:
    layers = list(model.layers)
    _set_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"], group.attrs["keras_version"] = "jax", KERAS
    for layer in layers:
        below = group.create_group(layer.name)
        _write_arrays(below, [(w.path, w.copied()) for w in _legacy_weights(layer)])
    top = group.create_group("top_level_model_weights")
    inner = {id(w) for layer in layers for w in layer.weights}
    own = [w for w in model.weights if id(w) not in inner]
    _write_arrays(top, [(w.path, w.copied()) for w in own])


def _legacy_weights(layer: Any) -> list[Any]:
    """Trained weights first, as this format has them."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _write_arrays(group: Any, arrays: Sequence[tuple[str, np.ndarray]]) -> None:
    names: list[str] = []
    for name, array in arrays:
        unique, count = name, 0
        while unique in names:
            count += 1
            unique = f"{name}_{count}"
        names.append(unique)
        group[unique] = array
        group[unique].attrs[DIGEST] = digest(np.asarray(array))
    _set_names(group, "weight_names", names)


def _set_names(group: Any, key: str, names: list[str]) -> None:
    """A list of texts as an attribute, in pieces where it is long."""
    encoded = [name.encode() for name in names]
    longest = max(map(len, encoded), default=1)
    most = max(1, _LARGEST // longest)
    if len(encoded) <= most:
        group.attrs[key] = np.array(encoded, f"S{longest}") if encoded else np.array([])
        return
    for i in range(0, len(encoded), most):
        group.attrs[f"{key}{i // most}"] = np.array(encoded[i : i + most], f"S{longest}")

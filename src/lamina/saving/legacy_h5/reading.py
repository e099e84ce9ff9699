"""Reading the weights of `.h5` files into a model, by order or by name."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.errors import FileError, ShapeError
from lamina.saving.legacy_h5.older_weights import fitted
from lamina.saving.legacy_h5.writing import _legacy_weights
from lamina.saving.weights import ReadStore, _report_nan

Plan = list[tuple[Any, np.ndarray]]


def read_weights(
    model: Any, file: Mapping[str, Any], by_name: bool = False, skip_mismatch: bool = False
) -> None:
    """Gives a model the weights of an open file; nothing changes unless all fit.

    Raises: FileError, ShapeError.
    """
    root: Any = file
    if "layer_names" not in root.attrs and "model_weights" in file:
        root = file["model_weights"]
    plan = (
        _by_name(model, root, skip_mismatch) if by_name else _by_order(model, root, skip_mismatch)
    )
    _report_nan(plan)
    for variable, array in plan:
        variable.assign(array)


def names_of(group: Any, key: str) -> list[str]:
    """The texts of an attribute, whole or in pieces.

    Raises: FileError if it has none.
    """
    pieces = [group.attrs[key]] if key in group.attrs else []
    while not len(pieces) or f"{key}{len(pieces)}" in group.attrs:
        name = f"{key}{len(pieces)}"
        if name not in group.attrs or key in group.attrs:
            break
        pieces.append(group.attrs[name])
    if not pieces:
        raise FileError(
            f"the group {group.name} of an HDF5 file", f"has no attribute {key!r}", "none",
            "use a file that Keras or lamina has written",
        )  # fmt: skip
    texts = [text for piece in pieces for text in np.asarray(piece).ravel().tolist()]
    try:
        return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in texts]
    except UnicodeDecodeError as error:
        raise FileError(
            f"the group {group.name} of an HDF5 file", f"has names in {key!r} that are no UTF-8",
            str(error), "use a file that Keras or lamina has written",
        ) from None  # fmt: skip


def arrays_of(group: Any) -> list[np.ndarray]:
    """The arrays of a layer, in their order."""
    return [_one(group, name) for name in names_of(group, "weight_names")]


def _one(group: Any, name: str) -> np.ndarray:
    path, _, last = name.rpartition("/")
    return ReadStore(group[path] if path else group, f"{group.name}/{path}")[last]


def _by_order(model: Any, root: Any, skip: bool) -> Plan:
    ours = [layer for layer in model.layers if layer.weights]
    names = [n for n in names_of(root, "layer_names") if len(names_of(root[n], "weight_names"))]
    if len(ours) != len(names):
        raise ShapeError(
            f"{model.name}.load_weights", f"has {len(ours)} layers with weights",
            f"a file with {len(names)}", "load into the model that the weights were saved from, or "
            "pass by_name=True",
        )  # fmt: skip
    plan: Plan = []
    for layer, name in zip(ours, names, strict=True):
        plan += _of_layer(layer, root, name, skip)
    return plan + _of_top(model, root)


def _by_name(model: Any, root: Any, skip: bool) -> Plan:
    known: dict[str, list[Any]] = {}
    for layer in model.layers:
        known.setdefault(layer.name, []).append(layer)
    plan: Plan = []
    for name in names_of(root, "layer_names"):
        for layer in known.get(name, ()):
            plan += _of_layer(layer, root, name, skip)
    return plan


def _of_layer(layer: Any, root: Any, name: str, skip: bool) -> Plan:
    arrays = fitted(layer, arrays_of(root[name]), root)
    weights = _legacy_weights(layer)
    try:
        return _matched(f"{type(layer).__name__} '{layer.name}'", weights, arrays)
    except ShapeError as error:
        if not skip:
            raise
        warnings.warn(f"left out: {str(error).splitlines()[0]}", stacklevel=2)
        return []


def _of_top(model: Any, root: Any) -> Plan:
    if "top_level_model_weights" not in root:
        return []
    inner = {id(w) for layer in model.layers for w in layer.weights}
    own = [w for w in model.weights if id(w) not in inner]
    return _matched(model.name, own, arrays_of(root["top_level_model_weights"]))


def _matched(where: str, weights: Sequence[Any], arrays: Sequence[np.ndarray]) -> Plan:
    wanted = [tuple(w.shape) for w in weights]
    if [a.shape for a in arrays] != wanted:
        raise ShapeError(
            where, f"has weights of the shapes {wanted}",
            f"arrays of the shapes {[a.shape for a in arrays]}"[:300],
            "load the weights into the model that they were saved from, or pass skip_mismatch=True",
        )  # fmt: skip
    return list(zip(weights, arrays, strict=True))

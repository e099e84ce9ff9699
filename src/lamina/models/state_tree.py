"""The variables of a model as nested dictionaries, by the parts of their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, StateError

FORMATS = ("backend_tensor", "numpy_array")


def groups_of(model: Any) -> dict[str, list[Any]]:
    """The variables of each branch of the tree."""
    optimizer = getattr(model, "optimizer", None)
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": [] if optimizer is None else list(optimizer.variables),
        "metrics_variables": model.metrics_variables,
    }


def get_state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """See `Model.get_state_tree`."""
    if value_format not in FORMATS:
        raise ArgumentError(
            f"{model.name}.get_state_tree(value_format=...)", f"is one of {', '.join(FORMATS)}",
            repr(value_format), "leave it out for tensors",
        )  # fmt: skip
    return {key: _nested(model, group, value_format) for key, group in groups_of(model).items()}


def _nested(model: Any, variables: Sequence[Any], value_format: str) -> dict[str, Any]:
    paths = [v.path for v in variables]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise StateError(
            f"{model.name}.get_state_tree", "needs paths that no two variables share",
            ", ".join(twice), "give the layers different names",
        )  # fmt: skip
    tree: dict[str, Any] = {}
    for variable in variables:
        *branches, leaf = variable.path.split("/")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = variable.numpy() if value_format == "numpy_array" else variable.value
    return tree


def set_state_tree(model: Any, state_tree: Mapping[str, Any]) -> None:
    """See `Model.set_state_tree`; nothing changes unless all values fit."""
    groups = groups_of(model)
    unknown = sorted(set(state_tree) - set(groups))
    if unknown:
        raise ArgumentError(
            f"{model.name}.set_state_tree", f"knows the branches {', '.join(groups)}",
            ", ".join(unknown), "pass what get_state_tree returned",
        )  # fmt: skip
    pairs = []
    for key, tree in state_tree.items():
        by_path = {variable.path: variable for variable in groups[key]}
        pairs += [(by_path[p], value) for p, value in _flat(tree) if p in by_path]
    fitting = [(variable, variable.fitting(np.asarray(value))) for variable, value in pairs]
    for variable, value in fitting:
        variable.assign(value)


def _flat(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of each leaf."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}/")
        else:
            yield f"{path}{key}", value

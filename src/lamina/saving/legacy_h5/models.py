"""Whole models of `.h5` files, and of the texts that `to_json` of Keras 1 and 2 wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.custom_objects import CustomObjectScope
from lamina.errors import FileError
from lamina.graph import budget
from lamina.layers.function_configs import code_allowed
from lamina.saving.hdf5 import File
from lamina.saving.json_text import read_json
from lamina.saving.legacy_h5.older_configs import compile_arguments, model_of
from lamina.saving.legacy_h5.reading import arrays_of, read_weights
from lamina.saving.limits import DEFAULT, Limits

# What a model may hold beside the weights in its file.
_BESIDE = 16 << 20


def described(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model of a configuration of Keras 1 or 2."""
    with CustomObjectScope(custom_objects or {}):
        return model_of(config)


def read_model(
    filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True,
    safe_mode: bool = True, limits: Limits = DEFAULT,
) -> Any:  # fmt: skip
    """The model of a file.

    Raises: FileError for a file that holds no model, or weights only.
    """
    name = str(getattr(filepath, "name", filepath))
    with File(filepath, limits) as file:
        text = file.attrs.get("model_config")
        if text is None:
            raise FileError(
                name, "holds weights, but no model", "no configuration",
                "build the model by its own code and call load_weights",
            )  # fmt: skip
        config = read_json(_text(text), f"{name}: model_config", limits)
        size = _bytes_of(file)
        with budget.at_most(size + _BESIDE, limits.layers, name):
            model = _guarded(config, name, custom_objects, safe_mode)
        read_weights(model, file)
        told = file.attrs.get("training_config")
        if compile and told is not None:
            config = read_json(_text(told), f"{name}: training_config", limits)
            _compile(model, config, custom_objects)
            _optimizer_state(model, file)
    return model


def _text(value: Any) -> bytes | str:
    return value if isinstance(value, bytes | str) else str(value)


def _bytes_of(file: Any) -> int:
    """The bytes of all arrays that the file tells of."""
    total, stack = 0, [file]
    while stack:
        for found in stack.pop().values():
            if isinstance(found, Mapping):
                stack.append(found)
            else:
                total += found.nbytes
    return total


def _guarded(
    config: Any, name: str, custom_objects: Mapping[str, Any] | None, safe_mode: bool
) -> Any:
    from lamina.configurations import names_of_lambdas
    from lamina.saving.model_files import guarded

    def make() -> Any:
        if not isinstance(config, Mapping):
            raise FileError(name, "describes no model", f"{config!r:.80}", "write the file anew")
        if safe_mode:
            return described(config, custom_objects)
        with code_allowed(names_of_lambdas()):
            return described(config, custom_objects)

    return guarded(make, name)


def _compile(model: Any, config: Any, custom_objects: Mapping[str, Any] | None) -> None:
    with CustomObjectScope(custom_objects or {}):
        model.compile(**compile_arguments(config))
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _optimizer_state(model: Any, file: Any) -> None:
    """The optimizer's variables, where the file has those of today's optimizer of this name."""
    if "optimizer_weights" not in file or model.optimizer is None:
        return
    arrays = arrays_of(file["optimizer_weights"])
    variables = model.optimizer.variables
    if [a.shape for a in arrays] == [tuple(v.shape) for v in variables]:
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        return
    _older_state(model.optimizer, arrays)


def _older_state(optimizer: Any, arrays: list[Any]) -> None:
    """Keras 2 has no learning rate among the variables, and moments by kind, not by weight."""
    if not arrays or arrays[0].shape != ():
        return
    rate = [v for v in optimizer.variables if v.path.endswith("learning_rate")]
    own = [v for v in optimizer.variables[1:] if all(v is not other for other in rate)]
    kinds = len(own) // max(1, len(optimizer._trainable_variables))
    grouped = [own[i::kinds] for i in range(kinds)] if kinds else []
    ordered = [v for group in grouped for v in group]
    if [a.shape for a in arrays[1:]] == [tuple(v.shape) for v in ordered]:
        optimizer.variables[0].assign(arrays[0])
        for variable, array in zip(ordered, arrays[1:], strict=True):
            variable.assign(array)

"""Masks: bool tensors (B, T) that say which steps count. A mask goes beside its tensor, as the
attribute `_keras_mask`, from layer to layer.

A layer whose `call` takes `mask` gets the mask of its only tensor argument; where it has several
tensor arguments, one named `x` is accompanied by `x_mask`. What `compute_mask` says goes on with
the outputs of a layer that supports masking.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import Tensor, mask_of


def kept(before: Any, after: Tensor) -> Tensor:
    """`after`, a new form of `before`, with the mask that was beside that."""
    mask = mask_of(before)
    if mask is not None and after is not before:
        after._keras_mask = mask
    return after


def filled(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The named arguments of a `call` with these parameters, the masks it takes among them."""
    given = dict(zip(names, args, strict=False)) | kwargs
    tensors = {name: value for name, value in given.items() if _holds_tensors(value)}
    alone = len(tensors) == 1
    wanted = {"mask" if alone else f"{name}_mask": value for name, value in tensors.items()}
    found = {
        name: map_structure(mask_of, value)
        for name, value in wanted.items()
        if name in names[len(args) :] and kwargs.get(name) is None
    }
    return {**kwargs, **found}


def _holds_tensors(value: Any) -> bool:
    leaves = flatten(value)
    return any(isinstance(x, Tensor) for x in leaves) and all(
        x is None or isinstance(x, Tensor) for x in leaves
    )


def arriving(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The mask that came with a call: the one it was given, else those of the first argument."""
    if kwargs.get("mask") is not None:
        return kwargs["mask"]
    first = args[0] if args else next(iter(kwargs.values()), None)
    return map_structure(mask_of, first)


def hand_on(layer: Any, inputs: Any, outputs: Any, mask: Any) -> None:
    """Puts the masks that go on beside the outputs; a layer that has no use for one says so."""
    came = any(m is not None for m in flatten(mask))
    if not layer.supports_masking:
        if came and not layer._takes("mask"):
            warnings.warn(
                f"{type(layer).__name__} '{layer.name}' was given an input with a mask, which it "
                "does not support: the layers after it do not see the mask",
                stacklevel=2,
            )
        return
    results = [y for y in flatten(outputs) if isinstance(y, Tensor)]
    if all(mask_of(y) is not None for y in results):
        return
    found = flatten(layer.compute_mask(inputs, mask))
    for output, own in zip(flatten(outputs), found, strict=False):
        if own is not None and isinstance(output, Tensor) and mask_of(output) is None:
            output._keras_mask = own

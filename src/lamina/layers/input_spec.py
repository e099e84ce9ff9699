"""InputSpec: what a layer demands of its input, checked at each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.errors import ShapeError
from lamina.graph.structure import flatten


class InputSpec:
    """Constraints on one input: dtype, shape, ndim, max_ndim, min_ndim, axes {axis: size}."""

    def __init__(
        self,
        dtype: str | None = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def get_config(self) -> dict[str, Any]:
        """The constraints, as arguments of an equal spec."""
        return {
            "dtype": self.dtype, "shape": self.shape, "ndim": self.ndim, "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim, "axes": self.axes, "optional": self.optional,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputSpec:
        """The spec that `get_config` describes."""
        return cls(**config)

    def fault(self, shape: tuple[Any, ...]) -> str | None:
        """What is wrong with a shape, or None."""
        rank = len(shape)
        if self.allow_last_axis_squeeze and self.shape is not None:
            if rank == len(self.shape) + 1 and shape[-1] == 1:
                shape = shape[:-1]
            elif rank == len(self.shape) - 1 and self.shape[-1] == 1:
                shape = (*shape, 1)
            rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"needs inputs of {self.ndim} axes"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"needs inputs of at most {self.max_ndim} axes"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"needs inputs of at least {self.min_ndim} axes"
        wanted = dict(self.axes)
        if self.shape is not None:
            wanted |= dict(enumerate(self.shape))
        for axis, size in wanted.items():
            if size is not None and shape[axis] not in (size, None):
                place = "last axis" if axis == -1 else f"axis {axis}"
                return f"needs inputs whose {place} is {size}, as when it was built"
        return None


def check_inputs(layer: Any, inputs: Any) -> None:
    """Raises: ShapeError if the inputs do not meet the layer's `input_spec`."""
    if layer.input_spec is None:
        return
    tensors = flatten(inputs)
    specs = flatten(layer.input_spec)
    if len(tensors) != len(specs):
        raise ShapeError(
            f"{type(layer).__name__} '{layer.name}'", f"needs {len(specs)} inputs",
            f"{len(tensors)} inputs", "pass a list with one tensor for each",
        )  # fmt: skip
    for tensor, spec in zip(tensors, specs, strict=True):
        fault = spec.fault(tuple(tensor.shape)) if hasattr(tensor, "shape") else None
        if fault:
            raise ShapeError(
                f"{type(layer).__name__} '{layer.name}'", fault,
                f"x of shape {tuple(tensor.shape)}",
                "give it inputs of that shape, or build a new layer for this input",
            )  # fmt: skip

"""HostLayer: a layer that works on strings, or by tables, before the graph begins.

It takes arrays, lists or strings and computes at once. In a model it can stand where its inputs
are the model's, or come from other such layers: that part runs on the host, batch after batch or
once for whole arrays (`models/host_stage.py`), and the graph begins behind it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from lamina.errors import DtypeError, TraceError
from lamina.graph import symbolic, trace
from lamina.graph.strings import STRING, StringTensor, is_text, texts
from lamina.graph.structure import flatten
from lamina.graph.tensor import KerasTensor, Tensor, Traced
from lamina.layers.base import Layer
from lamina.ops.dispatch import as_tensor


class HostLayer(Layer):
    """Base of layers whose values are computed on the host.

    Attributes:
        on_host: whether this instance needs the host.
    """

    on_host: ClassVar[bool] = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if symbolic.is_symbolic(args, kwargs):
            return super().__call__(*args, **kwargs)
        if any(isinstance(x, Traced) for x in flatten([list(args)])):
            raise TraceError(
                f"{type(self).__name__} '{self.name}'", "works on the host, not inside the graph",
                "a value of the graph", "apply it to the data, or directly to the model's inputs",
            )  # fmt: skip
        kwargs.pop("training", None)
        with trace.suspended():
            result = self.call(*args, **kwargs)
        self.built = True
        return result

    def build(self, *shapes: Any, **named: Any) -> None:
        """Nothing: there are no weights."""
        self.built = True

    def _converted(self, leaf: Any) -> Any:
        return leaf

    def _output_dtype(self) -> str:
        """The dtype of the results."""
        return "int64"

    def _spec(self, args: Any) -> Any:
        return self.compute_output_spec(*args)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """A symbolic tensor of the output's shape and dtype."""
        first = args[0]
        given = [x.shape for x in first] if isinstance(first, list | tuple) else first.shape
        return KerasTensor(tuple(self.compute_output_shape(given)), self._output_dtype())


def host_strings(value: Any, encoding: str = "utf-8") -> np.ndarray:
    """A layer's input as an array of str."""
    if isinstance(value, Tensor):
        value = np.asarray(value)
    return texts(value, encoding)


def host_integers(where: str, value: Any) -> np.ndarray:
    """A layer's input as an array of int64.

    Raises: DtypeError for strings.
    """
    if is_text(value):
        raise DtypeError(where, "takes whole numbers", "strings", "use StringLookup for strings")
    return np.asarray(value).astype("int64")


def as_result(value: np.ndarray) -> Any:
    """Strings as a `StringTensor`, numbers as an eager tensor."""
    return StringTensor(value) if value.dtype == object else as_tensor(value)


__all__ = ["STRING", "HostLayer", "as_result", "host_integers", "host_strings"]

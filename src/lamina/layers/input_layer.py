"""Input: where the data enter a model."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph.strings import STRING
from lamina.graph.symbolic import Call
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer


class InputLayer(Layer):
    """Holds the symbolic tensor that stands for the data.

    Args:
        shape: of one row; None where a size is open.
        batch_size: fixed size of the batch, default open.
        dtype: of the data as the model sees them, default floatx.
        batch_shape: shape with the batch, instead of `shape`.
        input_tensor: an existing symbolic tensor.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        text = getattr(dtype, "name", dtype) in ("string", "str", str)
        super().__init__(name=name, dtype=None if text else dtype, **kwargs)
        if text:
            # Of data that layers on the host take: the graph knows no strings.
            self._dtype = STRING
        if sparse or ragged or optional:
            raise UnsupportedError(
                f"Input '{self.name}'", "takes dense data only",
                f"sparse={sparse}, ragged={ragged}, optional={optional}", "pass dense arrays",
            )  # fmt: skip
        if input_tensor is not None:
            batch_shape = tuple(input_tensor.shape)
        elif batch_shape is None:
            if shape is None:
                raise ArgumentError(
                    f"Input '{self.name}'", "needs the shape of one row", "no shape",
                    "pass shape=(8,), for instance",
                )  # fmt: skip
            sizes = (shape,) if isinstance(shape, int) else tuple(shape)
            batch_shape = (batch_size, *sizes)
        self.batch_shape = _checked(self.name, tuple(batch_shape))
        if input_tensor is None:
            input_tensor = KerasTensor(self.batch_shape, self._dtype, name)
        self.tensor = input_tensor
        self._calls.append(Call(self, (), {}, self.tensor))
        self.built = True
        self.tensor.layer = self

    @property
    def output(self) -> KerasTensor:
        """The symbolic tensor."""
        return self.tensor

    input = output

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The data as they are."""
        return args[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            "batch_shape": self.batch_shape, "dtype": self._dtype, "sparse": False,
            "ragged": False, "name": self.name, "optional": False,
        }  # fmt: skip


def input_layer_of(tensor: KerasTensor) -> InputLayer:
    """The layer of an input tensor, made now if it has none."""
    found: InputLayer | None = tensor.layer
    return found if found is not None else InputLayer(input_tensor=tensor, name=tensor.name)


def Input(  # noqa: N802 - Keras' name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor for data of this row shape: the start of a Functional model.

    Args and errors: as `InputLayer`.
    """
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name,
    )  # fmt: skip
    return layer.output


def _checked(name: str, shape: tuple[Any, ...]) -> tuple[int | None, ...]:
    if not all(n is None or (isinstance(n, int) and n > 0) for n in shape):
        raise ArgumentError(
            f"Input '{name}'", "needs positive sizes, or None where a size is open", str(shape),
            "pass the shape of one row, for instance shape=(8,)",
        )  # fmt: skip
    return shape

"""CellLayer: an RNN of one kind of cell, with the cell's arguments as its own."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from lamina import regularizers
from lamina.errors import ArgumentError
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.rnn import RNN


def cell_options(name: str, kwargs: dict[str, Any], *extra: str) -> dict[str, Any]:
    """What the cell of a layer is given besides its own arguments; `extra` are the cell's alone."""
    found = {"name": name} | {key: kwargs[key] for key in ("dtype", "trainable") if key in kwargs}
    return found | {key: kwargs.pop(key) for key in extra if key in kwargs}


def _of_cell(name: str) -> property:
    return property(lambda self: getattr(self.cell, name))


class CellLayer(RNN):
    """Base of SimpleRNN, LSTM, GRU and ConvLSTM: `layer.units` is `layer.cell.units`."""

    cell_class: ClassVar[type[Layer]] = Layer

    def __init_subclass__(cls) -> None:
        for name in list(inspect.signature(cls.cell_class).parameters)[:-1]:
            if not hasattr(cls, name):
                setattr(cls, name, _of_cell(name))

    def __init__(self, cell: Any, *loop: Any, **kwargs: Any) -> None:
        super().__init__(cell, *loop, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def _keep_use_cudnn(self, use_cudnn: Any) -> None:
        """Keeps a hint that changes no number, and refuses what it would not be legal for."""
        if use_cudnn not in ("auto", True, False):
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", "does not know this use_cudnn",
                f"use_cudnn={use_cudnn!r}", "pass 'auto', True or False",
            )  # fmt: skip
        cell = self.cell
        fits = getattr(cell, "reset_after", True) and cell.use_bias and not self.unroll
        names = [getattr(f, "__name__", "") for f in (cell.activation, cell.recurrent_activation)]
        fits = fits and names == ["tanh", "sigmoid"] and not cell.recurrent_dropout
        if use_cudnn is True and not fits:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'",
                "asks for cuDNN (use_cudnn=True) with arguments that it cannot compute",
                f"activations {names}, use_bias={cell.use_bias}, unroll={self.unroll}, "
                f"recurrent_dropout={cell.recurrent_dropout}",
                "leave use_cudnn out: the numbers are the same",
            )  # fmt: skip
        self.use_cudnn = use_cudnn

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        config.pop("cell")
        own = self.cell.get_config()
        kept = {key: value for key, value in own.items() if key not in config}
        regularizer = regularizers.serialize(self.activity_regularizer)
        return {**config, **kept, "activity_regularizer": regularizer}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        return cls(**config)

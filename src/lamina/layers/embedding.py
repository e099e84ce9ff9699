"""Embedding: whole numbers become rows of a table."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops, regularizers
from lamina.errors import ArgumentError, DataError
from lamina.graph.tensor import Array
from lamina.layers.base import Layer
from lamina.layers.weight_options import add_weight, keep_options, options_config


class Embedding(Layer):
    """y = embeddings[x]: each whole number becomes a row of a table that is learnt.

    Shapes: x (B, ...) of whole numbers from 0 below input_dim -> y (B, ..., output_dim);
        embeddings (input_dim, output_dim).
    Start:  uniform on [-0.05, 0.05).
    Args:
        mask_zero: 0 stands for nothing: the mask that goes on is x != 0.
        weights: the first value of the table.
        input_length: the length of each row of x, for a `Sequential` that begins here; older.
    Raises: DataError for numbers outside the table, where they are seen before anything runs: in
        a call on arrays, and in `fit`, `evaluate` and `predict` of a model whose inputs they are.
        In a trace negative ones count from the end, and those beyond it give the nearest row.
    Keras:  same arguments, but `lora_rank` and quantization are not offered. On JAX, numbers
        outside the table give NaN or count from the end.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **kwargs: Any,
    ) -> None:
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ArgumentError(
                    "Embedding", f"needs a positive whole number as {name}", f"{name}={value!r}",
                    "pass Embedding(1000, 64) for 1,000 numbers and rows of 64, for instance",
                )  # fmt: skip
        super().__init__(**_with_shape(kwargs))
        self.input_dim = input_dim
        self.output_dim = output_dim
        keep_options(
            self, "embeddings", embeddings_initializer, embeddings_regularizer,
            embeddings_constraint,
        )  # fmt: skip
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        if weights is not None:
            self.build_inside((None,))
            self._built_for = []
            alone = isinstance(weights, list | tuple) and len(weights) == 1
            self.set_weights(weights if alone else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Makes the table (input_dim, output_dim)."""
        self.embeddings = add_weight(self, "embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Any) -> Any:
        """The rows of the table that the inputs name."""
        if isinstance(inputs, Array) and inputs.size:
            self.check_range(inputs.value.min(), inputs.value.max())
        if inputs.dtype not in ("int32", "int64"):
            inputs = ops.cast(inputs, "int32")
        return ops.take(self.embeddings, inputs, axis=0)

    def check_range(self, low: Any, high: Any) -> None:
        """Raises: DataError if numbers from `low` to `high` are not all rows of the table."""
        # What is no number is no row either.
        if not (low > -1 and high < self.input_dim):
            raise DataError(
                f"Embedding '{self.name}'",
                f"needs numbers from 0 to {self.input_dim - 1}, the rows of its table",
                f"numbers from {low} to {high}",
                "renumber the data, or give the layer a larger input_dim",
            )  # fmt: skip

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """x != 0 with `mask_zero`, else none."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            **options_config(self, "embeddings"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "mask_zero": self.mask_zero,
        }


def _with_shape(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments with `input_length` as the shape that it states."""
    length = kwargs.pop("input_length", None)
    if length is None:
        return kwargs
    warnings.warn(
        "Embedding(input_length=...) is an older spelling; remove it, or write Input((length,)) "
        "before the layer",
        stacklevel=3,
    )
    shape = tuple(length) if isinstance(length, list | tuple) else (length,)
    stated = {"input_shape", "batch_input_shape", "batch_shape"} & set(kwargs)
    return kwargs if stated else {**kwargs, "input_shape": shape}

"""Hashing: strings and whole numbers to buckets, without a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.strings import is_text
from lamina.layers.preprocessing import hashes
from lamina.layers.preprocessing.choosing import one_of, refuse_sparse, salt_of
from lamina.layers.preprocessing.encoding import encode_host
from lamina.layers.preprocessing.host import HostLayer, as_result, host_integers, host_strings
from lamina.layers.sizes import count_of


def integer_dtype(where: str, dtype: Any, mode: str) -> Any:
    """The dtype of results where none is given: int64 for indices, floatx for vectors.

    Raises: ArgumentError for indices in another than a whole number's dtype.
    """
    if dtype is None:
        return "int64" if mode == "int" else dtypes.floatx()
    name = dtypes.standard(dtype) if isinstance(dtype, str) else dtype
    if mode == "int" and isinstance(name, str) and name not in ("int32", "int64"):
        raise ArgumentError(
            f"{where}(dtype=...)", "is int32 or int64 with output_mode='int'", repr(dtype),
            "leave it out",
        )  # fmt: skip
    return dtype


class Hashing(HostLayer):
    """The bucket of each entry: FarmHash's fingerprint, or SipHash under `salt`, modulo num_bins.

    Shapes: "int" y as x; else (B, T) -> (B, num_bins).
    Args:
        num_bins: how many buckets.
        mask_value: falls into bucket 0, which nothing else does.
        salt: a key, one or two whole numbers.
        output_mode: "int", "one_hot", "multi_hot" or "count".
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        legal = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = one_of("Hashing", "output_mode", output_mode, legal)
        dtype = integer_dtype("Hashing", kwargs.pop("dtype", None), output_mode)
        super().__init__(dtype=dtype, **kwargs)
        refuse_sparse("Hashing", sparse)
        self.num_bins = count_of("Hashing", "num_bins", num_bins)
        self.mask_value, self.sparse = mask_value, sparse
        self.salt = salt_of("Hashing", salt)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The buckets, or their vectors."""
        if is_text(inputs):
            values = host_strings(inputs)
        else:
            values = host_integers(self.name, inputs)
        if self.output_mode == "one_hot" and values.ndim and values.shape[-1] == 1:
            values = values[..., 0]
        ids = self._buckets(values)
        if self.output_mode != "int":
            ids = encode_host(f"Hashing '{self.name}'", ids, self.output_mode, self.num_bins)
        return as_result(ids.astype(self.dtype))

    def _buckets(self, values: np.ndarray) -> np.ndarray:
        shown = values if values.dtype == object else values.astype(str).astype(object)
        if self.mask_value is None or self.num_bins == 1:
            return hashes.buckets(shown, self.num_bins, self.salt)
        found = hashes.buckets(shown, self.num_bins - 1, self.salt) + 1
        return np.where(values == self.mask_value, 0, found)

    def _output_dtype(self) -> str:
        return self.dtype

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs, or of the vectors."""
        shape = tuple(input_shape)
        return shape if self.output_mode == "int" else (*shape[:-1], self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "num_bins": self.num_bins, "salt": self.salt,
            "mask_value": self.mask_value, "output_mode": self.output_mode, "sparse": self.sparse,
        }  # fmt: skip

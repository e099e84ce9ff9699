"""HashedCrossing: features taken together, as one bucket."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DtypeError, ShapeError
from lamina.graph.strings import is_text
from lamina.layers.preprocessing import hashes
from lamina.layers.preprocessing.choosing import one_of, refuse_sparse
from lamina.layers.preprocessing.encoding import encode_host
from lamina.layers.preprocessing.hashing import integer_dtype
from lamina.layers.preprocessing.host import HostLayer, as_result, host_strings
from lamina.layers.sizes import count_of

# What fingerprints are combined with first, in Keras' crossings.
_START = 956888297470


class HashedCrossing(HostLayer):
    """The bucket of each row of two or more features.

    Shapes: inputs (), (B,) or (B, 1) each; "int" y as they; "one_hot" (B, num_bins).
    Args:
        num_bins: how many buckets.
        output_mode: "int" or "one_hot".
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        where = "HashedCrossing"
        self.output_mode = one_of(where, "output_mode", output_mode, ("int", "one_hot"))
        super().__init__(name=name, dtype=integer_dtype(where, dtype, output_mode), **kwargs)
        refuse_sparse("HashedCrossing", sparse)
        self.num_bins, self.sparse = count_of("HashedCrossing", "num_bins", num_bins), sparse
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The buckets, or their vectors."""
        where = f"HashedCrossing '{self.name}'"
        if not isinstance(inputs, list | tuple) or len(inputs) < 2:
            raise ArgumentError(
                where, "takes a list of two or more features", f"{type(inputs).__name__}",
                "call it on [first, second]",
            )  # fmt: skip
        features = [self._words(feature) for feature in inputs]
        shapes = [feature.shape for feature in features]
        if len(set(shapes)) > 1 or len(shapes[0]) > 2 or shapes[0][1:] not in ((), (1,)):
            raise ShapeError(
                where, "takes features of one shape: (), (B,) or (B, 1)", f"shapes {shapes}",
                "reshape them",
            )  # fmt: skip
        found = np.empty(shapes[0], "int64")
        for place in np.ndindex(shapes[0]):
            word = _START
            for feature in features:
                word = hashes.combined(word, int(feature[place]))
            found[place] = word % self.num_bins
        if self.output_mode == "one_hot":
            found = encode_host(where, found, "one_hot", self.num_bins)
        return as_result(found.astype(self.dtype))

    def _words(self, feature: Any) -> np.ndarray:
        """Each entry as a word of 64 bits: strings by their fingerprints."""
        if is_text(feature):
            array = host_strings(feature)
            words = [hashes.fingerprint(text.encode("utf-8")) for text in array.ravel()]
        else:
            array = np.asarray(feature)
            if array.dtype.kind not in "iub":
                raise DtypeError(
                    f"HashedCrossing '{self.name}'", "takes strings or whole numbers",
                    str(array.dtype), "use Discretization for floats",
                )  # fmt: skip
            words = [int(n) & (1 << 64) - 1 for n in array.ravel()]
        found = np.empty(len(words), object)
        found[:] = words
        return found.reshape(array.shape)

    def _output_dtype(self) -> str:
        return self.dtype

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of one feature, or of the vectors."""
        first = tuple(input_shape[0])
        if self.output_mode == "int":
            return first
        return (*(first[:-1] if first[-1:] == (1,) else first), self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            "num_bins": self.num_bins, "output_mode": self.output_mode, "sparse": self.sparse,
            "name": self.name, "dtype": self.dtype,
        }  # fmt: skip

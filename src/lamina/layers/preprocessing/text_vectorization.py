"""TextVectorization: texts to rows of indices, or to vectors of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.layers.preprocessing.adapting import batches_of
from lamina.layers.preprocessing.choosing import one_of, output_mode_of, refuse_sparse
from lamina.layers.preprocessing.host import HostLayer, as_result, host_strings
from lamina.layers.preprocessing.index_lookup import MODES, listed
from lamina.layers.preprocessing.standardizing import (
    SPLITS,
    STANDARDS,
    ngrams,
    split,
    standardized,
)
from lamina.layers.preprocessing.string_lookup import StringLookup


class TextVectorization(HostLayer):
    """Makes texts plain, splits them, joins n-grams, and looks the tokens up.

    Shapes: (B,) or (B, 1) -> "int" (B, output_sequence_length or the longest row), else (B, depth).
    Args:
        max_tokens: the largest size of the vocabulary.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a
            function of an array of str.
        split: "whitespace", "character", None, or a function of an array (B,) of str.
        ngrams: the greatest length of n-grams, or a tuple of lengths.
        output_mode: "int", "multi_hot", "count" or "tf_idf".
        output_sequence_length: rows are cut, or filled up with 0, to it.
        pad_to_max_tokens, vocabulary, idf_weights, encoding: as for `StringLookup`.
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        given = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        where = "TextVectorization"
        refuse_sparse(where, sparse, ragged)
        self._standardize = _checked(where, "standardize", standardize, STANDARDS)
        self._split = _checked(where, "split", split, SPLITS)
        self._output_mode = output_mode_of(where, output_mode, MODES)
        self._ngrams_arg, self._ngrams = ngrams, _widths(where, ngrams)
        self._encoding = encoding
        self._output_sequence_length = output_sequence_length
        self._check_length(where)
        self._lookup_layer = StringLookup(
            max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=self._output_mode, pad_to_max_tokens=pad_to_max_tokens, encoding=encoding,
            has_input_vocabulary=given, vocabulary_size=size,
        )  # fmt: skip
        self.built = True

    def _check_length(self, where: str) -> None:
        length = self._output_sequence_length
        if length is not None and (self._output_mode != "int" or not isinstance(length, int)):
            raise ArgumentError(
                f"{where}(output_sequence_length=...)",
                "is a whole number, and goes with output_mode='int' only",
                f"{length!r}, output_mode={self._output_mode!r}", "leave it out, or use 'int'",
            )  # fmt: skip

    # ── the vocabulary ──

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns the vocabulary of texts: an array, a list, or what yields batches of them.

        Args:
            batch_size: accepted; it changes no result.
            steps: how many batches are looked at.
        """
        self.reset_state()
        for batch in batches_of("TextVectorization", data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of a batch."""
        rows, _ = self._tokens(data)
        self._lookup_layer._count(rows)

    def finalize_state(self) -> None:
        """Takes what was counted as the vocabulary."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forgets what was counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens by index."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many indices there are."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary by tokens, or those of a file."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    # ── looking up ──

    def _tokens(self, inputs: Any) -> tuple[list[list[str]], tuple[int, ...]]:
        """The tokens of each text, and the axes along which the texts stand."""
        array = standardized(host_strings(inputs, self._encoding), self._standardize)
        if self._split is None:
            shape = array.shape[:-1]
            rows = [row.tolist() for row in array.reshape(-1, *array.shape[-1:])]
        else:
            if array.ndim > 1 and array.shape[-1] != 1:
                raise ShapeError(
                    f"TextVectorization '{self.name}'", "splits texts (B,) or (B, 1)",
                    f"shape {array.shape}", "pass one text a row, or split=None for tokens",
                )  # fmt: skip
            shape = array.shape[:-1] if array.ndim > 1 else array.shape
            rows = split(array.reshape(-1), self._split)
        return (rows if self._ngrams is None else ngrams(rows, self._ngrams)), shape

    def call(self, inputs: Any) -> Any:
        """The rows of indices, or the vectors."""
        rows, shape = self._tokens(inputs)
        flat = np.asarray([token for row in rows for token in row], object)
        ids = self._lookup_layer._ids(flat)
        ends = np.cumsum([len(row) for row in rows])
        parts = np.split(ids, ends[:-1]) if rows else []
        if self._output_mode != "int":
            return as_result(self._lookup_layer.encode_rows(parts).reshape(*shape, -1))
        return as_result(_padded(parts, self._output_sequence_length).reshape(*shape, -1))

    # ── as a layer ──

    def _output_dtype(self) -> str:
        return "int64" if self._output_mode == "int" else dtypes.floatx()

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, output_sequence_length) or (B, depth)."""
        shape = tuple(input_shape)
        if self._output_mode == "int":
            return (shape[0], self._output_sequence_length)
        if self._split is None:
            shape = shape if len(shape) > 1 else (*shape, 1)
        else:
            shape = (*shape, None)
        *front, depth = self._lookup_layer.compute_output_shape(shape)
        return (front[0] if front else None, depth)

    def get_build_config(self) -> dict[str, Any]:
        """Nothing: the layer is built when it is made."""
        return {}

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer; a learnt vocabulary is no argument."""
        lookup = self._lookup_layer
        return {
            **super().get_config(), "max_tokens": lookup.max_tokens,
            "standardize": self._standardize, "split": self._split, "ngrams": self._ngrams_arg,
            "output_mode": self._output_mode,
            "output_sequence_length": self._output_sequence_length,
            "pad_to_max_tokens": lookup.pad_to_max_tokens, "sparse": False, "ragged": False,
            "vocabulary": listed(lookup.input_vocabulary),
            "idf_weights": listed(lookup.input_idf_weights), "encoding": self._encoding,
            "vocabulary_size": self.vocabulary_size(),
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` describes."""
        if isinstance(config.get("ngrams"), list):
            config = {**config, "ngrams": tuple(config["ngrams"])}
        return cls(**config)

    def save_own_variables(self, store: Any) -> None:
        """Puts the weights of tokens, if any, into a store of arrays."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Takes the weights of tokens from a store."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path: Any) -> None:
        """Writes a learnt vocabulary into a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: Any) -> None:
        """Reads a learnt vocabulary from a folder."""
        self._lookup_layer.load_assets(dir_path)


def _checked(where: str, argument: str, value: Any, legal: tuple[str, ...]) -> Any:
    return value if callable(value) else one_of(where, argument, value, (*legal, None))


def _widths(where: str, given: Any) -> tuple[int, ...] | None:
    if given is None or (isinstance(given, tuple) and all(isinstance(n, int) for n in given)):
        return given
    if isinstance(given, int):
        return tuple(range(1, given + 1))
    raise ArgumentError(
        f"{where}(ngrams=...)", "needs a whole number or a tuple of them", repr(given), "pass 2"
    )


def _padded(rows: list[np.ndarray], length: int | None) -> np.ndarray:
    """Rows cut and filled up with 0 to a length, by default the greatest."""
    if length is None:
        length = max((len(row) for row in rows), default=0)
    found = np.zeros((len(rows), length), "int64")
    for place, row in zip(found, rows, strict=True):
        place[: min(length, len(row))] = row[:length]
    return found

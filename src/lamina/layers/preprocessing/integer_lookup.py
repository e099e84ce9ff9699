"""IntegerLookup: any whole numbers to indices, and back."""

from __future__ import annotations

from typing import Any

from lamina.layers.preprocessing.index_lookup import IndexLookup, checked_dtype


class IntegerLookup(IndexLookup):
    """Maps whole numbers to indices by a vocabulary.

    Shapes: "int" y as x; "one_hot" (..., depth); others (B, T) -> (B, depth).
    Args: see `IndexLookup`.
    """

    whole = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kind = checked_dtype("IntegerLookup", vocabulary_dtype, "int64")
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, kind, vocabulary, idf_weights,
            invert, output_mode, sparse, pad_to_max_tokens, oov_method, name, salt, **kwargs,
        )  # fmt: skip

"""StringLookup: strings to indices, and back."""

from __future__ import annotations

from typing import Any

from lamina.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Maps strings to indices by a vocabulary.

    Shapes: "int" y as x; "one_hot" (..., depth); others (B, T) -> (B, depth).
    Args: see `IndexLookup`; encoding: of bytes among the inputs.
    """

    whole = False

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        kwargs.pop("vocabulary_dtype", None)
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, "string", vocabulary, idf_weights,
            invert, output_mode, sparse, pad_to_max_tokens, name=name, salt=salt, **kwargs,
        )  # fmt: skip

    def _encoding(self) -> str:
        return self.encoding

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {**super().get_config(), "encoding": self._encoding()}
        del config["vocabulary_dtype"]
        return config

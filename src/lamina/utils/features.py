"""Feature and Cross: how FeatureSpace encodes one column of a table, or several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.layers.base import Layer
from lamina.layers.serialization import deserialize, serialize

# Where Keras has these classes, as its files name them.
MODULE = "keras.src.layers.preprocessing.feature_space"


class Feature:
    """A column: its dtype, the layer that prepares it, and the form in which it is encoded.

    Args:
        dtype: "float32", "int32" or "string".
        preprocessor: the layer.
        output_mode: "float" and "int" (what the layer gives) or "one_hot".

    Raises: ArgumentError, ArgumentTypeError.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        check_mode("FeatureSpace.feature", output_mode, ("int", "one_hot", "float"))
        if not isinstance(preprocessor, Layer):
            raise ArgumentTypeError(
                "FeatureSpace.feature(preprocessor=...)", "needs a layer",
                f"{preprocessor!r:.60}", "pass keras.layers.Identity() for none",
            )  # fmt: skip
        self.dtype, self.preprocessor, self.output_mode = dtype, preprocessor, output_mode

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal column."""
        layer = serialize(self.preprocessor)
        return {"dtype": self.dtype, "preprocessor": layer, "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Feature:
        """The column that `get_config` describes."""
        return cls(**{**config, "preprocessor": deserialize(config["preprocessor"])})


class Cross:
    """Columns taken together: their tuples fall into `crossing_dim` buckets by a hash.

    Args:
        feature_names: two or more.
        crossing_dim: how many buckets.
        output_mode: "one_hot" or "int".
    """

    def __init__(
        self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> None:
        check_mode("FeatureSpace.cross", output_mode, ("int", "one_hot"))
        self.feature_names = tuple(feature_names)
        self.crossing_dim, self.output_mode = crossing_dim, output_mode

    @property
    def name(self) -> str:
        """The names of the columns, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cross."""
        return {
            "feature_names": self.feature_names, "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Cross:
        """The cross that `get_config` describes."""
        return cls(**config)


def described(part: Feature | Cross) -> dict[str, Any]:
    """A column or cross as Keras' files have it."""
    name = type(part).__name__
    return {
        "module": MODULE, "class_name": name, "config": part.get_config(), "registered_name": name,
    }  # fmt: skip


def check_mode(where: str, mode: Any, legal: Sequence[str]) -> None:
    """Raises: ArgumentError for an output_mode that is not among the legal ones."""
    if mode not in legal:
        raise ArgumentError(
            f"{where}(output_mode=...)", f"is one of {', '.join(map(repr, legal))}", repr(mode),
            f"pass {legal[0]!r}",
        )  # fmt: skip

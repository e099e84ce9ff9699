"""FeatureSpace: the columns of a table, each prepared by a layer of its own, as one encoding."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lamina import layers, ops
from lamina.data import elements as el
from lamina.data.pipeline import Dataset
from lamina.errors import ArgumentError, ArgumentTypeError, DataError, StateError
from lamina.graph.strings import STRING
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer
from lamina.layers.preprocessing.index_lookup import IndexLookup
from lamina.naming import unique_name
from lamina.utils.features import Cross, Feature, check_mode, described

# A method of FeatureSpace has the builtin's name.
Number = float
# How many rows at a time are looked at where the data come row by row, as in Keras.
ROWS = 32


class FeatureSpace(Layer):
    """Encodes the columns of a table: `space.adapt(data)`, then `space({"age": ..., "city": ...})`.

    Shapes: each column (B,) or (B, 1), or a scalar for one row; y (B, width) with "concat", the
        columns and then the crosses in the order of their names; with "dict" one array for each.
    Args:
        features: name -> "float", "float_normalized", "float_rescaled", "float_discretized",
            "integer_categorical", "string_categorical", "integer_hashed", "string_hashed", or what
            the methods of these names, or `feature`, return.
        output_mode: "concat" or "dict".
        crosses: tuples of names of columns, or what `cross` returns.
        crossing_dim, hashing_dim, num_discretization_bins: sizes where a name stands for a column.

    Raises: ArgumentError for names or sizes that are not known; StateError before `adapt`, if a
        column learns from data; DtypeError for a cross of numbers that are not whole.
    Keras:  same columns, order and configuration. A `float_discretized` with given boundaries is
        one-hot encoded too.
    """

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Any = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ArgumentError(
                "FeatureSpace(features=...)", "needs columns", repr(features),
                'pass {"age": "float_normalized"}',
            )  # fmt: skip
        check_mode("FeatureSpace", output_mode, ("concat", "dict"))
        self.output_mode = output_mode
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {key: self._feature(key, kind) for key, kind in features.items()}
        self.crosses = [self._cross(cross) for cross in crosses or ()]
        self.preprocessors = {key: part.preprocessor for key, part in self.features.items()}
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.one_hot_encoders: dict[str, Any] = {}
        self.inputs = {
            key: layers.Input((1,), dtype=part.dtype, name=key)
            for key, part in self.features.items()
        }
        self.encoded_features: Any = None
        self._is_adapted = not self._learning()

    # ── kinds of columns ──

    @classmethod
    def cross(cls, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Columns taken together, in `crossing_dim` buckets."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column that a layer of one's own prepares."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        layer = layers.Identity(name=_name(name, "float"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_rescaled(
        cls, scale: Number = 1.0, offset: Number = 0.0, name: str | None = None
    ) -> Feature:
        """scale x + offset."""
        layer = layers.Rescaling(scale, offset, name=_name(name, "float_rescaled"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers with mean 0 and variance 1, learnt."""
        layer = layers.Normalization(axis=-1, name=_name(name, "float_normalized"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int | None,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The bin of each number: so many equally full ones, learnt, or between boundaries."""
        layer = layers.Discretization(
            bin_boundaries, num_bins, name=_name(name, "float_discretized")
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Whole numbers by a vocabulary that is learnt."""
        named = _name(name, "integer_categorical")
        layer = layers.IntegerLookup(max_tokens, num_oov_indices, name=named)
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Strings by a vocabulary that is learnt."""
        named = _name(name, "string_categorical")
        layer = layers.StringLookup(max_tokens, num_oov_indices, name=named)
        return Feature(STRING, layer, output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Strings in so many buckets by their hash."""
        layer = layers.Hashing(num_bins, name=_name(name, "string_hashed"))
        return Feature(STRING, layer, output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Whole numbers in so many buckets by their hash."""
        layer = layers.Hashing(num_bins, name=_name(name, "integer_hashed"))
        return Feature("int32", layer, output_mode)

    def _feature(self, key: str, kind: Any) -> Feature:
        if isinstance(kind, Feature):
            return kind
        plain = {
            "float": (), "float_normalized": (), "float_rescaled": (),
            "float_discretized": (self.num_discretization_bins,), "integer_categorical": (),
            "string_categorical": (), "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }  # fmt: skip
        if not isinstance(kind, str) or kind not in plain:
            raise ArgumentError(
                f"FeatureSpace(features={{{key!r}: ...}})", "does not know this kind of column",
                f"{kind!r:.60}", f"the kinds are {', '.join(plain)}",
            )  # fmt: skip
        found: Feature = getattr(self, kind)(*plain[kind], name=key)
        return found

    def _cross(self, given: Any) -> Cross:
        cross = given if isinstance(given, Cross) else Cross(given, self.crossing_dim)
        unknown = [key for key in cross.feature_names if key not in self.features]
        if unknown:
            raise ArgumentError(
                "FeatureSpace(crosses=...)", "needs names of columns in features",
                ", ".join(map(repr, unknown)), f"the columns are {', '.join(self.features)}",
            )  # fmt: skip
        return cross

    # ── learning ──

    def _learning(self) -> list[str]:
        """The columns whose layers learn from data."""
        return [key for key, layer in self.preprocessors.items() if _learns(layer)]

    def adapt(self, dataset: Any) -> None:
        """Lets the columns' layers learn from data.

        Args:
            dataset: a dict of arrays, or what yields such dicts, row by row or in batches, and
                can be gone through once for each column.

        Raises: ArgumentTypeError, DataError for data of another form.
        """
        data = _dataset(dataset)
        for key in self._learning():
            self.preprocessors[key].adapt(_batches(data, key))
        self._is_adapted, self.encoded_features = True, None
        self.one_hot_encoders = {}
        self.get_encoded_features()

    def _require_adapted(self) -> None:
        if not self._is_adapted:
            raise StateError(
                f"FeatureSpace '{self.name}'", "has not learnt from data yet",
                f"columns {', '.join(self._learning())}", "call adapt(dataset) first",
            )  # fmt: skip

    # ── encoding ──

    def get_inputs(self) -> dict[str, KerasTensor]:
        """The symbolic columns, from which a model begins."""
        self._require_adapted()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """The symbolic encoding of `get_inputs()`: one tensor, or a dict of them."""
        self._require_adapted()
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
            self.built = True
        return self.encoded_features

    def __call__(self, data: Any) -> Any:
        """The encoding of a dict of columns: at once, or symbolic as these."""
        self.get_encoded_features()
        if not isinstance(data, Mapping) or not set(self.features) <= set(data):
            raise ArgumentTypeError(
                f"FeatureSpace '{self.name}'", "takes a dict with all of its columns",
                f"{', '.join(data) if isinstance(data, Mapping) else type(data).__name__}"[:200],
                f"pass {{{', '.join(f'{key!r}: ...' for key in self.features)}}}",
            )  # fmt: skip
        if any(isinstance(data[key], KerasTensor) for key in self.features):
            return self._encoded(data)
        columns = {key: el.on_host(data[key]) for key in self.features}
        is_row = any(np.ndim(column) == 0 for column in columns.values())
        found = self._encoded({key: self._column(key, c) for key, c in columns.items()})
        if not is_row:
            return found
        several = found if isinstance(found, dict) else {"the encoding": found}
        if any(x.shape[0] != 1 for x in several.values()):
            raise DataError(
                f"FeatureSpace '{self.name}'", "takes scalars for all columns, or for none",
                f"shapes {[np.shape(c) for c in columns.values()]}", "pass arrays of as many rows",
            )  # fmt: skip
        rows = {key: x[0] for key, x in several.items()}
        return rows if isinstance(found, dict) else rows["the encoding"]

    def _column(self, key: str, column: np.ndarray) -> Any:
        """A column with its last axis, numbers that need not be whole as float32."""
        column = np.reshape(column, (1, 1)) if column.ndim == 0 else column
        column = column[:, None] if column.ndim == 1 else column
        if self.features[key].dtype == "float32" and column.dtype != object:
            column = column.astype("float32")
        return el.as_tensors(column)

    def _encoded(self, columns: Mapping[str, Any]) -> Any:
        found = {key: layer(columns[key]) for key, layer in sorted(self.preprocessors.items())}
        together = {
            cross.name: self.crossers[cross.name]([found[key] for key in cross.feature_names])
            for cross in sorted(self.crosses, key=lambda cross: cross.name)
        }
        modes = {key: part.output_mode for key, part in self.features.items()}
        modes |= {cross.name: cross.output_mode for cross in self.crosses}
        encoded = {
            key: self._one_hot(key, x) if modes[key] == "one_hot" else x
            for key, x in (found | together).items()
        }
        if self.output_mode == "dict":
            return encoded
        for key, x in encoded.items():
            if str(x.dtype) == STRING or str(x.dtype).startswith(("int", "uint")):
                raise ArgumentError(
                    f"FeatureSpace '{self.name}'", "concatenates numbers that are encoded",
                    f"column {key!r} of dtype {x.dtype}",
                    "give it output_mode='one_hot', or the space output_mode='dict'",
                )  # fmt: skip
        return ops.concatenate(list(encoded.values()), axis=-1)

    def _one_hot(self, key: str, ids: Any) -> Any:
        if key not in self.one_hot_encoders:
            layer = self.preprocessors.get(key) or self.crossers[key]
            depth = _categories(layer)
            if depth is None or not str(ids.dtype).startswith("int"):
                raise ArgumentError(
                    f"FeatureSpace '{self.name}'", "one-hot encodes whole numbers below a known "
                    "count", f"column {key!r}: {type(layer).__name__} gives {ids.dtype}",
                    "give it output_mode='int' or 'float'",
                )  # fmt: skip
            self.one_hot_encoders[key] = layers.CategoryEncoding(depth, output_mode="multi_hot")
        return self.one_hot_encoders[key](ids)

    # ── configurations and files ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal space, without what was learnt."""
        return {
            "features": {key: described(part) for key, part in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [described(cross) for cross in self.crosses],
            "crossing_dim": self.crossing_dim, "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureSpace:
        """The space that `get_config` describes."""
        parts = config["features"].items()
        features = {key: Feature.from_config(part["config"]) for key, part in parts}
        crosses = [Cross.from_config(cross["config"]) for cross in config.get("crosses") or ()]
        return cls(**{**config, "features": features, "crosses": crosses})

    def get_build_config(self) -> dict[str, Any] | None:
        """For which shapes the columns' layers were built; None before `adapt`."""
        if not self._is_adapted:
            return None
        return {key: layer.get_build_config() for key, layer in self.preprocessors.items()}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Builds the columns' layers; what they learnt is then read from a file."""
        for key, found in config.items():
            if found and not self.preprocessors[key].built:
                self.preprocessors[key].build_from_config(found)
        self._is_adapted = True

    def save(self, filepath: Any) -> None:
        """Writes the space, with what was learnt, into a `.keras` file for `load_model`."""
        from lamina.saving.files import save_model

        self.get_encoded_features()
        save_model(self, filepath)


def _name(name: str | None, kind: str) -> str:
    return f"{name or unique_name(kind)}_preprocessor"


def _learns(layer: Any) -> bool:
    """Whether a layer has something to learn: nothing was given."""
    if isinstance(layer, layers.Normalization):
        return layer.input_mean is None
    if isinstance(layer, layers.Discretization):
        return layer.num_bins is not None
    if isinstance(layer, IndexLookup | layers.TextVectorization):
        return not layer._has_input_vocabulary
    return hasattr(layer, "adapt")


def _categories(layer: Any) -> int | None:
    """How many whole numbers a layer gives; None if that is not known."""
    if isinstance(layer, IndexLookup):
        return layer.vocabulary_size()
    if isinstance(layer, layers.Discretization):
        bounds = layer.bin_boundaries
        return layer.num_bins if bounds is None else len(bounds) + 1
    if isinstance(layer, layers.HashedCrossing | layers.Hashing):
        return layer.num_bins
    return layer.num_tokens if isinstance(layer, layers.CategoryEncoding) else None


def _dataset(data: Any) -> Dataset:
    """Data as something that can be gone through again and again."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, Mapping):
        return Dataset.from_tensor_slices(dict(data))
    again = hasattr(data, "__iter__") and iter(data) is not data
    if isinstance(data, Sequence) or not again or hasattr(data, "shape"):
        raise ArgumentTypeError(
            "FeatureSpace.adapt", "needs a dict of arrays or a dataset of dicts",
            f"{type(data).__name__}", 'pass {"age": [...], "city": [...]}',
        )  # fmt: skip
    return Dataset.from_generator(lambda: data)


def _batches(data: Dataset, key: str) -> Iterator[Any]:
    """One column, batch by batch, with a last axis."""
    column: Iterator[Any] = (_of(element, key) for element in data.host_elements())
    first = next(column, None)
    if first is None:
        return
    column = itertools.chain([first], column)
    if np.ndim(first) == 0:
        while rows := list(itertools.islice(column, ROWS)):
            yield np.stack(rows)[:, None]
    else:
        yield from (batch[:, None] if np.ndim(batch) == 1 else batch for batch in column)


def _of(element: Any, key: str) -> Any:
    if not isinstance(element, Mapping) or key not in element:
        raise DataError(
            "FeatureSpace.adapt", f"needs dicts with the column {key!r}",
            f"{', '.join(element) if isinstance(element, Mapping) else type(element).__name__}"[
                :200
            ], "take the targets off first: dataset.map(lambda x, y: x)",
        )  # fmt: skip
    return np.asarray(element[key])

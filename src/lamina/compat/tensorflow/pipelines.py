"""`tf.data`: lamina's pipelines under TensorFlow's names."""

from __future__ import annotations

import csv
import glob
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.compat.tensorflow.environment import Config
from lamina.data import pipeline
from lamina.data.pipeline import AUTOTUNE as AUTOTUNE
from lamina.data.pipeline import Dataset as Dataset
from lamina.data.pipeline import OnePass as OnePass
from lamina.errors import ArgumentError
from lamina.graph.strings import texts

INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = pipeline.INFINITE, pipeline.UNKNOWN


class Options(Config):
    """Options of a pipeline: none changes an element."""


class AutoShardPolicy:
    """How machines share files: lamina runs on one."""

    OFF, AUTO, FILE, DATA, HINT = -1, 0, 1, 2, 3


class TextLineDataset(Dataset):
    """The lines of files, without their ends, as strings."""

    def __init__(self, filenames: Any, compression_type: Any = None, **hints: Any) -> None:
        if compression_type:
            raise ArgumentError(
                "tf.data.TextLineDataset", "reads plain files", f"{compression_type=}",
                "unpack the file first",
            )  # fmt: skip
        super().__init__(pipeline.text_lines(filenames).host_elements)


def cardinality(dataset: Dataset) -> Any:
    """How many elements there are, -1 without end, -2 if that is not known."""
    return dataset.cardinality()


def assert_cardinality(expected_cardinality: Any) -> Callable[[Dataset], Dataset]:
    """A transformation: the data set has so many elements."""
    return lambda dataset: Dataset(dataset.host_elements, int(expected_cardinality))


def unbatch() -> Callable[[Dataset], Dataset]:
    """A transformation: rows as elements."""
    return Dataset.unbatch


def prefetch_to_device(device: Any, buffer_size: Any = None) -> Callable[[Dataset], Dataset]:
    """A transformation that changes nothing."""
    return lambda dataset: dataset


def ignore_errors(log_warning: bool = False) -> Callable[[Dataset], Dataset]:
    """A transformation that is refused: errors are shown."""
    return Dataset.ignore_errors


def shuffle_and_repeat(
    buffer_size: Any, count: Any = None, seed: Any = None
) -> Callable[[Dataset], Dataset]:
    """A transformation: `shuffle`, then `repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def enumerate_dataset(start: Any = 0) -> Callable[[Dataset], Dataset]:
    """A transformation: (number, element)."""
    return lambda dataset: dataset.enumerate(start)


def map_and_batch(
    map_func: Any,
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Callable[[Dataset], Dataset]:
    """A transformation: `map`, then `batch`."""
    return lambda dataset: dataset.map(map_func).batch(batch_size, drop_remainder)


def bucket_by_sequence_length(*args: Any, **kwargs: Any) -> Callable[[Dataset], Dataset]:
    """A transformation: `Dataset.bucket_by_sequence_length`."""
    return lambda dataset: dataset.bucket_by_sequence_length(*args, **kwargs)


def Counter(start: int = 0, step: int = 1, dtype: Any = "int64") -> Dataset:  # noqa: N802
    """start, start + step, ... without end."""
    return Dataset.range(start, 2**62, step, output_type=dtype)


choose_from_datasets = Dataset.choose_from_datasets
sample_from_datasets = Dataset.sample_from_datasets


def get_next_as_optional(iterator: Any) -> Any:
    """The next element, None at the end."""
    return next(iterator, None)


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Any = None,
    column_defaults: Any = None,
    label_name: str | None = None,
    select_columns: Any = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: Any = None,
    **hints: Any,
) -> Dataset:
    """Batches of the rows of tables: a dict of columns, and the label's column if it is named."""
    paths = sorted({p for some in texts(file_pattern).reshape(-1) for p in glob.glob(some)})
    rows, names = [], list(column_names) if column_names is not None else None
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file, delimiter=field_delim))
        names = lines[0] if names is None else names
        rows += lines[1:] if header else lines
    if names is None:
        raise ArgumentError(
            "make_csv_dataset", "matches no file", repr(file_pattern), "check the pattern"
        )
    columns: dict[str, Any] = {
        name: _column([na_value if i >= len(row) else row[i] for row in rows], na_value)
        for i, name in enumerate(names)
        if select_columns is None or name in select_columns
    }
    label = columns.pop(label_name) if label_name is not None else None
    found = Dataset.from_tensor_slices(columns if label is None else (columns, label))
    if shuffle:
        found = found.shuffle(shuffle_buffer_size, shuffle_seed)
    return found.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)


def _column(fields: list[str], missing: str) -> np.ndarray:
    """A column as int32, float32 or strings; what is missing is 0 or the empty string."""
    given = [("0" if f in ("", missing) else f) for f in fields]
    for kind in ("int32", "float32"):
        try:
            return np.asarray(given, "int64" if kind == "int32" else "float64").astype(kind)
        except ValueError:
            continue
    return texts(np.asarray(fields, object))

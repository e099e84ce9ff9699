"""Batches of changed pictures, by number or one after another: the base, and those of arrays."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator as Iterating
from typing import Any

import numpy as np

from lamina.data.py_dataset import PyDataset
from lamina.errors import ArgumentError, DataError, ShapeError, UnsupportedError
from lamina.graph.data_format import standard_data_format
from lamina.graph.dtypes import floatx
from lamina.preprocessing.batched import check_batch_size
from lamina.preprocessing.image.pictures import array_to_img

SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """Batches of `n` samples, again and again; `len()` of them are one pass.

    Draws by NumPy's own stream; with a `seed` that is seeded anew for each batch, as in Keras. The
    batches of `next` and by number are Keras' for equal seeds; in `fit` Keras looks at the first
    batch once more, so that there the draws differ.

    Args:
        n: how many samples there are.
        batch_size, shuffle: how many a batch, and whether each pass has another order.
        seed: makes the draws repeatable.
        kwargs: as for `PyDataset`.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(
        self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_batch_size(type(self).__name__, batch_size)
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None
        self.index_generator = self._flow_index()

    def __len__(self) -> int:
        """How many batches a pass has."""
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx: int) -> Any:
        """The batch of this number.

        Raises: ArgumentError if it is negative or there are not so many.
        """
        if not 0 <= idx < len(self):
            raise ArgumentError(
                type(self).__name__, f"has {len(self)} batches", f"number {idx}",
                "ask for one from 0 to below that",
            )  # fmt: skip
        self._seed_batch()
        self.total_batches_seen += 1
        order = self._order()
        return self._batch(order[self.batch_size * idx : self.batch_size * (idx + 1)])

    def __iter__(self) -> Iterating[Any]:
        return self

    def __next__(self) -> Any:
        with self.lock:
            numbers = next(self.index_generator)
        return self._batch(numbers)

    next = __next__

    def on_epoch_end(self) -> None:
        """The next pass has another order, if `shuffle`."""
        self._set_index_array()

    def reset(self) -> None:
        """`next` goes on with the first batch."""
        self.batch_index = 0

    def _batch(self, numbers: np.ndarray) -> Any:
        """The batch of these samples; derived classes say what it is."""
        return self._get_batches_of_transformed_samples(numbers)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        """The name under which classes derived from Keras' own define it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what its batches are",
            f"samples {index_array[:3]}...", "define _get_batches_of_transformed_samples(self, i)",
        )  # fmt: skip

    def _seed_batch(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def _order(self) -> np.ndarray:
        if self.index_array is None:
            self._set_index_array()
        assert self.index_array is not None
        return self.index_array

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _flow_index(self) -> Iterating[np.ndarray]:
        self.reset()
        while True:
            self._seed_batch()
            if self.batch_index == 0:
                self._set_index_array()
            start = (self.batch_index * self.batch_size) % max(self.n, 1)
            more = self.n > start + self.batch_size
            self.batch_index = self.batch_index + 1 if more else 0
            self.total_batches_seen += 1
            yield self._order()[start : start + self.batch_size]


def changed(generator: Any, x: np.ndarray) -> np.ndarray:
    """One picture as an `ImageDataGenerator` draws its changes; x itself may be changed."""
    x = generator.apply_transform(x, generator.get_random_transform(x.shape))
    found: np.ndarray = generator.standardize(x)
    return found


class Saving:
    """Where changed pictures are written to, for who wants to see them.

    Args: as those of `flow` that begin with `save_`; `spread` is how many names there are.
    """

    def __init__(self, folder: Any, prefix: str, file_format: str, spread: int) -> None:
        self.folder, self.prefix, self.format, self.spread = folder, prefix, file_format, spread

    def __call__(self, images: np.ndarray, numbers: np.ndarray, data_format: str) -> None:
        """Writes a batch; nothing without a folder."""
        if not self.folder:
            return
        for image, number in zip(images, numbers, strict=True):
            name = f"{self.prefix}_{number}_{np.random.randint(self.spread)}.{self.format}"
            array_to_img(image, data_format, scale=True).save(os.path.join(self.folder, name))


class NumpyArrayIterator(Iterator):
    """Batches of changed pictures of an array; see `ImageDataGenerator.flow`."""

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        self.dtype = dtype or floatx()
        self.data_format = standard_data_format("flow", data_format)
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self._save = Saving(save_to_dir, save_prefix, save_format, 10_000)
        x, others = _images_and_others(x)
        labels = None if y is None else np.asarray(y)
        weights = None if sample_weight is None else np.asarray(sample_weight)
        _check_rows(x, others, labels, weights)
        if subset is not None:
            part = _part(len(x), subset, image_data_generator.validation_split)
            if labels is not None and not ignore_class_split:
                _check_classes(labels, part)
            x, others = x[part], [other[part] for other in others]
            labels = None if labels is None else labels[part]
            weights = None if weights is None else weights[part]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc, self.y, self.sample_weight = others, labels, weights
        check_pictures("flow", self.x, self.data_format)
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        images = np.zeros((len(index_array), *self.x.shape[1:]), self.dtype)
        for place, number in enumerate(index_array):
            images[place] = changed(self.image_data_generator, self.x[number].copy())
        self._save(images, index_array, self.data_format)
        others = [other[index_array] for other in self.x_misc]
        batch: tuple[Any, ...] = ([images, *others] if others else images,)
        if self.y is None:
            return batch[0]
        batch += (self.y[index_array],)
        return batch if self.sample_weight is None else (*batch, self.sample_weight[index_array])


def _images_and_others(x: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """The pictures, and the arrays that go with them: x, or (x, other), or (x, [others])."""
    if not isinstance(x, tuple | list):
        return np.asarray(x), []
    several = isinstance(x[1], list) and all(hasattr(other, "__len__") for other in x[1])
    others = x[1] if several else [x[1]]
    return np.asarray(x[0]), [np.asarray(other) for other in others]


def _check_rows(x: np.ndarray, others: list[np.ndarray], y: Any, weights: Any) -> None:
    counts = {"x": len(x)} | {f"x[1][{i}]": len(other) for i, other in enumerate(others)}
    counts |= {} if y is None else {"y": len(y)}
    counts |= {} if weights is None else {"sample_weight": len(weights)}
    if len(set(counts.values())) > 1:
        raise DataError(
            "ImageDataGenerator.flow", "needs as many rows in each array",
            ", ".join(f"{name} with {count}" for name, count in counts.items()),
            "pass arrays whose first axes agree",
        )  # fmt: skip


def split_of(where: str, subset: str, validation_split: float) -> tuple[float, float]:
    """The share of the samples that a subset has: validation is the first part.

    Raises: ArgumentError for another subset.
    """
    if subset not in SUBSETS:
        raise ArgumentError(
            f"{where}(subset=...)", "knows training and validation", repr(subset),
            "pass 'training' or 'validation'",
        )  # fmt: skip
    split = validation_split or 0.0
    return (0, split) if subset == "validation" else (split, 1)


def _part(rows: int, subset: str, validation_split: float) -> slice:
    start, stop = split_of("ImageDataGenerator.flow", subset, validation_split)
    return slice(int(start * rows), int(stop * rows))


def _check_classes(labels: np.ndarray, part: slice) -> None:
    split = part.stop if part.start == 0 else part.start
    if not np.array_equal(np.unique(labels[:split]), np.unique(labels[split:])):
        raise DataError(
            "ImageDataGenerator.flow(subset=...)", "needs the same classes on both sides",
            f"{len(np.unique(labels[:split]))} classes for validation, "
            f"{len(np.unique(labels[split:]))} for training",
            "shuffle the rows first, or pass ignore_class_split=True",
        )  # fmt: skip


def check_pictures(where: str, x: np.ndarray, data_format: str) -> None:
    """Warns of an odd number of channels.

    Raises: ShapeError for anything but a batch of pictures.
    """
    if x.ndim != 4:
        raise ShapeError(
            f"ImageDataGenerator.{where}", "needs a batch of pictures", f"an array {x.shape}",
            "pass (rows, height, width, channels)",
        )  # fmt: skip
    axis = 3 if data_format == "channels_last" else 1
    if x.shape[axis] not in (1, 3, 4):
        warnings.warn(
            f"ImageDataGenerator.{where}: pictures of shape {x.shape} have {x.shape[axis]} "
            f"channels on axis {axis}, as data_format='{data_format}' says; 1, 3 or 4 are usual",
            stacklevel=4,
        )

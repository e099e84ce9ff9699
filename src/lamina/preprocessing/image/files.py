"""Batches of changed pictures that are read from files: of folders, and of a table of names."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from lamina.callbacks.progress import say
from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.dtypes import floatx
from lamina.preprocessing.folders import sorted_files
from lamina.preprocessing.image.iterators import Iterator, Saving, changed, split_of
from lamina.preprocessing.image.pictures import check_color_mode, img_to_array, load_img


class FilesIterator(Iterator):
    """What folders and tables have in common: reading, changing, labelling.

    Attributes:
        filenames, filepaths, samples: the files, and how many.
        class_mode: what the labels of a batch are, see `labels_of`.
        class_indices, classes: the number of each class, and the class of each file.
    """

    allowed_class_modes: tuple[str | None, ...] = ("categorical", "binary", "sparse", "input", None)
    filenames: list[str]
    filepaths: list[str]
    labels: Any
    sample_weight: Any = None
    class_indices: dict[str, int]

    def _read_as(
        self, generator: Any, target_size: Any, color_mode: str, data_format: str | None,
        saving: tuple[Any, str, str], subset: str | None, interpolation: str,
        keep_aspect_ratio: bool, class_mode: str | None, dtype: Any,
    ) -> None:  # fmt: skip
        """Keeps how files are read and labelled, checked."""
        where = type(self).__name__
        channels = check_color_mode(where, color_mode)
        if class_mode not in self.allowed_class_modes:
            raise ArgumentError(
                f"{where}(class_mode=...)", "does not know this one", repr(class_mode),
                f"use one of {', '.join(map(repr, self.allowed_class_modes))}",
            )  # fmt: skip
        self.image_data_generator, self.color_mode, self.dtype = generator, color_mode, dtype
        self.data_format = standard_data_format(where, data_format)
        self.target_size: tuple[int, ...] = tuple(target_size)
        first = self.data_format == "channels_first"
        size = self.target_size
        self.image_shape = (channels, *size) if first else (*size, channels)
        self.save_to_dir, self.save_prefix, self.save_format = saving
        self._save = Saving(*saving, spread=10_000_000)
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.class_mode, self.subset = class_mode, subset
        self.split = subset and split_of(where, subset, generator.validation_split)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        images = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for place, number in enumerate(index_array):
            img = load_img(
                self.filepaths[number], self.color_mode, self.target_size,  # type: ignore[arg-type]
                self.interpolation, self.keep_aspect_ratio,
            )  # fmt: skip
            x = img_to_array(img, self.data_format)
            img.close()
            generator = self.image_data_generator
            images[place] = changed(generator, x) if generator else x
        self._save(images, index_array, self.data_format)
        if self.class_mode is None:
            return images
        labels = self._labels_of(images, index_array)
        weights = self.sample_weight
        return (images, labels) if weights is None else (images, labels, weights[index_array])

    def _labels_of(self, images: np.ndarray, numbers: np.ndarray) -> Any:
        """The labels of a batch: class numbers ("binary", "sparse"), one-hot ("categorical"), the
        pictures themselves ("input"), or what the table says ("raw", "multi_output").
        """
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode == "multi_output":
            return [values[numbers] for values in self.labels]
        if self.class_mode == "raw":
            return self.labels[numbers]
        if self.class_mode != "categorical":
            return np.array([self.labels[number] for number in numbers], self.dtype)
        labels = np.zeros((len(numbers), len(self.class_indices)), self.dtype)
        for row, number in zip(labels, numbers, strict=True):
            row[self.labels[number]] = 1
        return labels


class DirectoryIterator(FilesIterator):
    """Batches of a folder with a folder a class; see `ImageDataGenerator.flow_from_directory`."""

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ) -> None:
        self._read_as(
            image_data_generator, target_size, color_mode, data_format,
            (save_to_dir, save_prefix, save_format), subset, interpolation, keep_aspect_ratio,
            class_mode, dtype or floatx(),
        )  # fmt: skip
        self.directory, self._follow_links = directory, follow_links
        names = list(classes or _folders(directory))
        self.num_classes = len(names)
        self.class_indices = {name: i for i, name in enumerate(names)}
        self.filenames, found = [], []
        for name in names:
            files = list(self._files(os.path.join(directory, name)))
            self.filenames += [os.path.join(name, file) for file in files]
            found += [self.class_indices[name]] * len(files)
        self.classes = self.labels = np.array(found, "int32")
        self.filepaths = [os.path.join(directory, name) for name in self.filenames]
        self.samples = len(self.filenames)
        say(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files(self, folder: str) -> list[str]:
        files = sorted_files(folder, self.white_list_formats, self._follow_links)
        names = [os.path.relpath(os.path.join(root, name), folder) for root, name in files]
        start, stop = self.split or (0, 1)
        return names[int(start * len(names)) : int(stop * len(names))]


def _folders(directory: Any) -> list[str]:
    return sorted(
        name for name in os.listdir(directory) if os.path.isdir(os.path.join(directory, name))
    )


class DataFrameIterator(FilesIterator):
    """Batches of the files that a table names; see `ImageDataGenerator.flow_from_dataframe`."""

    allowed_class_modes = (
        "binary", "categorical", "input", "multi_output", "raw", "sparse", None,
    )  # fmt: skip

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
    ) -> None:
        self._read_as(
            image_data_generator, target_size, color_mode, data_format,
            (save_to_dir, save_prefix, save_format), subset, interpolation, keep_aspect_ratio,
            class_mode, dtype,
        )  # fmt: skip
        self.directory = directory or ""
        names = self._names(dataframe, x_col)
        kept = np.arange(len(names))
        if validate_filenames:
            kept = self._readable(names, x_col)
        if self._has_classes:
            kept = self._classify(dataframe[y_col], y_col, classes, kept)
        elif classes:
            warnings.warn(f"classes= says nothing with class_mode={class_mode!r}", stacklevel=3)
        start, stop = self.split or (0, 1)
        kept = kept[int(start * len(kept)) : int(stop * len(kept))]
        self._keep(dataframe, names, kept, y_col, weight_col)
        told = f"{'validated' if validate_filenames else 'non-validated'} image filenames"
        more = f" belonging to {len(self.class_indices)} classes" if self._has_classes else ""
        say(f"Found {self.samples} {told}{more}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def _has_classes(self) -> bool:
        return self.class_mode in ("binary", "categorical", "sparse")

    def _names(self, dataframe: Any, x_col: str) -> list[str]:
        names = list(dataframe[x_col])
        odd = next((name for name in names if not isinstance(name, str)), None)
        if odd is not None:
            raise ArgumentTypeError(
                "flow_from_dataframe(x_col=...)", "needs a column of file names",
                f"{odd!r} in column {x_col!r}", "make the names texts",
            )  # fmt: skip
        return names

    def _readable(self, names: list[str], x_col: str) -> np.ndarray:
        paths = [os.path.join(self.directory, name) for name in names]
        endings = self.white_list_formats
        found = [path.lower().endswith(endings) and os.path.isfile(path) for path in paths]
        if not all(found):
            warnings.warn(
                f"{found.count(False)} names in column {x_col!r} are no picture's: left out",
                stacklevel=4,
            )
        return np.flatnonzero(found)

    def _classify(self, column: Any, y_col: Any, classes: Any, kept: np.ndarray) -> np.ndarray:
        """Numbers the classes, and keeps the rows that have any."""
        labels = [[label] if isinstance(label, str) else label for label in column]
        plain = list | tuple if self.class_mode == "categorical" else ()
        for given, label in zip(column, labels, strict=True):
            if not (isinstance(given, str) or (isinstance(label, plain) and label is given)):
                raise ArgumentTypeError(
                    f"flow_from_dataframe(class_mode={self.class_mode!r})",
                    "needs texts" + (", or lists of texts, as labels" if plain else " as labels"),
                    f"{given!r} in column {y_col!r}", "convert the column: frame[col].astype(str)",
                )  # fmt: skip
        used = {name for row in kept for name in labels[row]}
        names = list(dict.fromkeys(classes)) if classes else sorted(used)
        if self.class_mode == "binary" and len(names) != 2:
            raise ArgumentError(
                "flow_from_dataframe(class_mode='binary')", "needs two classes",
                f"{len(names)} of them", "use class_mode='sparse' or 'categorical'",
            )  # fmt: skip
        self.class_indices = {name: i for i, name in enumerate(names)}
        known = [[self.class_indices[n] for n in ns if n in self.class_indices] for ns in labels]
        single = [isinstance(given, str) for given in column]
        self._numbers = [ns[0] if one and ns else ns for one, ns in zip(single, known, strict=True)]
        return np.array([row for row in kept if known[row]], "int64")

    def _keep(
        self, frame: Any, names: list[str], kept: np.ndarray, y_col: Any, weight_col: str | None
    ) -> None:
        self.filenames = [names[row] for row in kept]
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.samples = len(kept)
        if self._has_classes:
            self.classes = self.labels = [self._numbers[row] for row in kept]
        elif self.class_mode == "multi_output":
            if not isinstance(y_col, list):
                raise ArgumentTypeError(
                    "flow_from_dataframe(class_mode='multi_output')", "needs a list of columns",
                    f"y_col={y_col!r}", "pass y_col=['a', 'b']",
                )  # fmt: skip
            self.labels = [np.array(list(frame[column]))[kept] for column in y_col]
        elif self.class_mode == "raw":
            self.labels = np.asarray(frame[y_col])[kept]
        if weight_col:
            self.sample_weight = self._weights(frame, weight_col)[kept]

    def _weights(self, frame: Any, weight_col: str) -> np.ndarray:
        weights = np.asarray(frame[weight_col])
        if weights.dtype.kind not in "iuf":
            raise ArgumentTypeError(
                "flow_from_dataframe(weight_col=...)", "needs a column of numbers",
                f"column {weight_col!r} of dtype {weights.dtype}", "convert it",
            )  # fmt: skip
        return weights

"""The files of a folder and their classes, dealt out for training and validation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.callbacks.progress import say
from lamina.errors import ArgumentError, DataError
from lamina.preprocessing.batched import BatchedDataset

LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)
FORMATS = ("tf", "grain")

# Makes the inputs of a batch from the paths of its files.
Read = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class Files:
    """Paths, their labels as class numbers (None without), and the names of the classes."""

    paths: list[str]
    labels: list[int] | None
    class_names: list[str] | None

    def part(self, start: int, stop: int) -> Files:
        """The files from start to stop."""
        labels = None if self.labels is None else self.labels[start:stop]
        return Files(self.paths[start:stop], labels, self.class_names)

    def shuffled(self, seed: int) -> Files:
        """In another order: NumPy's of this seed, as Keras'."""
        order = np.arange(len(self.paths))
        np.random.RandomState(seed).shuffle(order)
        labels = None if self.labels is None else [self.labels[i] for i in order]
        return Files([self.paths[i] for i in order], labels, self.class_names)


@dataclass(frozen=True)
class Selection:
    """The arguments that data sets of folders share; see `image_dataset_from_directory`."""

    where: str
    directory: Any
    labels: Any
    label_mode: str | None
    class_names: Any
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    format: str
    verbose: bool

    def check(self) -> None:
        """Raises: ArgumentError for what does not exist or does not go together."""
        self._one_of("label_mode", self.label_mode, LABEL_MODES)
        self._one_of("subset", self.subset, SUBSETS)
        self._one_of("format", self.format, FORMATS)
        listed = isinstance(self.labels, list | tuple | np.ndarray)
        if not listed and self.labels not in ("inferred", None):
            raise self._wrong(
                "labels", "needs 'inferred', None or a list of class numbers", repr(self.labels),
                "leave it out: then each folder is a class",
            )  # fmt: skip
        if self.class_names and (listed or self.labels is None):
            raise self._wrong(
                "class_names", "names folders: it goes with labels='inferred' only",
                f"labels={self.labels!r:.40}", "leave out one of the two",
            )  # fmt: skip
        split = self.validation_split
        if split and not 0 < split < 1:
            raise self._wrong("validation_split", "needs a share between 0 and 1", repr(split),
                              "pass 0.2 for a fifth")  # fmt: skip
        if bool(split) != bool(self.subset):
            raise self._wrong(
                "validation_split", "goes with subset", f"{split!r}, subset={self.subset!r}",
                "pass both or neither",
            )  # fmt: skip
        if split and self.shuffle and self.seed is None:
            raise self._wrong(
                "seed", "is needed to shuffle and split: else the two parts would overlap", "None",
                "pass seed=..., the same for both parts",
            )  # fmt: skip

    def datasets(self, endings: tuple[str, ...], read: Read) -> Any:
        """The data set of all files with these endings, or of its part, or of both parts."""
        self.check()
        seed = int(np.random.randint(1_000_000)) if self.seed is None else self.seed
        found = self._found(endings)
        if self.label_mode == "binary" and found.labels and len(found.class_names or ()) != 2:
            raise self._wrong(
                "label_mode", "'binary' needs two classes", f"{found.class_names}",
                "pass label_mode='int' or 'categorical'",
            )  # fmt: skip
        files = found.shuffled(seed) if self.shuffle else found
        count = len(files.paths)
        first = count - int((self.validation_split or 0) * count)
        parts = {None: (0, count), "training": (0, first), "validation": (first, count)}
        names = ("training", "validation") if self.subset == "both" else (self.subset,)
        made = []
        for name in names:
            part = files.part(*parts[name])
            if name and self.verbose:
                say(f"Using {len(part.paths)} files for {name}.")
            shuffle = self.shuffle and not (self.subset == "both" and name == "validation")
            made.append(self._dataset(part, endings, read, shuffle, seed))
        return made if self.subset == "both" else made[0]

    def _dataset(
        self, files: Files, endings: tuple[str, ...], read: Read, shuffle: bool, seed: int
    ) -> BatchedDataset:
        if not files.paths:
            raise DataError(
                self.where, f"needs files that end in {', '.join(endings)}",
                f"none in {self.directory}", "check the folder, and the share of each part",
            )  # fmt: skip
        labels = None if files.labels is None else self._encoded(files)

        def make(numbers: np.ndarray) -> Any:
            inputs = read([files.paths[i] for i in numbers])
            return inputs if labels is None else (inputs, labels[numbers])

        dataset = BatchedDataset(len(files.paths), self.batch_size, make, shuffle, seed)
        dataset.class_names, dataset.file_paths = files.class_names, files.paths
        return dataset

    def _encoded(self, files: Files) -> np.ndarray:
        """(n,) int32, (n, 1) float32 for "binary", or (n, classes) float32 for "categorical"."""
        labels = np.array(files.labels, "int32")
        if self.label_mode == "binary":
            return labels[:, None].astype("float32")
        if self.label_mode == "categorical":
            classes = np.arange(len(files.class_names or ()))
            return (labels[:, None] == classes).astype("float32")
        return labels

    def _found(self, endings: tuple[str, ...]) -> Files:
        """All files, in the order of their names."""
        inferred = isinstance(self.labels, str) and self.label_mode is not None
        folders = self._folders() if inferred else [""]
        paths: list[str] = []
        numbers: list[int] = []
        for number, folder in enumerate(folders):
            below = os.path.join(self.directory, folder)
            found = list(sorted_files(below, endings, self.follow_links))
            paths += [os.path.join(root, name) for root, name in found]
            numbers += [number] * len(found)
        files = self._labelled(paths, numbers, folders if inferred else None)
        if self.verbose:
            names = files.class_names
            more = "" if names is None else f" belonging to {len(names)} classes"
            say(f"Found {len(paths)} files{more}.")
        return files

    def _labelled(self, paths: list[str], numbers: list[int], folders: Any) -> Files:
        if folders is not None:
            return Files(paths, numbers, list(folders))
        if self.labels is None or self.label_mode is None:
            return Files(paths, None, None)
        labels = whole_numbers(self.labels)
        if labels is None:
            raise self._wrong(
                "labels", "needs whole numbers that fit into int32, in one row",
                f"{self.labels!r:.80}", "pass the number of each file's class",
            )  # fmt: skip
        if len(labels) != len(paths):
            raise self._wrong(
                "labels", "needs one for each file", f"{len(labels)} for {len(paths)} files",
                "pass them in the order of the files' paths",
            )  # fmt: skip
        names = [str(label) for label in sorted(set(labels))]
        if self.label_mode != "int" and not set(labels) <= set(range(len(names))):
            raise self._wrong(
                "labels", f"needs classes from 0 to {len(names) - 1}, as it has {len(names)}",
                f"the classes {', '.join(names):.80}", "number them so, or pass label_mode='int'",
            )  # fmt: skip
        return Files(paths, labels, names)

    def _folders(self) -> list[str]:
        found = [
            name for name in sorted(os.listdir(self.directory))
            if os.path.isdir(os.path.join(self.directory, name)) and not name.startswith(".")
        ]  # fmt: skip
        if self.class_names is None:
            return found
        if not set(self.class_names) <= set(found):
            raise self._wrong(
                "class_names", f"needs names of the folders {found}", f"{list(self.class_names)}",
                "leave it out to have all of them",
            )  # fmt: skip
        return list(self.class_names)

    def _one_of(self, name: str, value: Any, legal: Sequence[Any]) -> None:
        if value not in legal:
            told = ", ".join(map(repr, legal))
            raise self._wrong(name, "does not know this one", repr(value), f"use one of {told}")

    def _wrong(self, name: str, what: str, received: str, mend: str) -> ArgumentError:
        return ArgumentError(f"{self.where}({name}=...)", what, received, mend)


def sorted_files(
    folder: str, endings: tuple[str, ...], follow_links: bool
) -> Iterator[tuple[str, str]]:
    """(folder, name) of the files below `folder` with one of these endings: folder by folder, each
    in the order of the names.
    """
    walk = os.walk(folder, followlinks=follow_links)
    for root, _, names in sorted(walk, key=lambda found: found[0]):
        yield from ((root, name) for name in sorted(names) if name.lower().endswith(endings))


def whole_numbers(labels: Any) -> list[int] | None:
    """The labels as int32 has them; None if they are no row of such numbers."""
    try:
        found = np.asarray(labels)
    except ValueError:
        return None
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "biu"):
        return None
    limits = np.iinfo("int32")
    whole = [int(label) for label in found]
    return whole if all(limits.min <= label <= limits.max for label in whole) else None

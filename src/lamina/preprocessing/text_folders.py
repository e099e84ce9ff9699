"""text_dataset_from_directory: batches of texts of a folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.preprocessing.folders import Selection


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Batches of the .txt files (UTF-8) below a folder: texts, or (texts, labels).

    Shapes: texts (B,), an object array of str, to be turned into numbers; labels as in
    `image_dataset_from_directory`.

    Args:
        max_length: how many characters are read of each (Keras' "tf" counts bytes).
        others: as for `image_dataset_from_directory`.

    Returns: `BatchedDataset`, with `class_names` and `file_paths`.
    Raises: DataError without files; ArgumentError.
    """

    def read(paths: list[str]) -> np.ndarray:
        texts = np.empty(len(paths), object)
        for i, path in enumerate(paths):
            with open(path, encoding="utf-8", newline="") as file:
                texts[i] = file.read(-1 if max_length is None else max_length)
        return texts

    return Selection(
        "text_dataset_from_directory", directory, labels, label_mode, class_names, batch_size,
        shuffle, seed, validation_split, subset, follow_links, format, verbose,
    ).datasets((".txt",), read)  # fmt: skip

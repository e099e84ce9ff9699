"""image_dataset_from_directory: batches of pictures of a folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph.data_format import standard_data_format
from lamina.ops.spatial import per_axis
from lamina.preprocessing.folders import Selection
from lamina.preprocessing.image.pictures import MODES, check_color_mode, load_img, pillow
from lamina.preprocessing.image.resizing import check_interpolation, cropped, padded, resized

WHERE = "image_dataset_from_directory"
ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Batches of the pictures below a folder: images, or (images, labels).

    Shapes: images (B, height, width, channels) float32, 0 to 255; labels (B,) int32, (B, 1) or (B,
    classes) float32.

    Args:
        labels: "inferred": each folder is a class; a list of class numbers, in the order of the
            paths; or None.
        label_mode: "int", "binary" (0 or 1 of two classes), "categorical" (one-hot), None.
        class_names: the folders to use, in the order of their numbers.
        color_mode: "grayscale", "rgb" or "rgba": 1, 3 or 4 channels.
        batch_size: None yields single pictures.
        image_size: (height, width), to which each is resized.
        shuffle, seed: another order in each pass; else that of the paths.
        validation_split, subset: the share of the files for validation, and which part to give:
            "training", "validation", or "both" as a list of two.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian"
            or "mitchellcubic".
        crop_to_aspect_ratio, pad_to_aspect_ratio: keep the pictures' ratio, by cutting off or by
            adding black.
        format: Keras' "tf" and "grain" give the same batches; here both are a BatchedDataset.
        verbose: tells how many files there are.

    Returns: `BatchedDataset`, with `class_names` and `file_paths`.
    Raises: DataError without files; ArgumentError; DependencyError without Pillow.
    """
    pillow(WHERE)
    check_color_mode(WHERE, color_mode)
    size = per_axis(f"{WHERE}(image_size=...)", "image_size", image_size, 2)
    method = check_interpolation(WHERE, interpolation)
    first = standard_data_format(WHERE, data_format) == "channels_first"
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError(
            WHERE, "either crops or pads", "crop_to_aspect_ratio and pad_to_aspect_ratio",
            "leave out one",
        )  # fmt: skip

    def picture(path: str) -> np.ndarray:
        with load_img(path, color_mode) as img:
            levels = np.asarray(img).reshape(*img.size[::-1], MODES[color_mode][1])
        if pad_to_aspect_ratio:
            return padded(levels, size, method)
        return resized(cropped(levels, size) if crop_to_aspect_ratio else levels, size, method)

    def read(paths: list[str]) -> np.ndarray:
        images = np.stack([picture(path) for path in paths])
        return np.moveaxis(images, -1, 1) if first else images

    return Selection(
        WHERE, directory, labels, label_mode, class_names, batch_size, shuffle, seed,
        validation_split, subset, follow_links, format, verbose,
    ).datasets(ENDINGS, read)  # fmt: skip

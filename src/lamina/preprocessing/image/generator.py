"""ImageDataGenerator: pictures changed at random, and brought to one scale, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph.data_format import standard_data_format
from lamina.graph.dtypes import floatx
from lamina.preprocessing.image.affine import apply_affine_transform
from lamina.preprocessing.image.files import DataFrameIterator, DirectoryIterator
from lamina.preprocessing.image.iterators import NumpyArrayIterator
from lamina.preprocessing.image.standardizing import Standardizing
from lamina.preprocessing.image.transforms import (
    apply_brightness_shift,
    apply_channel_shift,
    drawn_zoom,
    flip_axis,
    two_numbers,
)


class ImageDataGenerator(Standardizing):
    """Draws changes of pictures, applies them, and standardizes what comes out.

    The draws are those of Keras: NumPy's own stream, in the same order, so that the same seed gives
    the same pictures.

    Args:
        featurewise_center, featurewise_std_normalization, zca_whitening: by the mean, the deviation
            or the covariance of what `fit` saw; `zca_epsilon` keeps the latter finite.
        samplewise_center, samplewise_std_normalization: by those of each picture.
        rotation_range: degrees either way; shear_range too.
        width_shift_range, height_shift_range: a share (below 1) or a number of pixels either way;
            a whole number n for -n + 1 ... n - 1 pixels; or a list to draw from.
        brightness_range: two factors.
        zoom_range: two factors, or d for 1 - d ... 1 + d.
        channel_shift_range: grey levels either way.
        fill_mode, cval, interpolation_order: as for `apply_affine_transform`.
        horizontal_flip, vertical_flip: whether half of the pictures are.
        rescale: a factor; preprocessing_function: applied to each picture before it.
        data_format: "channels_first" for (channels, height, width).
        validation_split: the share of the samples, the first ones, that `subset="validation"` has.
        dtype: of the batches; floatx by default.

    Raises: ArgumentError.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.dtype = dtype or floatx()
        self.data_format = standard_data_format("ImageDataGenerator", data_format)
        axes = (1, 2, 3) if self.data_format == "channels_first" else (3, 1, 2)
        self.channel_axis, self.row_axis, self.col_axis = axes
        if isinstance(zoom_range, int | float):
            zoom_range = (1 - zoom_range, 1 + zoom_range)
        self.zoom_range = list(two_numbers("ImageDataGenerator(zoom_range=...)", zoom_range))
        if brightness_range is not None:
            two_numbers("ImageDataGenerator(brightness_range=...)", brightness_range)
        self.brightness_range = brightness_range
        if validation_split and not 0 < validation_split < 1:
            raise ArgumentError(
                "ImageDataGenerator(validation_split=...)", "needs a share between 0 and 1",
                repr(validation_split), "pass 0.2 for a fifth",
            )  # fmt: skip
        self.validation_split = validation_split
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self._settle()

    # ── batches ──

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of an array: x, (x, y) or (x, y, sample_weight).

        Args:
            x: pictures (rows, height, width, channels), or (pictures, other arrays), which go
                along unchanged.
            seed: of the order and the changes.
            save_to_dir, save_prefix, save_format: where changed pictures are written to as well.
            subset: "training" or "validation", as `validation_split` says.
            ignore_class_split: whether either may lack classes of the other.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight,
            seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset,
            ignore_class_split=ignore_class_split, dtype=self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of a folder that has a folder of pictures for each class.

        Args:
            target_size, color_mode, interpolation, keep_aspect_ratio: as for `load_img`.
            classes: the names of the folders, in the order of their numbers; by default all.
            class_mode: labels one-hot ("categorical"), as class numbers ("binary", "sparse"), the
                pictures themselves ("input"), or none (None).
            others: as for `flow`.
        """
        return DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode=class_mode, data_format=self.data_format, batch_size=batch_size,
            shuffle=shuffle, seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, follow_links=follow_links, subset=subset,
            interpolation=interpolation, keep_aspect_ratio=keep_aspect_ratio, dtype=self.dtype,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
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
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
    ) -> DataFrameIterator:
        """Batches of the files that a table names: a pandas table, or a dict of columns.

        Args:
            directory: where relative names begin.
            x_col, y_col, weight_col: the columns of names, of labels, of sample weights.
            class_mode: as for `flow_from_directory`, where a label may be a list of classes; or
                "raw" for the column as it is, "multi_output" for a list of columns.
            validate_filenames: whether names that are no picture's are left out.
            others: as for `flow_from_directory`.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col=x_col, y_col=y_col, weight_col=weight_col,
            target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode=class_mode, data_format=self.data_format, batch_size=batch_size,
            shuffle=shuffle, seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, subset=subset, interpolation=interpolation,
            dtype=self.dtype, validate_filenames=validate_filenames,
        )  # fmt: skip

    # ── changes ──

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """The changes that were drawn for a picture of this shape, by name."""
        if seed is not None:
            np.random.seed(seed)
        height, width = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        # Keras' order, on which the values depend.
        theta = _drawn(self.rotation_range)
        tx = _drawn_shift(self.height_shift_range, height)
        ty = _drawn_shift(self.width_shift_range, width)
        shear = _drawn(self.shear_range)
        zx, zy = drawn_zoom(*self.zoom_range)
        flips = [np.random.random() < 0.5 for _ in range(2)]
        shift, brightness = None, None
        if self.channel_shift_range != 0:
            shift = _drawn(self.channel_shift_range)
        if self.brightness_range is not None:
            brightness = np.random.uniform(*self.brightness_range)
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy,
            "flip_horizontal": flips[0] and self.horizontal_flip,
            "flip_vertical": flips[1] and self.vertical_flip,
            "channel_shift_intensity": shift, "brightness": brightness,
        }  # fmt: skip

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """A picture with the changes of a dict like that of `get_random_transform`."""
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        moves = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
        x = apply_affine_transform(
            x, **{name: transform_parameters.get(name, rest) for name, rest in moves.items()},
            row_axis=rows, col_axis=columns, channel_axis=channels, fill_mode=self.fill_mode,
            cval=self.cval, order=self.interpolation_order,
        )  # fmt: skip
        shift = transform_parameters.get("channel_shift_intensity")
        if shift is not None:
            x = apply_channel_shift(x, shift, channels)
        for name, axis in (("flip_horizontal", columns), ("flip_vertical", rows)):
            if transform_parameters.get(name, False):
                x = flip_axis(x, axis)
        brightness = transform_parameters.get("brightness")
        if brightness is not None:
            x = apply_brightness_shift(x, brightness, False, channels)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture with changes that are drawn for it."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))


def _drawn(most: float) -> float:
    """Between -most and most; nothing is drawn where that is 0."""
    return np.random.uniform(-most, most) if most else 0


def _drawn_shift(most: Any, pixels: int) -> Any:
    """A number of pixels: drawn from a list or below a whole number, with either sign, or between
    the two signs of a fraction; of `pixels` where it is a share.
    """
    if not most:
        return 0
    if np.ndim(most) == 0 and not isinstance(most, int | np.integer):
        shift = np.random.uniform(-most, most)
    else:
        shift = np.random.choice(most) * np.random.choice([-1, 1])
    return shift * pixels if np.max(most) < 1 else shift

"""Pictures in files, as Pillow's images, and as arrays."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ArgumentTypeError, DependencyError, ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.dtypes import floatx

# Colour mode -> Pillow's mode and the number of channels.
MODES = {"grayscale": ("L", 1), "rgb": ("RGB", 3), "rgba": ("RGBA", 4)}
GREYS = ("L", "I;16", "I")
RESAMPLING = ("bicubic", "bilinear", "box", "hamming", "lanczos", "nearest")


def pillow(where: str) -> Any:
    """Pillow's module Image.

    Raises: DependencyError if it is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise DependencyError(
            where, "needs Pillow to read and write pictures", str(error),
            "pip install 'lamina[images]', or pip install pillow",
        ) from None  # fmt: skip
    return Image


def check_color_mode(where: str, color_mode: str) -> int:
    """The number of channels of a colour mode.

    Raises: ArgumentError for one that does not exist.
    """
    if color_mode not in MODES:
        raise ArgumentError(
            f"{where}(color_mode=...)", "does not know this one", repr(color_mode),
            f"use one of {', '.join(MODES)}",
        )  # fmt: skip
    return MODES[color_mode][1]


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """A Pillow image of an array (height, width, channels), with 1, 3 or 4 channels.

    Args:
        data_format: "channels_first" for (channels, height, width).
        scale: stretches the values to 0 ... 255.
        dtype: in which that is computed; floatx by default.

    Raises: ShapeError for another rank or number of channels; DependencyError without Pillow.
    """
    image = pillow("array_to_img")
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim == 3 and standard_data_format("array_to_img", data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.ndim != 3 or x.shape[2] not in (1, 3, 4):
        raise ShapeError(
            "array_to_img", "needs one picture of 1, 3 or 4 channels", f"an array {x.shape}",
            "pass (height, width, channels), or say data_format='channels_first'",
        )  # fmt: skip
    if scale:
        x = stretched(x)
    if x.shape[2] > 1:
        return image.fromarray(np.ascontiguousarray(x.astype("uint8")))
    return image.fromarray(x[:, :, 0].astype("int32" if x.max() > 255 else "uint8"))


def stretched(x: np.ndarray) -> np.ndarray:
    """x moved and scaled to 0 ... 255."""
    x = x - x.min()
    most = x.max()
    if most != 0:
        x /= most
    x *= 255
    return x


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """A Pillow image, or an array of rank 2 or 3, as an array (height, width, channels).

    Args:
        data_format: "channels_first" for (channels, height, width).
        dtype: floatx by default.

    Raises: ShapeError for another rank.
    """
    first = standard_data_format("img_to_array", data_format) == "channels_first"
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 2:
        return x[None] if first else x[:, :, None]
    if x.ndim != 3:
        raise ShapeError(
            "img_to_array", "needs one picture", f"an array {x.shape}", "pass one at a time"
        )
    return x.transpose(2, 0, 1) if first else x


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array as a picture, in the format that the file's name or `file_format` tells.

    Args: as for `array_to_img`; kwargs as for Pillow's `save`.
    """
    if file_format is None and isinstance(path, str | os.PathLike):
        file_format = Path(path).suffix[1:]
    name = (file_format or "").lower()
    name = "jpeg" if name == "jpg" else name
    img = array_to_img(x, data_format, scale)
    if img.mode == "RGBA" and name == "jpeg":
        warnings.warn("JPEG has no transparency: the picture is saved as RGB", stacklevel=2)
        img = img.convert("RGB")
    img.save(path, format=name or None, **kwargs)


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """A Pillow image of a file, in this colour mode and size.

    Args:
        path: a path, or a BytesIO.
        color_mode: "grayscale" (16 and 32 bits stay), "rgb" or "rgba".
        target_size: (height, width); None leaves the size.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: cuts the middle out in the ratio of `target_size` first.

    Raises: ArgumentError, ArgumentTypeError, DependencyError without Pillow.
    """
    image = pillow("load_img")
    check_color_mode("load_img", color_mode)
    img = image.open(_content(path))
    mode, _ = MODES[color_mode]
    if img.mode not in (GREYS if color_mode == "grayscale" else (mode,)):
        img = img.convert(mode)
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    if interpolation not in RESAMPLING:
        raise ArgumentError(
            "load_img(interpolation=...)", "does not know this one", repr(interpolation),
            f"use one of {', '.join(RESAMPLING)}",
        )  # fmt: skip
    method = image.Resampling[interpolation.upper()]
    box = _middle(img.size, target_size) if keep_aspect_ratio else None
    return img.resize((target_size[1], target_size[0]), method, box=box)


def _content(path: Any) -> io.BytesIO:
    if isinstance(path, io.BytesIO):
        return path
    if isinstance(path, str | bytes | os.PathLike):
        with open(path, "rb") as file:
            return io.BytesIO(file.read())
    raise ArgumentTypeError(
        "load_img", "needs a path or a BytesIO", type(path).__name__, "pass the file's path"
    )


def _middle(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box (left, upper, right, lower) in the middle with the target's ratio."""
    (width, height), (rows, columns) = size, target
    tall = min(height, width * rows // columns)
    wide = min(width, height * columns // rows)
    left, upper = (width - wide) // 2, (height - tall) // 2
    return left, upper, left + wide, upper + tall

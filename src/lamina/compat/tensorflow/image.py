"""`tf.image`: flips, colours, random changes, quality. Channels are always last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow import random
from lamina.compat.tensorflow.dtypes import plain
from lamina.compat.tensorflow.io import (
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    encode_jpeg,
    encode_png,
    is_jpeg,
)
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Array
from lamina.ops import image as images_of
from lamina.ops.public import public

__all__ = [
    "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation",
    "convert_image_dtype", "decode_bmp", "decode_gif", "decode_image", "decode_jpeg",
    "decode_png", "draw_bounding_boxes", "encode_jpeg", "encode_png", "extract_patches",
    "flip_left_right", "flip_up_down", "grayscale_to_rgb", "hsv_to_rgb", "image_gradients",
    "is_jpeg", "non_max_suppression", "per_image_standardization", "psnr", "random_brightness",
    "random_contrast", "random_crop", "random_flip_left_right", "random_flip_up_down",
    "random_hue", "random_saturation", "rgb_to_grayscale", "rgb_to_hsv", "rgb_to_yuv", "rot90",
    "sobel_edges", "ssim", "stateless_random_brightness", "stateless_random_contrast",
    "stateless_random_crop", "stateless_random_flip_left_right", "stateless_random_flip_up_down",
    "stateless_random_hue", "stateless_random_saturation", "total_variation", "transpose",
    "yuv_to_rgb",
]  # fmt: skip


# ── turning ──


def _flip(axis: int) -> Callable[[Any], Any]:
    def flip(image: Any) -> Any:
        return ops.flip(image, axis)

    flip.__doc__ = f"Images turned round along axis {axis}."
    return flip


flip_left_right, flip_up_down = _flip(-2), _flip(-3)


def transpose(image: Any, name: str | None = None) -> Any:
    """Rows and columns exchanged."""
    return ops.swapaxes(image, -3, -2)


def rot90(image: Any, k: int = 1, name: str | None = None) -> Any:
    """Images turned by so many quarters against the clock."""
    return ops.rot90(image, int(k), axes=(-3, -2))


# ── colours ──


@public
def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Any:
    """Images in another dtype, scaled: floats from 0 to 1, whole numbers over their range."""
    x, kind = ops.convert_to_tensor(image), str(plain(dtype))
    if x.dtype == kind:
        return x
    from_float, to_float = dtypes.is_float(x.dtype), dtypes.is_float(kind)
    if from_float and to_float:
        return ops.cast(x, kind)
    if to_float:
        return ops.multiply(ops.cast(x, kind), 1.0 / np.iinfo(str(x.dtype)).max)
    cast = ops.saturate_cast if saturate else ops.cast
    if from_float:
        return cast(ops.multiply(x, np.iinfo(kind).max + 0.5), kind)
    return _rescaled(x, kind, cast)


def _rescaled(x: Any, kind: str, cast: Callable[..., Any]) -> Any:
    have, want = int(np.iinfo(str(x.dtype)).max), int(np.iinfo(kind).max)
    if have > want:
        return cast(ops.floor_divide(x, (have + 1) // (want + 1)), kind)
    return ops.multiply(cast(x, kind), (want + 1) // (have + 1))


def _as_floats(change: Callable[..., Any]) -> Callable[..., Any]:
    """A change of floats between 0 and 1, for images of any dtype."""

    @public
    def changed(image: Any, *args: Any, **kwargs: Any) -> Any:
        x = ops.convert_to_tensor(image)
        floats = convert_image_dtype(x, "float32") if not dtypes.is_float(x.dtype) else x
        return convert_image_dtype(change(floats, *args, **kwargs), x.dtype, saturate=True)

    changed.__doc__, changed.__name__ = change.__doc__, change.__name__
    return changed


@_as_floats
def adjust_brightness(image: Any, delta: Any) -> Any:
    """Images with `delta` added."""
    return ops.add(image, ops.cast(delta, image.dtype))


@_as_floats
def adjust_contrast(images: Any, contrast_factor: Any) -> Any:
    """(x - mean) contrast_factor + mean, the mean of each image and channel."""
    mean = ops.mean(images, axis=(-3, -2), keepdims=True)
    factor = ops.cast(contrast_factor, images.dtype)
    return ops.add(ops.multiply(ops.subtract(images, mean), factor), mean)


@_as_floats
def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Any:
    """gain x^gamma."""
    return ops.multiply(gain, ops.power(image, gamma))


@_as_floats
def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Any:
    """Images with their hues turned by `delta` of a whole turn."""
    hue, saturation, value = _planes(image)
    turned = ops.mod(ops.add(hue, ops.add(ops.cast(delta, image.dtype), 1.0)), 1.0)
    return hsv_to_rgb(ops.concatenate([turned, saturation, value], -1))


@_as_floats
def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Any:
    """Images with their saturation multiplied, at most to 1."""
    hue, saturation, value = _planes(image)
    more = ops.multiply(saturation, ops.cast(saturation_factor, image.dtype))
    return hsv_to_rgb(ops.concatenate([hue, ops.clip(more, 0.0, 1.0), value], -1))


def _planes(image: Any) -> tuple[Any, Any, Any]:
    hsv = rgb_to_hsv(image)
    return hsv[..., 0:1], hsv[..., 1:2], hsv[..., 2:3]


def rgb_to_hsv(images: Any, name: str | None = None) -> Any:
    """Hue, saturation and value."""
    return images_of.rgb_to_hsv(images, data_format="channels_last")


def hsv_to_rgb(images: Any, name: str | None = None) -> Any:
    """Red, green and blue."""
    return images_of.hsv_to_rgb(images, data_format="channels_last")


def rgb_to_grayscale(images: Any, name: str | None = None) -> Any:
    """0.2989 R + 0.5870 G + 0.1140 B."""
    x = ops.convert_to_tensor(images)
    if dtypes.is_float(x.dtype):
        return images_of.rgb_to_grayscale(x, data_format="channels_last")
    floats = convert_image_dtype(x, "float32")
    grey = images_of.rgb_to_grayscale(floats, data_format="channels_last")
    return convert_image_dtype(grey, x.dtype)


@public
def grayscale_to_rgb(images: Any, name: str | None = None) -> Any:
    """The one channel three times."""
    x = ops.convert_to_tensor(images)
    return ops.concatenate([x, x, x], -1)


# ITU-R BT.601.
_YUV = np.asarray([
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
])  # fmt: skip


@public
def rgb_to_yuv(images: Any) -> Any:
    """Luma and two differences of colour."""
    x = ops.convert_to_tensor(images)
    return ops.matmul(x, _YUV.astype(str(x.dtype)))


@public
def yuv_to_rgb(images: Any) -> Any:
    """Red, green and blue of `rgb_to_yuv`."""
    x = ops.convert_to_tensor(images)
    return ops.matmul(x, np.linalg.inv(_YUV).astype(str(x.dtype)))


@public
def per_image_standardization(image: Any) -> Any:
    """(x - mean) / max(deviation, 1 / sqrt(entries)), of each image."""
    x = ops.convert_to_tensor(image)
    x = ops.cast(x, dtypes.float_type(x.dtype))
    count = float(np.prod([int(n) for n in tuple(x.shape)[-3:]]))
    mean = ops.mean(x, axis=(-3, -2, -1), keepdims=True)
    spread = ops.std(x, axis=(-3, -2, -1), keepdims=True)
    return ops.divide(ops.subtract(x, mean), ops.maximum(spread, float(1.0 / np.sqrt(count))))


# ── random changes: of the streams of tf.random, or by a seed of two numbers ──


def _drawn(low: float, high: float, seed: Any, stateless: bool) -> Any:
    draw = random.stateless_uniform if stateless else random.uniform
    return draw([], minval=low, maxval=high, seed=seed)


def _check(where: str, low: float, high: float) -> None:
    if not low <= high:
        raise ArgumentError(
            f"tf.image.{where}", "needs a lower bound below the upper one", f"{low}, {high}",
            "exchange them",
        )  # fmt: skip


def _random_change(change: Callable[..., Any], stateless: bool) -> Callable[..., Any]:
    name = change.__name__.replace("adjust", "random")

    def by_factor(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
        _check(name, lower, upper)
        return change(image, _drawn(lower, upper, seed, stateless))

    def by_delta(image: Any, max_delta: float, seed: Any = None) -> Any:
        _check(name, 0, max_delta)
        return change(image, _drawn(-max_delta, max_delta, seed, stateless))

    found = by_factor if change in (adjust_contrast, adjust_saturation) else by_delta
    found.__doc__ = f"tf.image.{change.__name__} by a random number."
    return found


random_brightness, random_hue = (_random_change(c, False) for c in (adjust_brightness, adjust_hue))
random_contrast = _random_change(adjust_contrast, False)
random_saturation = _random_change(adjust_saturation, False)
stateless_random_brightness = _random_change(adjust_brightness, True)
stateless_random_hue = _random_change(adjust_hue, True)
stateless_random_contrast = _random_change(adjust_contrast, True)
stateless_random_saturation = _random_change(adjust_saturation, True)


def _random_flip(axis: int, stateless: bool) -> Callable[..., Any]:
    def flip(image: Any, seed: Any = None) -> Any:
        x = ops.convert_to_tensor(image)
        draw = random.stateless_uniform if stateless else random.uniform
        count = [x.shape[0], 1, 1, 1] if x.ndim == 4 else []
        return ops.where(ops.less(draw(count, seed=seed), 0.5), ops.flip(x, axis), x)

    flip.__doc__ = "Images turned round, each with probability 1/2."
    return flip


random_flip_left_right, random_flip_up_down = _random_flip(-2, False), _random_flip(-3, False)
stateless_random_flip_left_right = _random_flip(-2, True)
stateless_random_flip_up_down = _random_flip(-3, True)


def _random_crop(stateless: bool) -> Callable[..., Any]:
    draw = random.stateless_uniform if stateless else random.uniform

    def crop(value: Any, size: Any, seed: Any = None, name: str | None = None) -> Any:
        x, sizes = ops.convert_to_tensor(value), sizes_of(size)
        sizes = tuple(n if m == -1 else m for n, m in zip(x.shape, sizes, strict=True))
        room = np.asarray([n - m + 1 for n, m in zip(x.shape, sizes, strict=True)])
        _check("random_crop", 1, int(room.min()))
        shares = draw([len(sizes)], seed=seed)
        starts = ops.cast(ops.floor(ops.multiply(shares, room.astype("float32"))), "int32")
        return ops.slice(x, ops.minimum(starts, (room - 1).astype("int32")), sizes)

    crop.__doc__ = "A part of this size, from anywhere."
    return crop


random_crop, stateless_random_crop = _random_crop(False), _random_crop(True)


# ── quality, patches, boxes ──


@public
def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Any:
    """20 log10(max_val) - 10 log10 of the mean square difference, of each image."""
    x, y = ops.cast(a, "float32"), ops.cast(b, "float32")
    error = ops.mean(ops.square(ops.subtract(x, y)), axis=(-3, -2, -1))
    top = ops.multiply(20.0, ops.log10(ops.cast(max_val, "float32")))
    return ops.subtract(top, ops.multiply(10.0, ops.log10(error)))


@public
def ssim(
    img1: Any,
    img2: Any,
    max_val: float,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Any:
    """The structural similarity of each pair of images."""
    x, y = ops.cast(img1, "float32"), ops.cast(img2, "float32")
    options = (float(max_val), filter_size, filter_sigma, k1, k2, "channels_last")
    return images_of.ssim(x, y, *options)


@public
def total_variation(images: Any, name: str | None = None) -> Any:
    """The sum of the differences between neighbours, of each image."""
    x = ops.convert_to_tensor(images)
    down = ops.absolute(ops.subtract(x[..., 1:, :, :], x[..., :-1, :, :]))
    over = ops.absolute(ops.subtract(x[..., :, 1:, :], x[..., :, :-1, :]))
    return ops.add(ops.sum(down, axis=(-3, -2, -1)), ops.sum(over, axis=(-3, -2, -1)))


@public
def image_gradients(image: Any) -> tuple[Any, Any]:
    """The differences to the next row and to the next column, 0 at the last."""
    x = ops.convert_to_tensor(image)
    down = ops.pad(ops.subtract(x[:, 1:], x[:, :-1]), [(0, 0), (0, 1), (0, 0), (0, 0)])
    over = ops.pad(ops.subtract(x[:, :, 1:], x[:, :, :-1]), [(0, 0), (0, 0), (0, 1), (0, 0)])
    return down, over


@public
def sobel_edges(image: Any) -> Any:
    """How images rise along height and width, reflected at their edges: a last axis of two."""
    x = ops.convert_to_tensor(image)
    wide = ops.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")

    def at(i: int, j: int) -> Any:
        rows, columns = (int(n) for n in tuple(x.shape)[1:3])
        return wide[:, i : i + rows, j : j + columns]

    def rise(end: Callable[[int], Any], start: Callable[[int], Any]) -> Any:
        terms = [
            ops.multiply(w, ops.subtract(end(k), start(k))) for k, w in enumerate((1.0, 2.0, 1.0))
        ]
        return ops.add(ops.add(terms[0], terms[1]), terms[2])

    down = rise(lambda k: at(2, k), lambda k: at(0, k))
    over = rise(lambda k: at(k, 2), lambda k: at(k, 0))
    return ops.stack([down, over], -1)


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Any:
    """Each window's entries as channels; sizes, steps and gaps are [1, height, width, 1]."""
    (high, wide), (down, over), (gap, _) = (sizes_of(v)[1:3] for v in (sizes, strides, rates))
    return images_of.extract_patches(
        images, (high, wide), (down, over), gap, padding.lower(), "channels_last"
    )


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: float = 0.5,
    score_threshold: float = -np.inf,
    name: str | None = None,
) -> Any:
    """Which boxes (top, left, bottom, right) remain: the best first, none over a better."""
    b, s = np.asarray(boxes, "float64"), np.asarray(scores)
    top, left = np.minimum(b[:, 0], b[:, 2]), np.minimum(b[:, 1], b[:, 3])
    bottom, right = np.maximum(b[:, 0], b[:, 2]), np.maximum(b[:, 1], b[:, 3])
    area, kept = (bottom - top) * (right - left), list[int]()
    for i in np.argsort(-s, kind="stable"):
        if s[i] <= score_threshold or len(kept) >= int(max_output_size):
            continue
        high = np.minimum(bottom[kept], bottom[i]) - np.maximum(top[kept], top[i])
        wide = np.minimum(right[kept], right[i]) - np.maximum(left[kept], left[i])
        shared = np.maximum(high, 0) * np.maximum(wide, 0)
        both = area[kept] + area[i] - shared
        if not np.any(shared > iou_threshold * np.where(both > 0, both, 1)):
            kept.append(int(i))
    return Array(np.asarray(kept, "int32"))


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any = None, name: Any = None) -> Any:
    """Images with the edges of boxes, given as shares of a side, painted."""
    x = np.array(images)
    top = 1.0 if x.dtype.kind == "f" else 255
    paint = np.asarray([[top] * x.shape[-1]]) if colors is None else np.asarray(colors)
    rows, columns = x.shape[1:3]
    for picture, some in zip(x, np.asarray(boxes), strict=True):
        for i, box in enumerate(some):
            color = paint[i % len(paint)][: x.shape[-1]]
            a, b, c, d = (box * np.tile([rows - 1, columns - 1], 2)).astype(int)
            picture[a, b : d + 1] = picture[c, b : d + 1] = color
            picture[a : c + 1, b] = picture[a : c + 1, d] = color
    return Array(x)

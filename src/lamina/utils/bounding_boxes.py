"""lamina.utils.bounding_boxes: rectangles in pictures, four numbers on the last axis.

xyxy           left, top, right, bottom           yxyx  top, left, bottom, right
xywh           left, top, width, height
center_xywh    middle and size                    center_yxhw  the same, y first
rel_...        shares of the picture's width and height
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.registry import names_only

Corners = tuple[Tensor, Tensor, Tensor, Tensor]
# From the four numbers of a format to (left, top, right, bottom), and back.
_TO: dict[str, Callable[..., tuple[Any, ...]]] = {
    "xyxy": lambda x, y, r, b: (x, y, r, b),
    "yxyx": lambda y, x, b, r: (x, y, r, b),
    "xywh": lambda x, y, w, h: (x, y, x + w, y + h),
    "center_xywh": lambda x, y, w, h: (x - w / 2, y - h / 2, x + w / 2, y + h / 2),
    "center_yxhw": lambda y, x, h, w: (x - w / 2, y - h / 2, x + w / 2, y + h / 2),
}
_FROM: dict[str, Callable[..., tuple[Any, ...]]] = {
    "xyxy": lambda x, y, r, b: (x, y, r, b),
    "yxyx": lambda x, y, r, b: (y, x, b, r),
    "xywh": lambda x, y, r, b: (x, y, r - x, b - y),
    "center_xywh": lambda x, y, r, b: (x + (r - x) / 2, y + (b - y) / 2, r - x, b - y),
    "center_yxhw": lambda x, y, r, b: (y + (b - y) / 2, x + (r - x) / 2, b - y, r - x),
}
FORMATS = (*_TO, "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")


def _split(boxes: Any) -> Corners:
    a, b, c, d = ops.split(boxes, 4, axis=-1)
    return a, b, c, d


def _joined(parts: Sequence[Any]) -> Tensor:
    joined: Tensor = ops.concatenate(list(parts), axis=-1)
    return joined


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None,
    dtype: str = "float32",
) -> Any:  # fmt: skip
    """Boxes (..., 4) of one format in another; of a dictionary the entry "boxes".

    Raises: ShapeError unless the last axis has 4 entries; ArgumentError for an unknown format, or
        for a relative one without the size of the picture.
    """
    if isinstance(boxes, dict):
        converted = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    boxes = ops.cast(boxes, dtype)
    source, target = source.lower(), target.lower()
    _check_formats(boxes, source, target, height, width)
    relative = [name.startswith("rel_") for name in (source, target)]
    corners = _TO[source.removeprefix("rel_")](*_split(boxes))
    if relative[0] != relative[1]:
        by = [ops.cast(n, dtype) for n in (width, height, width, height)]
        scale = ops.multiply if relative[0] else ops.divide
        corners = tuple(scale(a, b) for a, b in zip(corners, by, strict=True))
    return boxes if source == target else _joined(_FROM[target.removeprefix("rel_")](*corners))


def _check_formats(boxes: Tensor, source: str, target: str, height: Any, width: Any) -> None:
    if boxes.shape[-1] != 4:
        raise ShapeError(
            "bounding_boxes", "needs 4 numbers on the last axis", f"shape {tuple(boxes.shape)}",
            "give each box four numbers",
        )  # fmt: skip
    for name in (source, target):
        if name not in FORMATS:
            raise ArgumentError(
                "bounding_boxes", "knows no such format", repr(name), f"use {', '.join(FORMATS)}"
            )
        if name.startswith("rel_") and (height is None or width is None):
            raise ArgumentError(
                "bounding_boxes", "needs the picture's size for a relative format",
                f"{source!r} to {target!r}, height={height}, width={width}",
                "pass height= and width=, or image_shape=",
            )  # fmt: skip


def _corners_only(where: str, found: str, known: Sequence[str] = ("xyxy",)) -> None:
    if found not in known:
        raise ArgumentError(
            f"bounding_boxes.{where}", f"takes only {' and '.join(known)}", repr(found),
            "convert the boxes by convert_format",
        )  # fmt: skip


def _size(image_shape: Any) -> tuple[Any, Any]:
    return (None, None) if image_shape is None else (image_shape[0], image_shape[1])


def clip_to_image_size(
    bounding_boxes: dict[str, Any], height: Any = None, width: Any = None,
    bounding_box_format: str = "xyxy",
) -> dict[str, Any]:  # fmt: skip
    """{"boxes", "labels"} with the boxes cut to the picture; the label of one without an area
    becomes -1.
    """
    _corners_only("clip_to_image_size", bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height, width = 1.0, 1.0
    elif height is None or width is None:
        raise ArgumentError(
            "bounding_boxes.clip_to_image_size", "needs the picture's size",
            f"height={height}, width={width}", "pass both",
        )  # fmt: skip
    found = {**bounding_boxes, "boxes": _clipped(bounding_boxes["boxes"], height, width)}
    if bounding_boxes.get("labels") is not None:
        area = _area(found["boxes"])
        found["labels"] = ops.where(ops.greater(area, 0), bounding_boxes["labels"], -1)
    return found


def _clipped(boxes: Any, height: Any, width: Any) -> Tensor:
    x, y, r, b = _split(boxes)
    return _joined([
        ops.clip(x, 0, width), ops.clip(y, 0, height), ops.clip(r, 0, width),
        ops.clip(b, 0, height),
    ])  # fmt: skip


def _area(boxes: Any) -> Tensor:
    x, y, r, b = _split(boxes)
    area: Tensor = ops.squeeze((r - x) * (b - y), axis=-1)
    return area


def crop(
    boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy"
) -> Tensor:
    """The boxes as they lie in a cut of the picture, and cut with it."""
    _corners_only("crop", bounding_box_format)
    x, y, r, b = _split(ops.convert_to_tensor(boxes))
    return _clipped(_joined([x - left, y - top, r - left, b - top]), height, width)


def pad(
    boxes: Any, top: Any, left: Any, height: Any = None, width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:  # fmt: skip
    """The boxes as they lie in the picture with rows above it and columns to its left."""
    _corners_only("pad", bounding_box_format)
    x, y, r, b = _split(ops.convert_to_tensor(boxes))
    return _joined([x + left, y + top, r + left, b + top])


def affine_transform(
    boxes: Any, angle: Any, translate_x: Any, translate_y: Any, scale: Any, shear_x: Any,
    shear_y: Any, height: Any, width: Any, center_x: Any = None, center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:  # fmt: skip
    """The boxes (B, N, 4) around what their corners become in a turned, moved, sheared picture.

    Angles in degrees and (B,); translations and the centre are shares of the picture.
    """
    _corners_only("affine_transform", bounding_box_format)
    columns = _inverse(
        [0.5 if center_x is None else center_x, 0.5 if center_y is None else center_y], angle,
        [translate_x, translate_y], scale, [shear_x, shear_y], [width - 1, height - 1],
    )  # fmt: skip
    a0, a1, a2, b0, b1, b2 = (ops.reshape(c, (-1, 1, 1)) for c in columns)
    x, y, r, b = _split(ops.cast(boxes, a0.dtype))
    xs, ys = _joined([x, r, r, x]), _joined([y, y, b, b])
    moved = [a0 * xs + a1 * ys + a2, b0 * xs + b1 * ys + b2]
    ends = [f(v, axis=-1, keepdims=True) for f in (ops.amin, ops.amax) for v in moved]
    return _joined(ends)


def _inverse(
    center: list[Any], angle: Any, translate: list[Any], scale: Any, shear: list[Any],
    size: list[Any],
) -> list[Any]:  # fmt: skip
    """The rows (a0, a1, a2), (b0, b1, b2) of the inverse map, each (B,), as torchvision has it."""
    turn = ops.multiply(-ops.convert_to_tensor(angle), math.pi / 180.0)
    sx, sy = (ops.multiply(-ops.convert_to_tensor(s), math.pi / 180.0) for s in shear)
    cx, cy = (ops.multiply(c, n) for c, n in zip(center, size, strict=True))
    tx, ty = (ops.multiply(-ops.convert_to_tensor(t), n) for t, n in zip(translate, size,
              strict=True))  # fmt: skip
    a = ops.cos(turn - sy) / ops.cos(sy)
    b = a * ops.tan(sx) + ops.sin(turn)
    c = -ops.sin(turn - sy) / ops.cos(sy)
    d = ops.cos(turn) - c * ops.tan(sx)
    a0, a1, b0, b1 = d * scale, -b * scale, -c * scale, a * scale
    a2 = cx - a0 * (cx + tx) - a1 * (cy + ty)
    b2 = cy - b0 * (cx + tx) - b1 * (cy + ty)
    return [a0, a1, a2, b0, b1, b2]


def _check_encoding(where: str, encoding: str, variance: Any) -> Any:
    _corners_only(where, encoding, ("center_xywh", "center_yxhw"))
    if variance is None:
        return None
    variance = ops.convert_to_tensor(variance, "float32")
    if variance.shape[-1] != 4:
        raise ShapeError(
            f"bounding_boxes.{where}", "needs 4 variances", f"shape {tuple(variance.shape)}",
            "pass one for each number of a box",
        )  # fmt: skip
    return variance


def encode_box_to_deltas(
    anchors: Any, boxes: Any, anchor_format: str, box_format: str,
    encoding_format: str = "center_yxhw", variance: Any = None, image_shape: Any = None,
) -> Tensor:  # fmt: skip
    """How boxes differ from anchors: offsets of the middles in sizes of the anchor, and logarithms
    of the quotients of sizes; all divided by the variances. Girshick et al. 2014.
    """
    variance = _check_encoding("encode_box_to_deltas", encoding_format, variance)
    size = _size(image_shape)
    start = convert_format(anchors, anchor_format, encoding_format, *size)
    end = convert_format(boxes, box_format, encoding_format, *size)
    start_size = ops.maximum(start[..., 2:], epsilon())
    end_size = ops.maximum(end[..., 2:], epsilon())
    offset = (end[..., :2] - start[..., :2]) / start_size
    deltas = _joined([offset, ops.log(end_size / start_size)])
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors: Any, boxes_delta: Any, anchor_format: str, box_format: str,
    encoded_format: str = "center_yxhw", variance: Any = None, image_shape: Any = None,
) -> Any:  # fmt: skip
    """The boxes that `encode_box_to_deltas` made deltas of; dictionaries entry by entry."""
    variance = _check_encoding("decode_deltas_to_boxes", encoded_format, variance)
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {
            key: decode_deltas_to_boxes(
                anchor, boxes_delta[key], anchor_format, box_format, encoded_format, variance,
                image_shape,
            )
            for key, anchor in anchors.items()
        }  # fmt: skip
    size = _size(image_shape)
    start = convert_format(anchors, anchor_format, encoded_format, *size)
    deltas = ops.convert_to_tensor(boxes_delta)
    deltas = deltas if variance is None else deltas * variance
    middle = deltas[..., :2] * start[..., 2:] + start[..., :2]
    boxes = _joined([middle, ops.exp(deltas[..., 2:]) * start[..., 2:]])
    return convert_format(boxes, encoded_format, box_format, *size)


def compute_iou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, use_masking: bool = False,
    mask_val: float = -1, image_shape: Any = None,
) -> Tensor:  # fmt: skip
    """Area of the intersection over that of the union, each box with each: (..., M, N).

    Args:
        use_masking: pairs with a box of four negative numbers become `mask_val`.
    """
    first, second = (
        convert_format(boxes, bounding_box_format, "xyxy", *_size(image_shape))
        for boxes in (boxes1, boxes2)
    )
    for boxes in (first, second):
        if boxes.ndim not in (2, 3):
            raise ShapeError(
                "bounding_boxes.compute_iou", "needs boxes (N, 4) or (B, N, 4)",
                f"shape {tuple(boxes.shape)}", "add or drop an axis",
            )  # fmt: skip
    one, other = ops.expand_dims(first, -2), ops.expand_dims(second, -3)
    low = ops.maximum(one[..., :2], other[..., :2])
    high = ops.minimum(one[..., 2:], other[..., 2:])
    both = ops.prod(ops.maximum(high - low, 0.0), axis=-1)
    union = _area(one) + _area(other) - both
    found: Tensor = ops.divide(both, union + epsilon())
    if use_masking:
        absent = ops.logical_or(
            ops.less(ops.amax(one, axis=-1), 0.0), ops.less(ops.amax(other, axis=-1), 0.0)
        )
        found = ops.where(absent, ops.cast(mask_val, found.dtype), found)
    return found


def compute_ciou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None
) -> Tensor:
    """Complete IoU of corresponding boxes: IoU - d^2 / c^2 - a v, where d is the distance of the
    middles, c the diagonal around both, v how far the proportions differ. Zheng et al. 2020.
    """
    _corners_only("compute_ciou", bounding_box_format, [f for f in FORMATS if f[:4] != "rel_"])
    first, second = (convert_format(b, bounding_box_format, "xyxy") for b in (boxes1, boxes2))
    small = epsilon()
    low = ops.maximum(first[..., :2], second[..., :2])
    high = ops.minimum(first[..., 2:], second[..., 2:])
    both = ops.prod(ops.maximum(high - low, 0.0), axis=-1)
    sizes = [b[..., 2:] - b[..., :2] for b in (first, second)]
    widths, heights = [s[..., 0] for s in sizes], [s[..., 1] + small for s in sizes]
    union = widths[0] * heights[0] + widths[1] * heights[1] - both + small
    iou = both / (union + small)
    around = ops.maximum(first[..., 2:], second[..., 2:]) - ops.minimum(
        first[..., :2], second[..., :2]
    )
    diagonal = ops.sum(ops.square(around), axis=-1) + small
    middles = [(b[..., :2] + b[..., 2:]) / 2 for b in (first, second)]
    distance = ops.sum(ops.square(middles[0] - middles[1]), axis=-1)
    slopes = [ops.arctan(w / h) for w, h in zip(widths, heights, strict=True)]
    v = (4 / math.pi**2) * ops.square(slopes[1] - slopes[0])
    return iou - (distance / diagonal + v * v / (v - iou + (1 + small)))


__all__ = [
    "affine_transform", "clip_to_image_size", "compute_ciou", "compute_iou", "convert_format",
    "crop", "decode_deltas_to_boxes", "encode_box_to_deltas", "pad",
]  # fmt: skip

__getattr__ = names_only("lamina.utils.bounding_boxes", __all__)

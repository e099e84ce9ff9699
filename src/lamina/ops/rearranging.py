"""Axes split, permuted and joined, by a pattern or as blocks of images."""

from __future__ import annotations

import math
import re
from typing import Any

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import public

__all__ = ["depth_to_space", "rearrange", "space_to_depth"]


Groups = list[list[str]]


@public
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """The axes as a pattern names them: "b (h p) c -> b h (p c)" with p=2.

    Names in brackets are one axis of the tensor; all but one of them need a length.

    Raises: ArgumentError for a pattern whose sides differ, ShapeError for sizes that do not fit.
    """
    x = as_tensor(tensor)
    before, after = _sides(pattern)
    if len(before) != x.ndim:
        raise ShapeError(
            "ops.rearrange", "needs a name for each axis", f"{pattern!r} for shape {shape_of(x)}",
            "count the axes on the left",
        )  # fmt: skip
    sizes: dict[str, int] = {}
    for group, size in zip(before, shape_of(x), strict=True):
        sizes.update(_split_sizes(group, size, axes_lengths, pattern))
    names = [name for group in before for name in group]
    order = [names.index(name) for group in after for name in group]
    y = p.transpose(p.reshape(x, [sizes[name] for name in names]), order)
    return p.reshape(y, [math.prod(sizes[name] for name in group) for group in after])


def _sides(pattern: str) -> tuple[Groups, Groups]:
    sides = [
        [part.strip("()").split() for part in re.findall(r"\([^()]*\)|[^\s()]+", side)]
        for side in pattern.split("->")
    ]
    names = [sorted(name for group in side for name in group) for side in sides]
    legal = all(re.fullmatch(r"[A-Za-z_]\w*", name) for side in names for name in side)
    if len(sides) != 2 or names[0] != names[1] or len(set(names[0])) < len(names[0]) or not legal:
        raise ArgumentError(
            "ops.rearrange", "needs the same names on both sides of ->, each once", repr(pattern),
            "write for example 'b h w -> b (h w)'",
        )  # fmt: skip
    return sides[0], sides[1]


def _split_sizes(
    group: list[str], size: int, lengths: dict[str, int], pattern: str
) -> dict[str, int]:
    """The size of each name of one axis; one may be left to be worked out."""
    known = {name: int(lengths[name]) for name in group if name in lengths}
    open_names = [name for name in group if name not in known]
    rest = math.prod(known.values())
    if len(open_names) > 1 or rest == 0 or size % rest or (not open_names and rest != size):
        raise ShapeError(
            "ops.rearrange", f"cannot split an axis of {size} into ({' '.join(group)})",
            f"{pattern!r} with {lengths}", "give the length of all names but one",
        )  # fmt: skip
    return {**known, **{name: size // rest for name in open_names}}


def _images(name: str, x: Any, block_size: int, data_format: str) -> tuple[Tensor, bool]:
    x = as_tensor(x)
    if x.ndim != 4 or data_format not in ("channels_last", "channels_first") or block_size < 1:
        raise ArgumentError(
            f"ops.{name}", "takes images of 4 axes, a format and a block size from 1",
            f"shape {shape_of(x)}, data_format={data_format!r}, block_size={block_size}",
            "use 'channels_last' or 'channels_first'",
        )  # fmt: skip
    return x, data_format == "channels_last"


@public
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Channels spread over blocks of pixels: (N, H, W, C r r) -> (N, H r, W r, C)."""
    x, last = _images("depth_to_space", x, block_size, data_format)
    if last:
        return rearrange(x, "n h w (r s c) -> n (h r) (w s) c", r=block_size, s=block_size)
    return rearrange(x, "n (c r s) h w -> n c (h r) (w s)", r=block_size, s=block_size)


@public
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of pixels gathered in the channels: (N, H r, W r, C) -> (N, H, W, C r r)."""
    x, last = _images("space_to_depth", x, block_size, data_format)
    if last:
        return rearrange(x, "n (h r) (w s) c -> n h w (r s c)", r=block_size, s=block_size)
    return rearrange(x, "n c (h r) (w s) -> n (c r s) h w", r=block_size, s=block_size)

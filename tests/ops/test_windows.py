"""Convolution and pooling where Keras is no judge: defaults, causal padding, NaN, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lamina import ops
from lamina.errors import ArgumentError, LaminaError, ShapeError


def _x(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("pool", [ops.max_pool, ops.average_pool])
def test_windows_of_a_pool_do_not_overlap_unless_told(pool: Callable[..., Any]) -> None:
    """Keras on JAX fails at the default that it documents."""
    x = _x(2, 7, 6, 3)
    np.testing.assert_array_equal(pool(x, (2, 3)), pool(x, (2, 3), strides=(2, 3)))


def test_causal_padding_sees_nothing_of_what_follows() -> None:
    """That is zeros before the axis, which Keras' Conv1D adds by itself."""
    x, w = _x(2, 9, 3), _x(3, 3, 4)
    before = np.pad(x, ((0, 0), (4, 0), (0, 0)))
    wanted = ops.conv(before, w, dilation_rate=2)
    found = ops.conv(x, w, padding="causal", dilation_rate=2)
    np.testing.assert_array_equal(found, wanted)


def test_nan_wins() -> None:
    x = np.asarray([1, np.nan, 5, 2, 3, 0], "float32").reshape(1, 6, 1)
    found = np.asarray(ops.max_pool(x, 3))
    np.testing.assert_array_equal(found.ravel(), [np.nan, 3])


def test_whole_numbers_are_pooled() -> None:
    x = np.arange(12, dtype="int32").reshape(1, 4, 3, 1)
    found = ops.max_pool(x, 2, padding="same")
    assert np.asarray(found).ravel().tolist() == [4, 5, 10, 11]
    assert found.dtype == "int32"


@pytest.mark.parametrize(("n", "count"), [(7, 7), (11, 14), (5, 3), (3, 5), (1, 4)])
def test_bounds_of_adaptive_pools_are_exact(n: int, count: int) -> None:
    """Keras on JAX rounds some of them."""
    x = _x(2, n, 3)
    bounds = [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]
    means = np.stack([x[:, a:b].mean(1) for a, b in bounds], 1)
    most = np.stack([x[:, a:b].max(1) for a, b in bounds], 1)
    np.testing.assert_allclose(ops.adaptive_average_pool(x, count), means, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(ops.adaptive_max_pool(x, count), most)


IMAGE = np.zeros((2, 6, 5, 4), "float32")


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, "float32")


REFUSED: list[tuple[str, type[LaminaError], Callable[[], Any]]] = [
    ("ops.conv needs a kernel with the rank", ShapeError,
     lambda: ops.conv(IMAGE, _zeros(3, 4, 5))),
    ("ops.conv needs a kernel with the rank", ShapeError,
     lambda: ops.conv(IMAGE, _zeros(3, 0, 4, 5))),
    ("a multiple of the kernel's", ShapeError, lambda: ops.conv(IMAGE, _zeros(3, 3, 3, 6))),
    ("a multiple of the groups", ShapeError, lambda: ops.conv(IMAGE, _zeros(3, 3, 2, 5))),
    ("at least as long as the kernel", ShapeError, lambda: ops.conv(IMAGE, _zeros(7, 1, 4, 5))),
    ("at least as long as the kernel", ShapeError,
     lambda: ops.conv(IMAGE, _zeros(3, 3, 4, 5), dilation_rate=(1, 3))),
    ("needs strides of 2 whole numbers", ArgumentError,
     lambda: ops.conv(IMAGE, _zeros(3, 3, 4, 5), (1, 2, 3))),
    ("needs strides of 2 whole numbers", ArgumentError,
     lambda: ops.conv(IMAGE, _zeros(3, 3, 4, 5), 0)),
    ("does not know this padding", ArgumentError,
     lambda: ops.conv(IMAGE, _zeros(3, 3, 4, 5), 1, "causal")),
    ("does not know this data_format", ArgumentError,
     lambda: ops.conv(IMAGE, _zeros(3, 3, 4, 5), data_format="NHWC")),
    ("a batch axis, spatial axes", ShapeError, lambda: ops.conv(_zeros(2, 3), _zeros(3, 5))),
    ("ops.depthwise_conv needs as many channels", ShapeError,
     lambda: ops.depthwise_conv(IMAGE, _zeros(3, 3, 2, 1))),
    ("needs a pointwise kernel of size 1", ShapeError,
     lambda: ops.separable_conv(IMAGE, _zeros(3, 3, 4, 2), _zeros(1, 1, 4, 3))),
    ("the kernel's last axis", ShapeError,
     lambda: ops.conv_transpose(IMAGE, _zeros(3, 3, 4, 5))),
    ("needs output_padding of 2 whole numbers from 0", ArgumentError,
     lambda: ops.conv_transpose(IMAGE, _zeros(3, 3, 5, 4), output_padding=-1)),
    ("at least as long as pool_size", ShapeError, lambda: ops.max_pool(IMAGE, 6)),
    ("needs pool_size of 2 whole numbers", ArgumentError, lambda: ops.average_pool(IMAGE, 2.0)),
    ("axes that are not empty", ShapeError,
     lambda: ops.adaptive_max_pool(_zeros(2, 0, 3), 2)),
    ("takes images", ShapeError, lambda: ops.unfold(_zeros(2, 3, 4), 2)),
    ("images at least as large as kernel_size", ShapeError, lambda: ops.unfold(IMAGE, (2, 5))),
    ("takes columns", ShapeError, lambda: ops.fold(IMAGE, 3, 2)),
    ("a column for each window", ShapeError, lambda: ops.fold(_zeros(2, 8, 5), 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "call"), REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_refusals_say_what_was_received(
    text: str, kind: type[LaminaError], call: Callable[[], Any]
) -> None:
    with pytest.raises(kind, match=re.escape(text)) as caught:
        call()
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("  received: ")
    assert lines[2].startswith("  mend:     ")

"""ops.image beyond Keras' answers: partial batches, exact places, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lamina import ops
from lamina.engines.reference.evaluate import evaluate
from lamina.errors import ArgumentError, DtypeError, LaminaError, MissingNameError, ShapeError
from lamina.graph.node import Graph, Rows
from lamina.graph.trace import Trace

image = ops.image
TURN = np.asarray([0.9, 0.1, 0.5, -0.1, 1.1, 0.2, 0, 0], "float32")
BY_ROW = [
    lambda x: image.resize(x, (5, 9)),
    lambda x: image.resize(x, (5, 9), "nearest"),
    lambda x: image.resize(x, (8, 3), "lanczos3", antialias=True, pad_to_aspect_ratio=True),
    lambda x: image.affine_transform(x, TURN),
    lambda x: image.extract_patches(x, (3, 2), padding="same"),
    lambda x: image.gaussian_blur(x, data_format="channels_last"),
    lambda x: ops.conv_transpose(ops.max_pool(x, 2), np.ones((3, 3, 2, 3), "float32"), 2),
    lambda x: ops.adaptive_average_pool(x, (2, 3)),
]


@pytest.mark.parametrize("call", BY_ROW, ids=range(len(BY_ROW)))
def test_each_image_of_a_partial_batch_is_for_itself(call: Callable[..., Any]) -> None:
    x = np.random.default_rng(0).normal(size=(5, 8, 7, 3)).astype("float32")
    with Trace(dynamic=True) as trace:
        arg = trace.argument(x.shape, "float32", Rows(0))
        y = trace.lift(call(arg))
        assert not trace.exact
        assert y.node.rows == Rows(0)
        inputs = (arg.node, trace.valid.node)
        (found,) = evaluate(Graph(inputs, (y.node,)), [x, np.asarray(3, "int32")])
    np.testing.assert_allclose(found[:3], call(x[:3]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("n", "m"), [(5, 15), (15, 5), (6, 2), (7, 7), (5, 8), (9, 4), (1, 3)])
def test_nearest_places_are_exact(n: int, m: int) -> None:
    """Entry floor((i + 1/2) n / m), in whole numbers."""
    x = np.arange(n, dtype="float32").reshape(1, n, 1, 1)
    found = np.asarray(image.resize(x, (m, 1), "nearest")).ravel()
    assert found.tolist() == [(2 * i + 1) * n // (2 * m) for i in range(m)]


IMAGE, BYTES = np.zeros((2, 6, 5, 3), "float32"), np.zeros((2, 6, 5, 3), "uint8")
POINTS = np.zeros((4, 2), "float32")
REFUSED: list[tuple[str, type[LaminaError], Callable[[], Any]]] = [
    ("takes one image of 3 axes", ShapeError, lambda: image.resize(IMAGE[0, 0], (2, 2))),
    ("needs size of 2 whole numbers", ArgumentError, lambda: image.resize(IMAGE, (2, 0))),
    ("does not know this interpolation", ArgumentError,
     lambda: image.resize(IMAGE, (2, 2), "area")),
    ("is to crop and to pad", ArgumentError,
     lambda: image.resize(IMAGE, (2, 2), "nearest", False, True, True)),
    ("needs a known method", ArgumentError,
     lambda: image.scale_and_translate(IMAGE, (2, 3, 5, 3), [2.0], [0.0], (2,), "linear")),
    ("needs two of top_padding", ArgumentError, lambda: image.pad_images(IMAGE, 1, 1, 1, 1, 9)),
    ("needs numbers of entries from 0 up", ArgumentError,
     lambda: image.pad_images(IMAGE, 1, 1, None, 1, 5)),
    ("needs numbers of entries from 0 up", ArgumentError,
     lambda: image.crop_images(IMAGE, 1, 1, -1, 1)),
    ("cannot cut off more", ArgumentError, lambda: image.crop_images(IMAGE, 3, 1, 4, 1)),
    ("at least as long as size", ShapeError, lambda: image.extract_patches(IMAGE, 6)),
    ("takes the size of images or volumes", ArgumentError,
     lambda: image.extract_patches(IMAGE, (1, 2, 3, 4))),
    ("takes images of 1 or 3 channels", ShapeError,
     lambda: image.rgb_to_grayscale(IMAGE[..., :2])),
    ("takes floats", DtypeError, lambda: image.rgb_to_hsv(BYTES)),
    ("needs two standard deviations", ShapeError,
     lambda: image.gaussian_blur(IMAGE, 3, (1.0, 1.0, 1.0))),
    ("takes a batch of images", ShapeError, lambda: image.sobel_edges(IMAGE[0])),
    ("compares images of one shape", ShapeError, lambda: image.ssim(IMAGE, IMAGE[:, 1:])),
    ("one coordinate for each axis", ShapeError,
     lambda: image.map_coordinates(IMAGE[0], np.zeros((2, 5), "float32"), 1)),
    ("does not know this interpolation", ArgumentError,
     lambda: image.map_coordinates(IMAGE[0], np.zeros((3, 5), "float32"), 2)),
    ("needs eight numbers", ShapeError, lambda: image.affine_transform(IMAGE, TURN[:6])),
    ("needs four points", ShapeError,
     lambda: image.perspective_transform(IMAGE, POINTS[:3], POINTS)),
    ("as many start points as end points", ShapeError,
     lambda: image.perspective_transform(IMAGE, POINTS, np.stack([POINTS] * 2))),
    ("does not offer Keras' 'elastic_transform'", MissingNameError,
     lambda: image.elastic_transform),
    ("has no op 'resise'", MissingNameError, lambda: image.resise),
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

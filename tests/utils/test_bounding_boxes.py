"""Bounding boxes against Keras' own, one question a function; float32 sums of a few terms."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import pytest
from recorded import Answers, flat

from lamina.errors import ArgumentError, ShapeError
from lamina.utils import bounding_boxes

CLOSE = {"rtol": 2e-5, "atol": 2e-5}
RNG = np.random.default_rng(3)
LOW = RNG.uniform(-5, 40, (2, 5, 2))
BOXES = np.concatenate([LOW, LOW + RNG.uniform(1, 60, (2, 5, 2))], axis=-1).astype("float32")
OTHERS = BOXES[:, ::-1][:, :3] + 4
ABSENT = np.concatenate([BOXES, np.full((2, 1, 4), -1, "float32")], axis=1)
FORMATS = bounding_boxes.FORMATS
DEGREES = np.asarray([10.0, -25.0], "float32")
PART = np.asarray([0.1, 0.2], "float32")

QUESTIONS: dict[str, Any] = {
    **{
        f"convert {a} {b}": lambda k, a=a, b=b: k.convert_format(BOXES, a, b, 80, 60)
        for a in FORMATS
        for b in FORMATS
    },
    "clip": lambda k: list(
        k.clip_to_image_size({"boxes": BOXES, "labels": np.ones((2, 5), "int32")}, 50, 30).values()
    ),
    "clip relative": lambda k: list(
        k.clip_to_image_size(
            {"boxes": BOXES / 40, "labels": np.ones((2, 5), "int32")},
            bounding_box_format="rel_xyxy",
        ).values()
    ),
    "crop": lambda k: k.crop(BOXES, 4, 7, 20, 30),
    "pad": lambda k: k.pad(BOXES, 4, 7, 20, 30),
    "affine": lambda k: k.affine_transform(
        BOXES, DEGREES, PART, -PART, 1 + PART, DEGREES / 3, DEGREES / 4, 80, 60
    ),
    "encode": lambda k: k.encode_box_to_deltas(BOXES[0], BOXES, "xyxy", "xywh"),
    "encode variance": lambda k: k.encode_box_to_deltas(
        BOXES[0], BOXES, "xyxy", "rel_xyxy", "center_xywh", [0.1, 0.1, 0.2, 0.2], (80, 60, 3)
    ),
    "decode": lambda k: k.decode_deltas_to_boxes(
        BOXES[0], BOXES / 50, "xyxy", "xyxy", "center_xywh", [0.1, 0.1, 0.2, 0.2]
    ),
    "iou": lambda k: k.compute_iou(BOXES, OTHERS, "xyxy"),
    "iou flat": lambda k: k.compute_iou(BOXES[0], OTHERS[1], "xywh"),
    "iou masked": lambda k: k.compute_iou(ABSENT, OTHERS, "xyxy", use_masking=True),
    "ciou": lambda k: k.compute_ciou(BOXES[:, :3], OTHERS, "xyxy"),
}


def keras_answer(key: str) -> np.ndarray:
    found = QUESTIONS[key](keras.utils.bounding_boxes)
    return flat(*[np.asarray(part) for part in (found if isinstance(found, list) else [found])])


ANSWERS = Answers(
    __file__, {key: functools.partial(keras_answer, key) for key in QUESTIONS}, "boxes.npz"
)


@pytest.mark.parametrize("key", QUESTIONS)
def test_boxes_are_those_of_keras(key: str) -> None:
    found = QUESTIONS[key](bounding_boxes)
    numbers = flat(*[np.asarray(p) for p in (found if isinstance(found, list) else [found])])
    np.testing.assert_allclose(numbers, ANSWERS[key], **CLOSE)


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(3, seed=1, **CLOSE)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda b: b.convert_format(BOXES, "xyxy", "diagonal"), ArgumentError, "no such format"),
        (lambda b: b.convert_format(BOXES, "rel_xyxy", "xyxy"), ArgumentError, "picture's size"),
        (lambda b: b.convert_format(BOXES[..., :3], "xyxy", "xywh"), ShapeError, "4 numbers"),
        (lambda b: b.crop(BOXES, 1, 1, 2, 2, "xywh"), ArgumentError, "takes only xyxy"),
        (lambda b: b.encode_box_to_deltas(BOXES, BOXES, "xyxy", "xyxy", "xyxy"), ArgumentError,
         "center_xywh and center_yxhw"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(call: Any, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        call(bounding_boxes)

"""Boxes and masks that move with pictures: Keras' for what it drew, and by NumPy where it errs."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina.errors import ArgumentError, UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(0, 255, (3, 12, 12, 3)).astype("float32")
BOXES = np.array(
    [[[1, 2, 5, 7], [3, 3, 11, 6]], [[0, 0, 4, 4], [6, 5, 9, 11]], [[2, 1, 8, 9], [4, 6, 7, 10]]],
    "float32",
)
LABELS = np.array([[1, 2], [3, 4], [5, 6]], "int32")
MASKS = RANDOM.integers(0, 5, (3, 12, 12, 1)).astype("int32")
# A handful of float32 operations on numbers up to 12.
TOLERANCE = {"rtol": 1e-5, "atol": 1e-4}


def turned(drawn):
    return {"angle": np.asarray(drawn["angle"]) * np.pi / 180}


def moved(drawn):
    shift = np.asarray(drawn["translations"]) / 12
    return {"right": shift[:, 0], "down": shift[:, 1]}


def zoomed(drawn):
    return {name: np.asarray(drawn[name])[:, 0] for name in ("height_zoom", "width_zoom")}


def same(drawn):
    return {name: np.asarray(value) for name, value in drawn.items() if name != "input_shape"}


ROWS = {
    "flip": ("RandomFlip", (), {}, same),
    "flip sideways": ("RandomFlip", ("horizontal",), {}, same),
    "rotation": ("RandomRotation", (0.1,), {}, turned),
    "translation": ("RandomTranslation", (0.3, 0.4), {}, moved),
    "zoom": ("RandomZoom", (0.3, 0.2), {"fill_mode": "constant"}, zoomed),
    "shear along x": ("RandomShear", (0.4,), {}, same),
    "perspective": ("RandomPerspective", (1.0, 0.4), {}, same),
    "size": ("Resizing", (6, 18), {}, dict),
    "size, cut": ("Resizing", (6, 12), {"crop_to_aspect_ratio": True}, dict),
    "size, padded": ("Resizing", (12, 24), {"pad_to_aspect_ratio": True}, dict),
    "middle": ("CenterCrop", (6, 8), {}, dict),
    "middle of a small one": ("CenterCrop", (16, 8), {}, dict),
}  # fmt: skip


def boxes_of(boxes=BOXES):
    return {"boxes": boxes.copy(), "labels": LABELS.copy()}


@pytest.mark.parametrize("name", ROWS)
def test_boxes_and_masks_are_keras_for_what_it_drew(name):
    layer, args, options, read = ROWS[name]
    ours, theirs = (getattr(k.layers, layer)(*args, bounding_box_format="xyxy", **options)
                    for k in (lamina, keras))  # fmt: skip
    seed = keras.random.SeedGenerator(1)
    drawn = theirs.get_random_transformation(X, training=True, seed=seed)
    values = {} if read is dict else read(drawn)
    given = {k: lamina.ops.convert_to_tensor(v) for k, v in values.items()}
    given["input_shape"] = X.shape
    tensors = {k: keras.ops.convert_to_tensor(v) for k, v in boxes_of().items()}
    wanted = theirs.transform_bounding_boxes(tensors, drawn, training=True)
    found = ours.transform_bounding_boxes(boxes_of(), given)
    np.testing.assert_allclose(found["boxes"], np.asarray(wanted["boxes"]), **TOLERANCE)
    np.testing.assert_array_equal(found["labels"], np.asarray(wanted["labels"]))
    masks = np.asarray(ours.transform_segmentation_masks(MASKS, given))
    assert masks.dtype == MASKS.dtype
    assert set(masks.ravel()) <= set(range(5))
    if name != "middle of a small one":  # Keras mixes classes there
        theirs_masks = keras.ops.convert_to_tensor(MASKS.astype("float32"))
        wanted = np.asarray(theirs.transform_segmentation_masks(theirs_masks, drawn, training=True))
        # The nearest of two equally near entries may differ.
        assert (masks == wanted).mean() > 0.98
    assert ours.get_config()["bounding_box_format"] == "xyxy"


@pytest.mark.parametrize("name", ROWS)
def test_formats_agree_in_dicts(name):
    """The same boxes in another format come out the same, for a batch and for one picture."""
    layer, args, options, _ = ROWS[name]
    seed = {} if layer in ("Resizing", "CenterCrop") else {"seed": 4}
    convert = keras.utils.bounding_boxes.convert_format
    found = {}
    for kind in ("xyxy", "rel_yxyx", "center_xywh"):
        made = getattr(lamina.layers, layer)(*args, bounding_box_format=kind, **options, **seed)
        boxes = np.asarray(convert(BOXES, "xyxy", kind, height=12, width=12))
        data = {"images": X, "labels": np.arange(3), "bounding_boxes": boxes_of(boxes),
                "segmentation_masks": MASKS}  # fmt: skip
        out = made(data)
        rows, columns = out["images"].shape[1:3]
        again = convert(np.asarray(out["bounding_boxes"]["boxes"]), kind, "xyxy",
                        height=rows, width=columns)  # fmt: skip
        found[kind] = np.asarray(again)
        assert out["segmentation_masks"].shape == (3, rows, columns, 1)
        np.testing.assert_array_equal(out["labels"], np.arange(3))
    for value in found.values():
        np.testing.assert_allclose(value, found["xyxy"], rtol=1e-4, atol=1e-3)
    one = {"images": X[0], "bounding_boxes": {"boxes": BOXES[0], "labels": LABELS[0]}}
    out = getattr(lamina.layers, layer)(*args, bounding_box_format="xyxy", **options)(one)
    assert out["bounding_boxes"]["boxes"].shape == (2, 4)


def test_a_crop_moves_boxes_as_its_pictures():
    """By hand: less the first column and row, cut to 6 rows and 8 columns."""
    layer = lamina.layers.RandomCrop(6, 8, seed=2, bounding_box_format="xyxy")
    for training in (True, False):
        drawn = layer.get_random_transformation(X, training=training)
        row, column = int(drawn["row"]), int(drawn["column"])
        wanted = np.clip(BOXES - [column, row, column, row], 0, [8, 6, 8, 6])
        found = layer.transform_bounding_boxes(boxes_of(), drawn, training=training)
        np.testing.assert_allclose(found["boxes"], wanted, **TOLERANCE)
        area = np.prod(wanted[..., 2:] - wanted[..., :2], axis=-1)
        np.testing.assert_array_equal(found["labels"], np.where(area > 0, LABELS, -1))
        np.testing.assert_array_equal(
            layer.transform_segmentation_masks(MASKS, drawn),
            MASKS[:, row : row + 6, column : column + 8],
        )


def test_boxes_sheared_both_ways_lie_around_their_corners():
    """By NumPy: pictures show at p what was at A p, so corners come to A^-1 of themselves."""
    shear = np.array([[0.2, 0.3], [-0.3, 0.1], [0.1, -0.2]], "float32")
    layer = lamina.layers.RandomShear(0.3, 0.3, bounding_box_format="xyxy")
    given = {"shear_factor": lamina.ops.convert_to_tensor(shear), "input_shape": (3, 12, 12, 3)}
    found = np.asarray(layer.transform_bounding_boxes(boxes_of(), given)["boxes"])
    for i, (x, y) in enumerate(shear):
        inverse = np.linalg.inv([[1, x], [y, 1]])
        for j, (left, top, right, bottom) in enumerate(BOXES[i]):
            corners = inverse @ [[left, right, left, right], [top, top, bottom, bottom]]
            wanted = np.clip([*corners.min(axis=1), *corners.max(axis=1)], 0, 12)
            np.testing.assert_allclose(found[i, j], wanted, **TOLERANCE)


def test_mixed_pictures_have_the_boxes_of_both():
    layer = lamina.layers.MixUp()
    given = {"permutation_order": np.array([2, 0, 1]), "mix_weight": np.ones(3, "float32")}
    found = layer.transform_bounding_boxes(boxes_of(), given)
    order = [2, 0, 1]
    np.testing.assert_array_equal(found["boxes"], np.concatenate([BOXES, BOXES[order]], 1))
    np.testing.assert_array_equal(found["labels"], np.concatenate([LABELS, LABELS[order]], 1))


def test_what_moves_no_boxes_says_so():
    data = {"images": X, "bounding_boxes": boxes_of()}
    with pytest.raises(ArgumentError, match="known format"):
        lamina.layers.RandomFlip()(data)
    layer = lamina.layers.CutMix(bounding_box_format="xyxy")
    drawn = {**layer.get_random_transformation(X), "input_shape": X.shape}
    with pytest.raises(UnsupportedError, match="does not change boxes"):
        layer.transform_bounding_boxes(boxes_of(), drawn)

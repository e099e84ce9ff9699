"""More rows of `vocabulary`: ops.image, one image or a batch, in odd sizes."""

from __future__ import annotations

import numpy as np
from vocabulary import add, call, exactly, real, whole

FIRST = "channels_first"
ONE, BATCH = real(7, 5, 3), real(2, 6, 9, 3)
RGB = real(2, 4, 5, 3, low=0.0, high=1.0)
BYTES = whole(5, 4, 2, low=0, high=256, dtype="uint8")
LAST = real(2, 3, 6, 5)

# ── sizes ──

# Sizes at which Keras' float32 places fall on no border between two entries.
METHODS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
add(
    "image.resize",
    *(call(ONE, (4, 8), method) for method in METHODS),
    *(call(BATCH, (13, 4), method) for method in METHODS),
    *(call(BATCH, (3, 4), method, True) for method in METHODS if method != "nearest"),
    call(BATCH, (12, 27), "nearest"), call(BATCH, (2, 3), "nearest"), call(BATCH, (6, 9)),
    call(BATCH, (5, 5), crop_to_aspect_ratio=True), call(ONE, (9, 4), crop_to_aspect_ratio=True),
    call(BATCH, (5, 5), pad_to_aspect_ratio=True, fill_value=0.5),
    call(ONE, (9, 4), pad_to_aspect_ratio=True),
    call(LAST, (4, 9), "bilinear", False, True, False, "constant", 0.0, FIRST),
    call(BYTES, (10, 8)), call(BYTES, (3, 2), "bicubic", True), call(BYTES, (9, 7), "nearest"),
)  # fmt: skip
add(
    "image.scale_and_translate",
    call(real(5, 4), (9, 4), exactly([1.7]), exactly([0.3]), (0,), "linear"),
    call(BATCH, (2, 4, 12, 3), exactly([0.6, 1.4]), exactly([0.2, -1.0]), (1, 2), "cubic"),
    call(ONE, (7, 3, 3), exactly([0.5]), exactly([0.0]), (1,), "lanczos3", False),
    call(ONE, (4, 9, 3), exactly([0.7, 1.5]), exactly([0.1, 0.2]), (0, 1), "lanczos5"),
)  # fmt: skip
add(
    "image.pad_images",
    call(ONE, 1, 2, 3, 0), call(BATCH, 2, 0, None, None, 9, 11), call(ONE, None, 1, 2, 2, 10),
    call(LAST, 1, 1, 0, 2, data_format=FIRST),
)  # fmt: skip
add(
    "image.crop_images",
    call(ONE, 1, 2, 3, 0), call(BATCH, 2, 0, None, None, 3, 7), call(ONE, None, 1, 2, 2, 4),
    call(LAST, 1, 1, 0, 2, data_format=FIRST),
)  # fmt: skip
add(
    "image.extract_patches",
    call(ONE, 2), call(BATCH, (3, 2)), call(BATCH, (3, 2), 1), call(BATCH, 3, 2, 1, "same"),
    call(ONE, (2, 3), (1, 1), (2, 1)), call(LAST, 2, 2, 1, "valid", FIRST),
    call(real(4, 5, 4, 2), (2, 2, 3)), call(real(2, 4, 5, 4, 1), (2, 1, 3), 1, 1, "same"),
)  # fmt: skip
add(
    "image.extract_patches_3d",
    call(real(4, 5, 4, 2), 2), call(real(2, 1, 4, 5, 4), (2, 2, 1), (1, 2, 2), 1, "same", FIRST),
)  # fmt: skip

# ── colours and filters ──

add("image.rgb_to_grayscale", call(RGB), call(real(3, 4, 5), FIRST), call(real(3, 4, 1)),
    call(whole(3, 4, 3, low=0, high=256, dtype="uint8")))  # fmt: skip
add("image.rgb_to_hsv image.hsv_to_rgb", call(RGB), call(real(3, 4, 5, low=0.0, high=1.0), FIRST))
PURE = [[[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]]
add("image.rgb_to_hsv", call(exactly(PURE)))
add(
    "image.gaussian_blur",
    call(BATCH, data_format="channels_last"), call(ONE, (5, 3), (0.8, 1.5), "channels_last"),
    call(LAST, (3, 1), (2.0, 1.0), FIRST),
)  # fmt: skip
add("image.sobel_edges", call(BATCH), call(LAST, FIRST))
add("image.ssim", call(real(2, 13, 12, 3), real(2, 13, 12, 3)),
    call(real(9, 8, 1), real(9, 8, 1), 255.0, 7, 1.0, 0.02, 0.05),
    call(real(2, 3, 11, 12), real(2, 3, 11, 12), 2.0, 5, data_format=FIRST))  # fmt: skip

# ── places that are looked up, none of them halfway between two entries ──

MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
add(
    "image.map_coordinates",
    *(call(real(5, 4), real(2, 3, 7, low=-7.0, high=11.0), order, mode, 0.5)
      for mode in MODES for order in (0, 1)),
    call(real(6), real(1, 9, low=-1.0, high=6.0), 1),
    call(whole(4, 3, 3), real(3, 8, low=-1.0, high=4.0), 1, "nearest"),
)  # fmt: skip
TURN = [0.917, -0.313, 0.611, 0.271, 1.133, -0.419, 0.0, 0.0]
TURNS = exactly([TURN, [1.2, 0.1, -0.7, -0.3, 0.8, 0.9, 0.0, 0.0]])
add(
    "image.affine_transform",
    *(call(BATCH, TURNS, "bilinear", mode, 0.5) for mode in MODES),
    call(BATCH, exactly([TURN, [1.217, 0.131, -0.713, -0.313, 0.823, 0.919, 0, 0]]), "nearest"),
    call(ONE, exactly(TURN)),
    call(ONE, exactly([*TURN[:6], 0.3, -0.2]), "bilinear", "nearest"),
    call(LAST, TURNS, "bilinear", "constant", 0, FIRST),
)  # fmt: skip
CORNERS = np.asarray([[0, 0], [4, 0], [0, 6], [4, 6]], "float32")
MOVED = CORNERS + np.asarray([[0.3, 0.2], [-0.4, 0.6], [0.1, -0.7], [0.2, 0.4]], "float32")
add(
    "image.perspective_transform",
    call(ONE, exactly(CORNERS), exactly(MOVED)),
    call(BATCH, exactly([CORNERS, MOVED]), exactly([MOVED, CORNERS]), "nearest", 0.5),
    call(LAST, exactly([CORNERS] * 2), exactly([MOVED] * 2), "bilinear", 1.0, FIRST),
)  # fmt: skip

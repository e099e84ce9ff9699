"""More rows of `vocabulary`: convolution, pooling and patches, in odd sizes."""

from __future__ import annotations

from vocabulary import add, call, real, whole

FIRST = "channels_first"
LINE, PLANE, SPACE = real(2, 11, 4), real(2, 9, 7, 4), real(1, 5, 4, 6, 2)

# ── convolution ──

add(
    "conv",
    call(LINE, real(3, 4, 5)),
    call(LINE, real(4, 4, 5), 2, "same"),
    call(LINE, real(3, 4, 1), 1, "valid", None, 2),
    call(LINE, real(3, 4, 2), (2,), "SAME", None, (3,)),
    call(real(3, 4, 8), real(3, 4, 2), 3, "same", FIRST),
    call(real(1, 1, 1), real(1, 1, 1)),
    call(PLANE, real(3, 3, 4, 5)),
    call(PLANE, real(3, 2, 4, 5), (2, 1), "same"),
    call(PLANE, real(2, 3, 4, 3), 1, "same", None, (3, 2)),
    call(PLANE, real(3, 3, 4, 3), 3),
    call(PLANE, real(2, 2, 4, 3), 3, "same"),
    call(PLANE, real(1, 1, 4, 3), 2),
    call(PLANE, real(9, 7, 4, 3)),
    call(PLANE, real(3, 3, 2, 6), 2, "same"),
    call(PLANE, real(3, 3, 1, 8)),
    call(real(2, 4, 9, 7), real(3, 3, 2, 2), (1, 2), "same", FIRST, 1),
    call(real(1, 4, 4, 1), real(5, 5, 1, 2), 1, "same"),
    call(whole(1, 5, 4, 3), real(2, 2, 3, 1)),
    call(SPACE, real(3, 2, 3, 2, 3)),
    call(SPACE, real(2, 3, 2, 1, 4), (1, 2, 3), "same"),
    call(real(1, 2, 5, 4, 6), real(3, 2, 3, 2, 3), 1, "same", FIRST, (1, 2, 1)),
)

add(
    "depthwise_conv",
    call(LINE, real(3, 4, 2)),
    call(LINE, real(2, 4, 1), 2, "same"),
    call(PLANE, real(3, 3, 4, 1), 1, "same"),
    call(PLANE, real(3, 2, 4, 3), (2, 2), "valid"),
    call(PLANE, real(2, 3, 4, 2), 1, "same", None, 2),
    call(real(2, 4, 9, 7), real(3, 3, 4, 2), 2, "same", FIRST),
)
add(
    "separable_conv",
    call(LINE, real(3, 4, 2), real(1, 8, 5)),
    call(PLANE, real(3, 2, 4, 1), real(1, 1, 4, 3), 2, "same"),
    call(PLANE, real(2, 2, 4, 2), real(1, 1, 8, 3), 1, "valid", None, (2, 3)),
    call(real(2, 4, 9, 7), real(3, 3, 4, 2), real(1, 1, 8, 1), 1, "same", FIRST),
)
SMALL = real(2, 5, 4, 3)
add(
    "conv_transpose",
    call(real(2, 5, 3), real(3, 4, 3)),
    call(real(2, 5, 3), real(4, 2, 3), 3, "same"),
    call(real(2, 5, 3), real(2, 2, 3), 3),
    call(real(2, 5, 3), real(2, 2, 3), 4, "same"),
    call(real(2, 5, 3), real(3, 2, 3), 2, "valid", 3),
    call(real(2, 5, 3), real(3, 2, 3), 1, "same", 0, None, 2),
    call(SMALL, real(3, 3, 5, 3), 2, "same"),
    call(SMALL, real(3, 2, 5, 3), 2),
    call(SMALL, real(3, 3, 2, 3), 1, "same"),
    call(SMALL, real(4, 3, 2, 3), (2, 1), "same", (1, 0)),
    call(SMALL, real(5, 4, 2, 3), (3, 2), "valid", (2, 1)),
    call(SMALL, real(5, 5, 1, 3), 2, "same", 1),
    call(SMALL, real(3, 2, 2, 3), 1, "valid", None, None, (2, 3)),
    call(SMALL, real(2, 2, 2, 3), 2, "valid", None, None, 2),
    call(SMALL, real(1, 1, 2, 3), 2, "same"),
    call(real(2, 3, 5, 4), real(3, 3, 2, 3), 2, "same", None, FIRST),
    call(real(1, 2, 3, 2, 2), real(3, 2, 2, 2, 2), (2, 1, 3), "same"),
)
add(
    "unfold",
    call(real(2, 3, 5, 4), 2), call(real(2, 3, 6, 7), (3, 2), 2, 1, 2),
    call(real(1, 1, 5, 4), (2, 3), (1, 1), (0, 2), (3, 1)), call(real(1, 2, 4, 4), 2, 1, 0, 2),
)  # fmt: skip
add(
    "fold",
    call(real(2, 12, 12), (5, 4), 2), call(real(2, 18, 12), (7, 8), (3, 2), 2, 1, 2),
    call(real(1, 8, 4), 4, 2, 1, 0, 2),
)  # fmt: skip

# ── pooling: Keras on JAX fails where the strides are left out, which `test_windows` tests ──

POOLINGS = [
    call(LINE, 3, 3), call(LINE, 3, 2, "same"), call(LINE, (2,), (5,), "valid"),
    call(real(2, 3, 10), 4, 4, "same", FIRST), call(real(1, 1, 1), 1, 1),
    call(PLANE, 2, 2), call(PLANE, 2, 2, "same"), call(PLANE, (3, 2), (1, 2), "SAME"),
    call(PLANE, 3, 2), call(PLANE, (9, 7), (9, 7)), call(PLANE, (1, 2), (3, 1)),
    call(real(2, 4, 9, 7), (2, 3), (2, 3), "same", FIRST), call(PLANE, 2, 4, "same"),
    call(SPACE, 2, 2), call(SPACE, (2, 3, 2), (1, 3, 2), "same"),
]  # fmt: skip
add("max_pool average_pool", *POOLINGS)
# Entries that are equal: the first of a window has all of the gradient.
add("max_pool", *(call(lambda r: r.integers(0, 3, (2, 9, 7, 2)).astype("float32"), *rest)
                  for rest in ((2, 2), (3, 1, "same"), (3, 2))))  # fmt: skip
# Keras on JAX finds the bounds by float division; left out are sizes where they come out wrong (7
# windows of 7 entries).
ADAPTIVE = [
    call(LINE, 3), call(LINE, (11,)), call(LINE, 16), call(real(2, 3, 10), 5, FIRST),
    call(PLANE, 3), call(PLANE, (4, 6)), call(PLANE, (1, 5)), call(PLANE, (12, 1)),
    call(real(2, 4, 9, 7), (2, 3), FIRST), call(SPACE, (2, 3, 4)), call(SPACE, 1),
]  # fmt: skip
add("adaptive_max_pool adaptive_average_pool", *ADAPTIVE)
add("adaptive_max_pool",
    call(lambda r: r.integers(0, 3, (2, 9, 7, 2)).astype("float32"), (4, 3)))  # fmt: skip

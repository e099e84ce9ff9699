"""More rows of `vocabulary`: convolution and pooling, in odd sizes, one to three spatial axes."""

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

"""The calls on which lamina.ops is compared with keras.ops: one row or more for every op.

Operands are specs, made anew for each call from a seed of its own, so that adding a row leaves
the others' numbers, and Keras' recorded answers, as they are. Left out are the calls whose meaning
Keras leaves to chance (x // 0, places beyond an axis, casts beyond the bounds): `test_edges` has
ours. `NOT_DIFFERENTIATED` names what JAX has no gradient for, or NaN where ours is finite.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Spec = Callable[[np.random.Generator], Any]


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments and options of one call; functions among them are specs of operands."""

    args: tuple[Any, ...]
    options: dict[str, Any]


def call(*args: Any, **options: Any) -> Call:
    """A row of the table."""
    return Call(args, options)


def real(*shape: int, low: float = -2.0, high: float = 2.0) -> Spec:
    """Uniform floats."""
    return lambda random: random.uniform(low, high, shape).astype("float32")


def whole(*shape: int, low: int = -4, high: int = 5, dtype: str = "int32") -> Spec:
    """Integers from low below high."""
    return lambda random: random.integers(low, high, shape).astype(dtype)


def truth(*shape: int) -> Spec:
    """Booleans."""
    return lambda random: random.integers(0, 2, shape).astype(bool)


def exactly(values: Any, dtype: str = "float32") -> Spec:
    """These numbers."""
    return lambda random: np.asarray(values, dtype)


def rising(*shape: int) -> Spec:
    """Uniform floats in ascending order along the last axis."""
    return lambda random: np.sort(random.uniform(-2, 2, shape).astype("float32"))


def shares(*shape: int) -> Spec:
    """Floats above 0 that sum to 1 along the last axis."""

    def make(random: np.random.Generator) -> np.ndarray:
        powers = np.exp(random.uniform(-2, 2, shape))
        return (powers / powers.sum(-1, keepdims=True)).astype("float32")

    return make


def holed(*shape: int) -> Spec:
    """Floats, two of them NaN."""

    def make(random: np.random.Generator) -> np.ndarray:
        x = random.uniform(-2, 2, shape).astype("float32")
        x.flat[[1, x.size // 2]] = np.nan
        return x

    return make


ROWS: dict[str, list[Call]] = {}


def add(names: str, *rows: Call) -> None:
    """Enters rows for each of the ops."""
    for name in names.split():
        ROWS.setdefault(name, []).extend(rows)


def cases() -> Iterator[tuple[str, str, Call]]:
    """(id, op, call) of every row."""
    for op, rows in sorted(ROWS.items()):
        for number, row in enumerate(rows):
            yield f"{op}-{number}", op, row


def made(case: str, row: Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments and options of a row with its operands made."""
    random = np.random.default_rng(zlib.crc32(case.encode()))

    def make(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(make(item) for item in value)
        return value(random) if callable(value) else value

    return make(row.args), {key: make(value) for key, value in row.options.items()}


F, G, V, CUBE = real(3, 5), real(3, 5), real(5), real(2, 3, 5)
POSITIVE, FLAGS, HOLED = real(3, 5, low=0.1, high=3.0), truth(3, 5), holed(3, 5)
N, M = whole(3, 5), whole(3, 5, low=1)
BYTES, SHORT = whole(3, 5, low=0, high=9, dtype="uint8"), whole(3, 5, dtype="int8")
KINDS = [call(x) for x in (F, N, FLAGS, BYTES, SHORT)]
NUMBERS = [call(x) for x in (F, N, BYTES, SHORT)]
SPECIAL = exactly([np.inf, np.nan, -np.inf, 1.0, 0.0])

# ── elementwise ──

add(
    """abs absolute negative sign square exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh
    floor ceil trunc reciprocal deg2rad rad2deg cbrt fabs signbit sinc angle conj conjugate real
    imag isreal isnan isinf isfinite isposinf isneginf nan_to_num logical_not zeros_like ones_like
    empty_like copy stop_gradient""",
    *NUMBERS, call(SPECIAL),
)  # fmt: skip
add("absolute exp sin floor isfinite logical_not zeros_like square nan_to_num", call(FLAGS))
add("erf", call(F))
add("log log1p log2 log10 sqrt i0 erfc", call(POSITIVE), call(M), call(FLAGS), call(BYTES))
add("rsqrt", call(POSITIVE))
add("erfc i0", call(real(9, low=-12.0, high=12.0)))
add("arcsin arccos arctanh erfinv", call(real(3, 5, low=-0.9, high=0.9)))
add("arccosh", call(real(3, 5, low=1.1, high=4.0)), call(M))
add("round", *NUMBERS, call(exactly([0.5, 1.5, -0.5, 2.5])), call(real(9, low=-99, high=99), 1),
    call(real(9, low=-999, high=999), -1), call(whole(9, low=-999, high=999), -1))  # fmt: skip
PAIRS = [
    call(F, G), call(F, V), call(N, M), call(F, M), call(FLAGS, F), call(SHORT, BYTES),
    call(F, 2), call(N, 2), call(2.5, M), call(BYTES, 3),
]  # fmt: skip
add(
    """add subtract multiply divide true_divide maximum minimum arctan2 equal not_equal less
    less_equal greater greater_equal logical_and logical_or logical_xor divide_no_nan logaddexp
    logaddexp2 hypot isclose fmax fmin heaviside""",
    *PAIRS,
)
add("add multiply maximum less equal logical_and", call(FLAGS, FLAGS), call(FLAGS, 2))
add("maximum minimum fmax fmin add", call(HOLED, F))
add("floor_divide mod fmod", call(F, POSITIVE), call(N, M), call(F, 2), call(N, 3), call(2.5, M),
    call(F, real(5, low=-2.0, high=-0.3)))  # fmt: skip
add("power", call(POSITIVE, F), call(F, 2), call(N, 3), call(M, 2.5), call(F, 3.0), call(BYTES, 2))
add("bitwise_and bitwise_or bitwise_xor", call(N, M), call(BYTES, SHORT), call(N, 3))
SHIFT = whole(3, 5, low=0, high=9)
add("left_shift right_shift bitwise_left_shift bitwise_right_shift", call(N, SHIFT), call(N, 2))
add("bitwise_not bitwise_invert", call(N), call(BYTES))
add("gcd lcm", call(N, M), call(BYTES, SHORT), call(whole(5, low=0, high=200), 12))
add("ldexp", call(F, N))
add("clip", call(F, -0.5, 0.7), call(N, -1, 2), call(BYTES, 1, 2), call(N, -0.5, 1.5),
    call(F, real(5, low=-2, high=0), real(5, low=0)), call(FLAGS, 0, 1))  # fmt: skip
add(
    "isclose allclose",
    call(F, F),
    call(SPECIAL, SPECIAL),
    call(N, M),
    call(SPECIAL, SPECIAL, equal_nan=True),
    call(exactly([1.0, 1e5]), exactly([1.00001, 1e5 + 2])),
)
add("nan_to_num", call(SPECIAL, nan=3.0, posinf=5.0, neginf=-5.0))
add("where", call(FLAGS, F, G), call(FLAGS, F, 0), call(FLAGS, 1, 2.5), call(N, F, N),
    call(FLAGS, SHORT, BYTES), call(truth(5), F, G))  # fmt: skip
add("select", call([FLAGS, truth(3, 5)], [F, G], 0), call([FLAGS], [N], 7))
add("cast", call(F, "int32"), call(F, "bool"), call(N, "uint8"), call(FLAGS, "float32"))
add("saturate_cast", call(real(9, low=-500, high=500), "uint8"), call(N, "uint8"), call(F, "int8"))

# ── activations and cross-entropies ──

add(
    """relu6 softplus softsign leaky_relu hard_sigmoid hard_silu hard_swish hard_shrink soft_shrink
    tanh_shrink elu selu celu gelu squareplus sparse_plus sparse_sigmoid""",
    call(F), call(N), call(real(4, low=-90.0, high=90.0)),
)  # fmt: skip
add("relu hard_tanh", *KINDS[:3], call(SHORT))
add("sigmoid silu swish log_sigmoid", call(F), call(real(4, low=-90.0, high=90.0)))
add("softmax log_softmax", call(F), call(CUBE, axis=1), call(CUBE, axis=(1, 2)), call(F, None),
    call(real(3, 5, low=-300, high=300)), call(N))  # fmt: skip
add("glu", call(real(3, 4)), call(real(4, 3), axis=0))
add("gelu", call(F, False))
add("leaky_relu elu celu squareplus hard_shrink soft_shrink", call(F, 0.3))
add("threshold", call(F, 0.5, -3.0), call(N, 1, 9))
ONE_HOT = exactly(np.eye(5)[[0, 3, 2]])
add("categorical_crossentropy", call(ONE_HOT, shares(3, 5)), call(ONE_HOT, F, from_logits=True),
    call(exactly(np.eye(5)[[0, 3, 2]].T), real(5, 3, low=0.1), axis=0),
    call(exactly(np.eye(5)[[0, 3, 2]], "int32"), real(3, 5, low=0.1)))  # fmt: skip
CLASSES = exactly([0, 3, 2], "int32")
add("sparse_categorical_crossentropy", call(CLASSES, shares(3, 5)),
    call(CLASSES, F, from_logits=True), call(exactly([[0], [3], [2]], "int32"), shares(3, 5)),
    call(exactly([0, 3, 2]), shares(3, 5)), call(exactly([0, 3, 9], "int32"), shares(3, 5)),
    call(exactly([0, 3, -1], "int32"), shares(3, 5)))  # fmt: skip
add("binary_crossentropy", call(exactly([0, 1, 1, 0]), exactly([0.0, 1.0, 0.3, 0.9])),
    call(real(3, 5, low=0, high=1), real(3, 5, low=0, high=1)),
    call(truth(3, 5), F, from_logits=True))  # fmt: skip

# ── reductions ──

AXES = [call(CUBE, 1), call(CUBE, axis=-1, keepdims=True), call(whole(2, 3, 5), 0),
        call(CUBE, (0, 2), keepdims=True), call(HOLED), call(HOLED, axis=1)]  # fmt: skip
add("sum mean max min amax amin var std prod", *KINDS, *AXES)
add("logsumexp median ptp", *NUMBERS, *AXES)
add("any all", *KINDS, *AXES[:4])
add("nansum nanprod nanmax nanmin nanmean nanvar nanstd nanmedian", *NUMBERS, *AXES)
add("max min", call(F, initial=1.5), call(F, 1, initial=-1.0))
add("prod", call(SHORT, dtype="float32"), call(F, 1, dtype="int32"))
add("argmax argmin nanargmax nanargmin", *NUMBERS, call(CUBE, 1), call(F, keepdims=True),
    call(CUBE, axis=-1, keepdims=True), call(HOLED), call(HOLED, axis=1))  # fmt: skip
add("cumsum cumprod nancumsum nancumprod", *KINDS, call(CUBE, 1), call(HOLED, 0),
    call(SHORT, axis=0, dtype="float32"))  # fmt: skip
add("count_nonzero", *KINDS, call(N, 1), call(N, (0, 1)))
add("average", *NUMBERS, call(F, 1, weights=real(5, low=0.1)),
    call(F, weights=real(3, 5, low=0.1)), call(N, 0))  # fmt: skip
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
add("quantile nanquantile", call(F, 0.3), call(F, exactly([0.1, 0.5, 0.9]), axis=1), call(N, 0.25),
    call(F, 0.5, axis=1, keepdims=True), call(HOLED, 0.3), call(HOLED, 0.3, axis=1),
    *(call(F, 0.37, axis=0, method=method) for method in METHODS))  # fmt: skip
add("percentile nanpercentile", call(F, 30), call(F, [10, 50], axis=1), call(HOLED, 30, axis=1))
add("moments", call(F, 0), call(real(2, 3, 4), (0, 1), keepdims=True), call(N, [1]))
add("norm", call(F), call(N), call(F, ord="fro"), call(F, 1, axis=1), call(F, ord=2, axis=0),
    call(V, ord=3), call(V, np.inf), call(V, -np.inf), call(V, 0), call(F, ord=1, axis=(0, 1)),
    call(F, ord=np.inf, axis=(0, 1)), call(CUBE, ord=-1, axis=(2, 1)),
    call(F, ord=1, axis=1, keepdims=True))  # fmt: skip
add("normalize", call(F), call(F, axis=0), call(F, order=1), call(exactly([[0.0, 0.0]])),
    call(F, axis=(0, 1)), call(F, order=3))  # fmt: skip
add("cdist", call(real(3, 4), real(5, 4)), call(real(2, 3, 4), real(2, 5, 4)))
add("psnr", call(F, G, 1.0))
add("layer_normalization", call(F), call(F, V, V), call(real(2, 3, 4), axis=(1, 2)))
add("rms_normalization", call(F), call(F, V), call(F, axis=0))
add("batch_normalization", call(F, V, real(5, low=0.1), -1),
    call(F, V, real(5, low=0.1), -1, V, V, 0.1))  # fmt: skip
HEADS = (real(2, 3, 4, 6), real(2, 5, 4, 6), real(2, 5, 4, 6))
BAND = exactly(np.tri(3, 5)[None, None], "bool")
add("dot_product_attention", call(*HEADS), call(*HEADS, scale=0.3), call(*HEADS, is_causal=True),
    call(*HEADS, bias=real(2, 4, 3, 5)), call(*HEADS, mask=BAND),
    call(real(2, 3, 4, 6), real(2, 5, 2, 6), real(2, 5, 2, 6)))  # fmt: skip

# ── products ──

add("matmul", call(F, real(5, 4)), call(CUBE, real(5, 4)), call(CUBE, real(2, 5, 4)),
    call(real(2, 1, 3, 5), real(4, 5, 2)), call(V, real(5, 4)), call(F, V), call(V, V),
    call(N, whole(5, 2)), call(FLAGS, truth(5, 2)), call(SHORT, whole(5, 2, dtype="int8")),
    call(N, real(5, 2)), call(V, real(2, 5, 3)), call(real(2, 4, 5), V))  # fmt: skip
add("dot", call(F, real(5, 4)), call(CUBE, real(2, 5, 4)), call(V, V), call(2.0, F), call(F, V),
    call(N, whole(5, 2)), call(FLAGS, truth(5, 2)))  # fmt: skip
add("vdot", call(F, G), call(N, M))
add("inner", call(F, G), call(CUBE, V), call(N, M), call(SHORT, SHORT))
add("outer", call(F, V), call(N, M), call(V, 2.0))
add("kron", call(F, real(2, 2)), call(N, whole(2)))
add("tensordot", call(real(2, 3, 4), real(4, 3, 2), axes=1), call(real(2, 3, 4), real(3, 4, 2)),
    call(real(2, 3, 4), real(4, 3, 2), axes=[[1, 2], [1, 0]]), call(F, G, axes=0))  # fmt: skip
for text, *operands in (
    ("ij,jk->ik", F, real(5, 4)), ("ij->ji", F), ("ii->i", real(4, 4)), ("ii", real(4, 4)),
    ("ij,ij->", F, G), ("...ij,...jk->...ik", real(2, 3, 4), real(2, 4, 5)),
    ("bhqd,bhkd->bhqk", real(2, 2, 3, 4), real(2, 2, 5, 4)),
    ("ij,jk,kl->il", F, real(5, 4), real(4, 2)), ("i,j->ij", V, V), ("ij,j", F, V), ("ij->", F),
    ("ij->i", F), ("ij,jk", N, whole(5, 2)), ("ijk,kji->j", real(2, 3, 4), real(4, 3, 2)),
    ("...,...->...", F, V),
):  # fmt: skip
    add("einsum", call(text, *operands))
add("cross", call(real(4, 3), real(4, 3)), call(real(3), real(3)), call(real(4, 2), real(4, 2)),
    call(real(3, 4), real(3, 4), axis=0), call(real(4, 3), real(4, 2)))  # fmt: skip
add("diagonal", call(F), call(F, -1), call(real(2, 3, 4), offset=1, axis1=1, axis2=2),
    call(real(2, 3, 4), 0, 0, 2))  # fmt: skip
add("trace", *KINDS, call(real(2, 3, 4), offset=1, axis1=1, axis2=2))
add("diag", call(V), call(F), call(V, 2), call(F, -1), call(V, k=-1))
add("diagflat", call(V), call(F, 1))
add("tril triu", *KINDS, call(F, 1), call(real(2, 3, 4), -1))
add("vander", call(V), call(V, 3), call(V, increasing=True), call(whole(3)))
add("correlate", call(real(7), real(3)), call(real(7), real(4), "same"), call(real(2), real(5)),
    call(real(7), real(3), mode="full"), call(real(3), real(7), "same"))  # fmt: skip
add("corrcoef", call(real(3, 6)))
add("trapezoid", call(F), call(F, rising(5)), call(F, dx=0.5, axis=0))
add("diff", *KINDS, call(F, n=2), call(F, axis=0))

# ── shapes ──

add("reshape", call(F, (5, 3)), call(F, (-1,)), call(F, -1), call(F, (3, -1, 1)))
add("ravel fliplr flipud transpose squeeze flip", *KINDS[:2], call(real(1, 3, 1)))
add("transpose", call(real(2, 3, 4), (1, 0, 2)), call(real(2, 3, 4), axes=(2, 0, 1)))
add("swapaxes", call(real(2, 3, 4), 0, -1))
add("moveaxis", call(real(2, 3, 4), 0, -1), call(real(2, 3, 4), (0, 1), (2, 0)))
add("squeeze", call(real(1, 3, 1), 0), call(real(1, 3, 1), (0, 2)), call(real(1, 3, 1), -1))
add("expand_dims", call(F, 0), call(F, -1), call(F, (0, 2)), call(F, [1, -1]))
add("broadcast_to", call(V, (3, 5)))
add("concatenate", call([F, G]), call([F, N], axis=1), call((F, G, F), -1), call([BYTES, SHORT]))
add("stack", call([F, G]), call([F, N], axis=1), call([F, G], -1))
add("hstack vstack dstack", call([F, G]), call([V, V]), call([CUBE, CUBE]))
add("append", call(F, G), call(F, N, 1), call(F, V))
add("unstack", call(F), call(F, 5, 1), call(F, axis=-1))
add("split", call(real(6, 4), 3), call(real(6, 4), 2, 1), call(real(6, 4), [1, 4]))
add("array_split", call(real(7, 4), 3), call(real(7, 4), 3, axis=1))
add("hsplit", call(real(4, 6), 3))
add("vsplit", call(real(6, 4), 3))
add("dsplit", call(real(2, 3, 4), 2))
add("flip", call(real(2, 3, 4), 1), call(real(2, 3, 4), (0, 2)))
add("roll", call(F, 2), call(F, 1, 0), call(F, -7, 1), call(F, (1, 2), (0, 1)), call(N, 0))
add("rot90", call(F), call(F, 2), call(F, -1), call(real(2, 3, 4), k=1, axes=(1, 2)))
add("tile", call(F, 2), call(F, (2, 3)), call(V, (2, 3)), call(real(2, 3, 4), (2,)))
add("repeat", call(F, 2), call(F, 3, 0), call(F, 2, axis=-1),
    call(F, exactly([1, 2, 0], "int32"), 0))  # fmt: skip
add(
    "pad",
    call(F, 1),
    call(F, (1, 2)),
    call(F, ((1, 2), (0, 3))),
    call(N, 1),
    call(FLAGS, 1),
    call(F, ((1, 2), (0, 3)), constant_values=2.5),
    *(call(F, ((1, 2), (0, 3)), mode=m) for m in ("reflect", "symmetric", "edge", "wrap")),
)
add("meshgrid", call(V, real(3)), call(V, real(3), real(2), indexing="ij"), call(V, real(3), V))
add("rearrange", call(real(2, 3, 4), "b h w -> b (h w)"), call(CUBE, "a b c -> c (a b)"),
    call(real(2, 4, 6, 3), "b (h r) (w s) c -> b h w (c r s)", r=2, s=3))  # fmt: skip
add("depth_to_space", call(real(2, 2, 3, 8), 2), call(real(2, 8, 2, 3), 2, "channels_first"))
add("space_to_depth", call(real(2, 4, 6, 3), 2), call(real(2, 3, 4, 6), 2, "channels_first"))
add("get_item", call(F, 1), call(F, (slice(None), slice(None, None, -1))), call(F, (..., None, 2)))

# ── indexing, order, bins ──

add("take", call(F, [0, 2]), call(F, whole(2, 2, low=0, high=3), 0), call(F, [1, -1], 1),
    call(F, exactly(1, "int32")), call(N, 2, 1))  # fmt: skip
add("take_along_axis", call(F, whole(3, 2, low=0, high=5), 1),
    call(F, whole(2, 5, low=-3, high=3), 0), call(F, exactly([3, 1, -1], "int32")),
    call(F, whole(1, 2, low=0, high=3), axis=1))  # fmt: skip
add("one_hot", call(whole(3, low=0, high=4), 4), call(whole(2, 3, low=-1, high=6), 4),
    call(whole(2, 3, low=0, high=4), 4, axis=1, dtype="int32"),
    call(whole(3, low=0, high=4), 4, axis=0), call(exactly([0, 1, 2]), 4))  # fmt: skip
add("multi_hot", call(whole(2, 3, low=0, high=4), 4), call(whole(3, low=0, high=4), 4),
    call(whole(2, 3, 4, low=0, high=4), 4))  # fmt: skip
add("slice", call(F, (1, 2), (2, 2)), call(F, (2, 4), (2, 2)))
add("slice_update", call(F, (1, 2), real(2, 2)), call(F, (2, 4), real(2, 2)),
    call(N, (0, 0), whole(2, 2)))  # fmt: skip
TWICE = exactly([[0, 1], [2, 3], [0, 1]], "int32")
add("scatter", call(exactly([[0], [2], [0]], "int32"), F, (4, 5)), call(TWICE, real(3), (4, 5)),
    call(exactly([[0], [2], [0]], "int32"), N, (4, 5)),
    call(exactly([[0], [7], [-1]], "int32"), F, (4, 5)))  # fmt: skip
for reduction in (None, "add", "max", "min", "mul"):
    add("scatter_update", call(F, TWICE, real(3), reduction=reduction),
        call(F, exactly([[0], [2]], "int32"), real(2, 5), reduction=reduction),
        call(F, exactly([[0], [9]], "int32"), real(2, 5), reduction=reduction))  # fmt: skip
SEGMENTS = exactly([0, 2, 0, -1, 7, 2, 0], "int32")
add("segment_sum segment_max segment_min segment_prod", call(real(7, 3), SEGMENTS, 4),
    call(whole(7), SEGMENTS, num_segments=4),
    call(real(3), exactly([0, 0, 2], "int32"), num_segments=3, sorted=True))  # fmt: skip
add("nonzero", *KINDS)
add("unravel_index", call(exactly([1, 7, 12], "int32"), (3, 5)))
add("sort argsort", *KINDS, call(real(2, 3, 4), 1), call(F, axis=None), call(HOLED),
    call(whole(3, 20), 0))  # fmt: skip
add("top_k", call(F, 2), call(N, 3), call(BYTES, 2))
add("in_top_k", call(exactly([0, 1, 4], "int32"), F, 2), call(exactly([0, 1, 7], "int32"), F, 2))
add("searchsorted", call(rising(5), real(4)), call(rising(5), real(2, 3), side="right"),
    call(exactly([1, 3, 5], "int32"), exactly([3, 0, 9], "int32")))  # fmt: skip
add("digitize", call(F, rising(5)), call(N, exactly([-1, 1, 3], "int32")))
COUNTED = exactly([0, 1, 1, 3], "int32")
add("bincount", call(COUNTED), call(COUNTED, minlength=6), call(COUNTED, weights=real(4)))
add("unique", call(exactly([3, 1, 1, 2], "int32")), call(whole(9), return_inverse=True),
    call(whole(9), return_index=True, return_counts=True), call(whole(9), size=4),
    call(exactly([[1, 0], [0, 1], [1, 0]], "int32"), axis=0))  # fmt: skip
add("histogram", call(V), call(V, bins=4, range=(-1, 1)))
add("isin", call(N, [1, 2]), call(N, [1, 2], invert=True))

# ── tensors from nothing ──

add("zeros ones empty", call((2, 3)), call(3, dtype="int32"))
add("full", call((2, 3), 7), call((2, 3), 7.5, dtype="int32"))
add("full_like", call(F, 3), call(N, 2.5), call(N, 2.5, dtype="float32"))
add("arange", call(5), call(1, 5), call(1, 5, 2), call(0, 1, 0.25), call(5.0), call(5, 0, -2),
    call(5, dtype="float32"))  # fmt: skip
add(
    "linspace",
    call(0, 1),
    call(0, 1, 5),
    call(0, 1, 5, endpoint=False),
    call(V, V, 4),
    call(0, 10, 5, dtype="int32"),
    call(V, 1.0, 4, axis=1),
    call(0, 1, 5, retstep=True),
)
add("logspace", call(0, 1, 5), call(0, 1, 5, base=2), call(0, 1, 5, endpoint=False))
add("geomspace", call(1, 100, 5))
add("eye", call(3), call(3, 4), call(3, k=1), call(3, 4, -1, "int32"))
add("identity", call(3))
add("tri", call(3), call(3, 4, 1))
add("bartlett blackman hamming hanning", call(7), call(1))
add("kaiser", call(7, 3.0))
add("convert_to_tensor array", call([1, 2]), call([1.0, 2]), call([True, False]),
    call(F, dtype="int32"), call(3), call(2.5), call([[1, 2], [3, 4.5]]))  # fmt: skip
add("shape size ndim", call(F))

# JAX has no gradient for these, or NaN where ours is finite, or (sinc, which Keras computes in
# float32 whatever it is given) too few digits.
NOT_DIFFERENTIATED = {
    "floor_divide", "round", "unique", "histogram", "in_top_k", "nonzero", "signbit", "sinc",
    "angle-4", "cbrt-4", "normalize-3", "segment_prod", "scatter_update-12", "scatter_update-13",
    "scatter_update-14", "ctc_decode", "lu_factor", "qr-2",
    "qr-3",
}  # fmt: skip

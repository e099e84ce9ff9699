"""Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1)."""

from __future__ import annotations

import math
from typing import Any

from lamina.errors import ShapeError, UnsupportedError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.activation import softmax
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import promoted, public

__all__ = ["dot_product_attention"]


@public
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """y = softmax(scale q k^T + bias) v for each head.

    Shapes: query (B, T, N, H), key and value (B, S, K, H) -> (B, T, N, H). N is a multiple of K:
    each head of keys serves N / K heads of queries.

    Args:
        bias: added to the scores, broadcast to (B, N, T, S).
        mask: where it is False the score counts for nothing; broadcast to (B, N, T, S).
        scale: 1 / sqrt(H) by default.
        is_causal: query t sees keys up to t only.
        flash_attention: None or False; there is one way of computing here.
    """
    if flash_attention or attn_logits_soft_cap is not None:
        raise UnsupportedError(
            "ops.dot_product_attention", "has one way of computing, without a cap on its scores",
            f"flash_attention={flash_attention}, attn_logits_soft_cap={attn_logits_soft_cap}",
            "leave both out",
        )  # fmt: skip
    q, k, v = promoted(query, key, value, with_types=("float",))
    _check(q, k, v)
    batch, steps, heads, depth = shape_of(q)
    length, groups = shape_of(k)[1:3]
    q = p.reshape(q, (batch, steps, groups, heads // groups, depth))
    b, t, g, n, h, s = range(6)
    scores = p.contract(q, k, ((b, t, g, n, h), (b, s, g, h), (b, g, n, t, s)))
    scores = p.reshape(scores, (batch, heads, steps, length))
    scores = p.mul(scores, 1.0 / math.sqrt(depth) if scale is None else float(scale))
    if bias is not None:
        scores = p.add(scores, p.cast(as_tensor(bias), q.dtype))
    least = _least(q.dtype)
    if mask is not None:
        scores = p.select(p.cast(as_tensor(mask), "bool"), scores, least)
    if is_causal:
        seen = p.le(p.iota((1, length), 1), p.iota((steps, 1), 0))
        scores = p.select(seen, scores, least)
    share = p.reshape(as_tensor(softmax(scores)), (batch, groups, heads // groups, steps, length))
    y = p.contract(share, v, ((b, g, n, t, s), (b, s, g, h), (b, t, g, n, h)))
    return p.reshape(y, (batch, steps, heads, shape_of(v)[3]))


def _least(dtype: str) -> float:
    """A score that softmax turns into 0, yet finite: a row of them alone still has a result."""
    return -0.7 * (3.4028234e38 if dtype == "float32" else 1.7976931348623157e308)


def _check(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = [shape_of(x) for x in (q, k, v)]
    fits = all(len(s) == 4 for s in shapes) and (
        shapes[0][0] == shapes[1][0] == shapes[2][0]
        and shapes[0][3] == shapes[1][3]
        and shapes[1][1:3] == shapes[2][1:3]
        and shapes[0][2] % shapes[1][2] == 0
    )
    if not fits:
        raise ShapeError(
            "ops.dot_product_attention", "needs (B, T, N, H), (B, S, K, H) and (B, S, K, H)",
            f"query {shapes[0]}, key {shapes[1]}, value {shapes[2]}",
            "split the last axis into heads first",
        )  # fmt: skip

"""The tables put together: RULES from ops to what adds their nodes, COMPACT to what finds groups of
ops that ONNX has one node for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.saving.onnx import (
    bounds,
    contraction,
    convolution,
    elementwise,
    indexing,
    integers,
    ordering,
    pooling,
    presence,
    reduction,
    regions,
    shaping,
    windowing,
)

# make(lowering, node, *values) -> Value, or a list of them for a node of several results
RULES: Mapping[str, Callable[..., Any]] = {
    **elementwise.RULES, **presence.RULES, **integers.RULES, **shaping.RULES, **reduction.RULES,
    **contraction.RULES, **windowing.RULES, **indexing.RULES, **ordering.RULES, **regions.RULES,
}  # fmt: skip

# find(node) -> what the node is made of and how, or None; the first that finds something is taken.
COMPACT: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "select": (bounds.find,),
    "contract": (convolution.find,),
    "overlap_add": (convolution.find_transposed,),
    "reduce_max": (pooling.find_largest,),
    "reduce_sum": (pooling.find_sum,),
}

"""Plain loop kernels: a builder for every op that is neither a view nor a region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lamina.engines.native.buffers import View
from lamina.engines.native.plain import (
    elementwise,
    indexing,
    moving,
    ordering,
    reduction,
)
from lamina.engines.native.plain.elementwise import copy
from lamina.engines.native.plain.kernel import PlainKernel
from lamina.graph.node import Node

Build = Callable[[Node, Sequence[View], Sequence[View]], PlainKernel]

BUILDERS: dict[str, Build] = {
    "cast": elementwise.convert,
    "threefry": elementwise.random,
    "reshape": elementwise.move,
    "concatenate": moving.concatenate,
    "pad": moving.pad,
    "overlap_add": moving.overlap_add,
    "gather": indexing.gather,
    "scatter_add": indexing.scatter_add,
    "gather_along": indexing.gather_along,
    "scatter_along_add": indexing.scatter_along_add,
    "dynamic_slice": indexing.dynamic_slice,
    "dynamic_update_slice": indexing.dynamic_update_slice,
    "reduce_sum": reduction.reduce("add"),
    "reduce_prod": reduction.reduce("mul"),
    "reduce_max": reduction.reduce("max"),
    "reduce_min": reduction.reduce("min"),
    "reduce_any": reduction.reduce("logical_or"),
    "reduce_all": reduction.reduce("logical_and"),
    "argmax": reduction.position("gt"),
    "argmin": reduction.position("lt"),
    "contract": reduction.contract,
    "cumsum": ordering.cumulate("add", 0),
    "cumprod": ordering.cumulate("mul", 1),
    "sort": ordering.sort(places=False),
    "argsort": ordering.sort(places=True),
}


def plain_kernel(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """The kernel of one node on views of its operands and results."""
    build = BUILDERS.get(node.op, elementwise.elementwise)
    return replace(build(node, reads, writes), node=node)


__all__ = ["BUILDERS", "copy", "plain_kernel"]

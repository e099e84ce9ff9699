"""What each pass makes of a graph, as text, and what it leaves alone."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lamina.graph.node import Graph
from lamina.graph.text import text
from lamina.graph.trace import Trace
from lamina.graph.verify import verify
from lamina.ops import primitives as p
from lamina.passes.pipeline import PASSES


def traced(build, shapes) -> Graph:
    with Trace() as t:
        pairs = zip("xyz", shapes, strict=False)
        inputs = [t.argument(shape, "float32", name=name) for name, shape in pairs]
        outputs = [t.lift(y).node for y in build(*inputs)]
        return Graph(tuple(x.node for x in inputs), tuple(outputs))


def two_stacks(x):
    """A loop that stacks two values, of which one is asked for."""

    def body(state, now):
        e = p.exp(state[0])
        return [e], [e, p.neg(e)]

    (h,), (first, _) = p.scan(body, [x], [], 3)
    return [h, first]


# Labels along one axis of a convolution's gradient: window and place in it, channels, filters.
BACK = ((0, 1, 4), (2, 3, 4), (0, 1, 2, 3))


def _sums(x, w, length, **how):
    return p.overlap_add(p.contract(x, w, BACK), (1,), (length,), **how)


PAIR = "(float32[2], float32[3, 2])"
GOLDEN = {
    "neutral operands and moves that undo each other go": (
        "simplify", lambda x: [p.transpose(p.transpose(p.mul(p.add(x, 0.0), 1.0), (1, 0)), (1, 0))],
        [(2, 3)],
        """
        graph(%0: float32[2, 3] 'x')
          return %0
        """,
    ),
    "what NaN would show stays": (
        "simplify", lambda x: [p.mul(x, 0.0)], [(3,)],
        """
        graph(%0: float32[3] 'x')
          %1 = const value=0.0 : float32[]
          %2 = mul %0 %1 : float32[3]
          return %2
        """,
    ),
    "a square is a product": (
        "simplify", lambda x: [p.pow_(x, 2.0)], [(2,)],
        """
        graph(%0: float32[2] 'x')
          %1 = mul %0 %0 : float32[2]
          return %1
        """,
    ),
    "elementwise ops broadcast by themselves": (
        "simplify",
        lambda x: [p.add(x, p.broadcast_to(p.reshape(p.reduce_sum(x, [1]), (2, 1)), (2, 3)))],
        [(2, 3)],
        """
        graph(%0: float32[2, 3] 'x')
          %1 = reduce_sum %0 axes=(1,) keepdims=False : float32[2]
          %2 = reshape %1 shape=(2,1) : float32[2, 1]
          %3 = add %0 %2 : float32[2, 3]
          return %3
        """,
    ),
    "stop_gradient has done its work": (
        "simplify", lambda x: [p.neg(p.neg(p.stop_gradient(x)))], [(2,)],
        """
        graph(%0: float32[2] 'x')
          return %0
        """,
    ),
    "equal computations are done once": (
        "cse", lambda x, y: [p.add(p.exp(x), y), p.sub(p.exp(x), y)], [(2,), (2,)],
        """
        graph(%0: float32[2] 'x', %1: float32[2] 'y')
          %2 = exp %0 : float32[2]
          %3 = add %2 %1 : float32[2]
          %4 = sub %2 %1 : float32[2]
          return %3 %4
        """,
    ),
    "inputs that look alike are not one": (
        "cse", lambda x, y: [p.exp(x), p.exp(y)], [(2,), (2,)],
        """
        graph(%0: float32[2] 'x', %1: float32[2] 'y')
          %2 = exp %0 : float32[2]
          %3 = exp %1 : float32[2]
          return %2 %3
        """,
    ),
    "windows of a contraction are not made to be added": (
        "correlate", lambda g, w: [p.part(_sums(g, w, 7), 1, 1, 6)], [(2, 5, 4), (3, 6, 4)],
        """
        graph(%0: float32[2, 5, 4] 'x', %1: float32[3, 6, 4] 'y')
          %2 = const value=0.0 : float32[]
          %3 = pad %0 %2 high=(0,1,0) interior=(0,0,0) low=(0,1,0) : float32[2, 7, 4]
          %4 = windows %3 axes=(1,) dilations=(1,) sizes=(3,) strides=(1,) : float32[2, 5, 3, 4]
          %5 = flip %4 axes=(2,) : float32[2, 5, 3, 4]
          %6 = contract %5 %1 spec=((0,1,2,4),(2,3,4),(0,1,3)) : float32[2, 5, 6]
          return %6
        """,
    ),
    "taps of a stride are as many classes": (
        "correlate", lambda g, w: [_sums(g, w, 12, strides=(2,))], [(2, 5, 4), (3, 6, 4)],
        """
        graph(%0: float32[2, 5, 4] 'x', %1: float32[3, 6, 4] 'y')
          %2 = const value=0.0 : float32[]
          %3 = pad %0 %2 high=(0,1,0) interior=(0,0,0) low=(0,1,0) : float32[2, 7, 4]
          %4 = windows %3 axes=(1,) dilations=(1,) sizes=(2,) strides=(1,) : float32[2, 6, 2, 4]
          %5 = flip %4 axes=(2,) : float32[2, 6, 2, 4]
          %6 = const value=0.0 : float32[]
          %7 = pad %1 %6 high=(1,0,0) interior=(0,0,0) low=(0,0,0) : float32[4, 6, 4]
          %8 = reshape %7 shape=(2,2,6,4) : float32[2, 2, 6, 4]
          %9 = contract %5 %8 spec=((0,1,2,4),(2,5,3,4),(0,1,5,3)) : float32[2, 6, 2, 6]
          %10 = reshape %9 shape=(2,12,6) : float32[2, 12, 6]
          return %10
        """,
    ),
    "a loop stacks only what is asked for": (
        "dead_code", two_stacks, [(2,)],
        """
        graph(%0: float32[2] 'x')
          %1 = scan %0 captured=0 carries=1 emitted=1 length=3 reverse=False : {PAIR}
            graph(%0: float32[2])
              %1 = exp %0 : float32[2]
              return %1 %1
          %2 = item %1 index=0 : float32[2]
          %3 = item %1 index=1 : float32[3, 2]
          return %2 %3
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden(name):
    pass_name, build, shapes, expected = GOLDEN[name]
    after = dict(PASSES)[pass_name](traced(build, shapes))
    verify(after, pass_name)
    assert text(after) == dedent(expected).strip().replace("{PAIR}", PAIR)


def test_every_pass_has_a_golden_text():
    known = {row[0] for row in GOLDEN.values()}
    assert {run.__name__ for _, run in PASSES} == known

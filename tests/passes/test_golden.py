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


def _patches(x):
    """Windows of 3 of 5 places, flattened: channels before places."""
    return p.reshape(p.transpose(p.windows(x, (1,), (3,)), (0, 1, 3, 2)), (6, 12))


def same_steps(x):
    """Two loops over one sequence; the second also sees what the first carried."""

    def first(state, now):
        e = p.exp(p.mul(now[0], state[0]))
        return [p.add(e, 1.0)], [state[0]]

    (h,), (before,) = p.scan(first, [p.fill((2,), 0, "float32")], [x], 3)

    def second(state, now):
        return [p.add(state[0], p.sub(1.0, p.exp(p.mul(now[0], now[1]))))], []

    return p.scan(second, [h], [x, before], 3, reverse=True)[0]


MATMUL = ((0, 1), (1, 2), (0, 2))


def products(x, y, z):
    """One product sees only entries, one only a carry, one feeds nothing but a stack."""

    def step(state, now):
        h = p.tanh(p.add(p.contract(now[0], y, MATMUL), p.contract(state[0], y, MATMUL)))
        return [h], [p.contract(h, z, MATMUL)]

    (h,), (out,) = p.scan(step, [p.fill((3, 2), 0, "float32")], [x], 4)
    return [h, out]


def summed(x, y):
    """A carry that adds up products, and one that adds up something else."""

    def step(state, now):
        product = p.contract(now[0], now[1], ((0, 1), (0, 2), (1, 2)))
        return [p.add(state[0], product), p.add(state[1], p.exp(now[0]))], []

    start = [p.fill((2, 5), 0, "float32"), p.fill((3, 2), 0, "float32")]
    return p.scan(step, start, [x, y], 4)[0]


def halves(x, y):
    """Two halves of a product, and two gradients put beside each other."""
    z = p.contract(x, y, MATMUL)
    left, right = p.part(z, 1, 0, 4), p.part(z, 1, 4, 8)
    first = p.pad(left, 0, (0, 4), (0, 0), (0, 0))
    return [p.mul(left, p.tanh(right)), p.add(first, p.pad(right, 0, (0, 0), (0, 4), (0, 0)))]


def _gaps(x):
    """From the mean of four rows."""
    return p.sub(x, p.div(p.reduce_sum(x, (0,), keepdims=True), 4.0))


def rectified(x, g):
    """A rectifier whose result has windows, and its gradient."""
    low = p.le(x, 0.0)
    return [p.windows(p.select(low, 0.0, x), (1,), (2,)), p.select(low, 0.0, g)]


def bordered(g, x):
    """Windows that were put back into an axis of five, times that."""
    whole = p.pad(p.reshape(g, (3, 4, 2)), 0.0, (0, 0, 0), (0, 1, 0))
    return [p.windows(x, (1,), (2,)), p.mul(whole, x)]


def pooled_product(x, w):
    """A convolution of five places of which a pool of two reads four."""
    y = p.contract(p.windows(x, (1,), (3,)), w, ((0, 1, 2, 3), (2, 3, 4), (0, 1, 4)))
    return [p.reduce_max(p.windows(p.neg(y), (1,), (2,), (2,)), (2,))]


def descent(x, y):
    """A table from which rows are taken and to which multiples of their gradients are added."""
    index = p.iota((4,), 0, "int32")
    gradient = p.scatter_add(p.fill((7, 3), 0, "float32"), index, p.gather(x, index, 0), 0)
    return [p.sub(x, p.mul(gradient, y))]


PAIR = "(float32[2], float32[3, 2])"
HOW = "axes=(1,) dilations=(1,) lengths=(5,) sizes=(3,) strides=(1,)"
SPLIT = "float32[2, 2, 2, 3, 4]"
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
    "rows are gathered in the order in which they are wanted": (
        "simplify",
        lambda x: [p.transpose(p.gather(x, p.cast(p.iota((4, 5), 0), "int32"), 0), (1, 0, 2))],
        [(7, 3)],
        """
        graph(%0: float32[7, 3] 'x')
          %1 = iota axis=0 dtype=int32 shape=(4,5) : int32[4, 5]
          %2 = transpose %1 perm=(1,0) : int32[5, 4]
          %3 = gather %0 %2 axis=0 : float32[5, 4, 3]
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
    "patches of a product are a view": (
        "split_labels",
        lambda x, w: [p.contract(_patches(x), w, MATMUL)], [(2, 5, 4), (12, 6)],
        """
        graph(%0: float32[2, 5, 4] 'x', %1: float32[12, 6] 'y')
          %2 = windows %0 axes=(1,) dilations=(1,) sizes=(3,) strides=(1,) : float32[2, 3, 3, 4]
          %3 = reshape %1 shape=(4,3,6) : float32[4, 3, 6]
          %4 = contract %2 %3 spec=((0,3,4,1),(1,4,2),(0,3,2)) : float32[2, 3, 6]
          %5 = reshape %4 shape=(6,6) : float32[6, 6]
          return %5
        """,
    ),
    "nor are those of its gradient made as columns": (
        "split_labels",
        lambda g, w: [p.overlap_add(p.transpose(p.reshape(
            p.contract(g, w, ((0, 1), (2, 1), (0, 2))), (2, 3, 4, 3)), (0, 1, 3, 2)), (1,), (5,))],
        [(6, 6), (12, 6)],
        """
        graph(%0: float32[6, 6] 'x', %1: float32[12, 6] 'y')
          %2 = reshape %0 shape=(2,3,6) : float32[2, 3, 6]
          %3 = reshape %1 shape=(4,3,6) : float32[4, 3, 6]
          %4 = contract %2 %3 spec=((0,3,1),(2,4,1),(0,3,4,2)) : float32[2, 3, 3, 4]
          %5 = overlap_add %4 {HOW} : float32[2, 5, 4]
          return %5
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
    "what is summed about its mean sums to nothing": (
        "drop_centred",
        lambda x, c: [p.reduce_sum(p.neg(p.mul(c, _gaps(x))), (0,)), p.reduce_sum(_gaps(x), (1,))],
        [(4, 3), (3,)],
        """
        graph(%0: float32[4, 3] 'x', %1: float32[3] 'y')
          %2 = const value=[0.0,0.0,0.0] : float32[3]
          %3 = reduce_sum %0 axes=(0,) keepdims=True : float32[1, 3]
          %4 = const value=4.0 : float32[]
          %5 = div %3 %4 : float32[1, 3]
          %6 = sub %0 %5 : float32[4, 3]
          %7 = reduce_sum %6 axes=(1,) keepdims=False : float32[4]
          return %2 %7
        """,
    ),
    "a rectifier's mask is read off its result": (
        "read_masks", rectified, [(2, 5), (2, 5)],
        """
        graph(%0: float32[2, 5] 'x', %1: float32[2, 5] 'y')
          %2 = const value=0.0 : float32[]
          %3 = le %0 %2 : bool[2, 5]
          %4 = const value=0.0 : float32[]
          %5 = select %3 %4 %0 : float32[2, 5]
          %6 = windows %5 axes=(1,) dilations=(1,) sizes=(2,) strides=(1,) : float32[2, 4, 2]
          %7 = le %5 %2 : bool[2, 5]
          %8 = const value=0.0 : float32[]
          %9 = select %7 %8 %1 : float32[2, 5]
          return %6 %9
        """,
    ),
    "what has zeros around it is computed within them": (
        "hoist_zeros", bordered, [(3, 2, 2, 2), (3, 5, 2)],
        """
        graph(%0: float32[3, 2, 2, 2] 'x', %1: float32[3, 5, 2] 'y')
          %2 = windows %1 axes=(1,) dilations=(1,) sizes=(2,) strides=(1,) : float32[3, 4, 2, 2]
          %3 = windows %1 axes=(1,) dilations=(1,) sizes=(2,) strides=(2,) : float32[3, 2, 2, 2]
          %4 = mul %0 %3 : float32[3, 2, 2, 2]
          %5 = reshape %4 shape=(3,4,2) : float32[3, 4, 2]
          %6 = const value=0.0 : float32[]
          %7 = pad %5 %6 high=(0,1,0) interior=(0,0,0) low=(0,0,0) : float32[3, 5, 2]
          return %2 %7
        """,
    ),
    "a pool's windows are axes of the product before it": (
        "sink_views", pooled_product, [(2, 7, 4), (3, 4, 6)],
        """
        graph(%0: float32[2, 7, 4] 'x', %1: float32[3, 4, 6] 'y')
          %2 = windows %0 axes=(1,) dilations=(1,) sizes=(3,) strides=(1,) : float32[2, 5, 3, 4]
          %3 = windows %2 axes=(1,) dilations=(1,) sizes=(2,) strides=(2,) : {SPLIT}
          %4 = contract %3 %1 spec=((0,1,5,2,3),(2,3,4),(0,1,5,4)) : float32[2, 2, 2, 6]
          %5 = neg %4 : float32[2, 2, 2, 6]
          %6 = reduce_max %5 axes=(2,) keepdims=False : float32[2, 2, 6]
          return %6
        """,
    ),
    "of a window only the largest is activated": (
        "pick_winners",
        lambda x: [p.reduce_max(p.tanh(p.windows(x, (1,), (2,), (2,))), (2,))], [(2, 6)],
        """
        graph(%0: float32[2, 6] 'x')
          %1 = windows %0 axes=(1,) dilations=(1,) sizes=(2,) strides=(2,) : float32[2, 3, 2]
          %2 = reduce_max %1 axes=(2,) keepdims=False : float32[2, 3]
          %3 = tanh %2 : float32[2, 3]
          return %3
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
    "what an earlier loop has computed in its steps is read, not computed again": (
        "dead_code, keep_steps", same_steps, [(3, 2)],
        """
        graph(%0: float32[3, 2] 'x')
          %1 = const value=0.0 : float32[]
          %2 = broadcast_to %1 shape=(2,) : float32[2]
          %3 = scan %2 %0 captured=0 carries=1 emitted=2 length=3 reverse=False : (float32[2], float32[3, 2], float32[3, 2])
            graph(%0: float32[2], %1: float32[2])
              %2 = mul %1 %0 : float32[2]
              %3 = exp %2 : float32[2]
              %4 = const value=1.0 : float32[]
              %5 = add %3 %4 : float32[2]
              return %5 %0 %3
          %4 = item %3 index=0 : float32[2]
          %5 = item %3 index=2 : float32[3, 2]
          %6 = scan %4 %5 captured=0 carries=1 emitted=0 length=3 reverse=True : (float32[2])
            graph(%0: float32[2], %1: float32[2])
              %2 = const value=1.0 : float32[]
              %3 = sub %2 %1 : float32[2]
              %4 = add %0 %3 : float32[2]
              return %4
          %7 = item %6 index=0 : float32[2]
          return %7
        """,  # noqa: E501
    ),
    "products leave a loop: before it, and after it": (
        "dead_code, leave_loops", products, [(4, 3, 2), (2, 2), (2, 5)],
        """
        graph(%0: float32[4, 3, 2] 'x', %1: float32[2, 2] 'y', %2: float32[2, 5] 'z')
          %3 = const value=0.0 : float32[]
          %4 = broadcast_to %3 shape=(3,2) : float32[3, 2]
          %5 = contract %0 %1 spec=((3,0,1),(1,2),(3,0,2)) : float32[4, 3, 2]
          %6 = scan %1 %4 %5 captured=1 carries=1 emitted=1 length=4 reverse=False : (float32[3, 2], float32[4, 3, 2])
            graph(%0: float32[2, 2], %1: float32[3, 2], %2: float32[3, 2])
              %3 = contract %1 %0 spec=((0,1),(1,2),(0,2)) : float32[3, 2]
              %4 = add %2 %3 : float32[3, 2]
              %5 = tanh %4 : float32[3, 2]
              return %5 %5
          %7 = item %6 index=0 : float32[3, 2]
          %8 = item %6 index=1 : float32[4, 3, 2]
          %9 = contract %8 %2 spec=((3,0,1),(1,2),(3,0,2)) : float32[4, 3, 5]
          return %7 %9
        """,  # noqa: E501
    ),
    "a sum of products over the steps is one product": (
        "cse, dead_code, leave_loops", summed, [(4, 3, 2), (4, 3, 5)],
        """
        graph(%0: float32[4, 3, 2] 'x', %1: float32[4, 3, 5] 'y')
          %2 = const value=0.0 : float32[]
          %3 = broadcast_to %2 shape=(2,5) : float32[2, 5]
          %4 = contract %0 %1 spec=((3,0,1),(3,0,2),(1,2)) : float32[2, 5]
          %5 = add %3 %4 : float32[2, 5]
          %6 = broadcast_to %2 shape=(3,2) : float32[3, 2]
          %7 = scan %6 %0 captured=0 carries=1 emitted=0 length=4 reverse=False : (float32[3, 2])
            graph(%0: float32[3, 2], %1: float32[3, 2])
              %2 = exp %1 : float32[3, 2]
              %3 = add %0 %2 : float32[3, 2]
              return %3
          %8 = item %7 index=0 : float32[3, 2]
          return %5 %8
        """,
    ),
    "parts get an axis of their own, padded sums stand beside each other": (
        "parts", halves, [(3, 2), (2, 8)],
        """
        graph(%0: float32[3, 2] 'x', %1: float32[2, 8] 'y')
          %2 = reshape %1 shape=(2,2,4) : float32[2, 2, 4]
          %3 = contract %0 %2 spec=((0,1),(1,3,2),(0,3,2)) : float32[3, 2, 4]
          %4 = slice %3 limits=(3,1,4) starts=(0,0,0) strides=(1,1,1) : float32[3, 1, 4]
          %5 = reshape %4 shape=(3,4) : float32[3, 4]
          %6 = slice %3 limits=(3,2,4) starts=(0,1,0) strides=(1,1,1) : float32[3, 1, 4]
          %7 = reshape %6 shape=(3,4) : float32[3, 4]
          %8 = tanh %7 : float32[3, 4]
          %9 = mul %5 %8 : float32[3, 4]
          %10 = concatenate %7 %5 axis=1 : float32[3, 8]
          return %9 %10
        """,
    ),
    "only the rows are changed that a step touches": (
        "touched_rows", descent, [(7, 3), ()],
        """
        graph(%0: float32[7, 3] 'x', %1: float32[] 'y')
          %2 = iota axis=0 dtype=int32 shape=(4,) : int32[4]
          %3 = gather %0 %2 axis=0 : float32[4, 3]
          %4 = mul %3 %1 : float32[4, 3]
          %5 = neg %4 : float32[4, 3]
          %6 = scatter_add %0 %2 %5 axis=0 : float32[7, 3]
          return %6
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden(name):
    pass_name, build, shapes, expected = GOLDEN[name]
    after = traced(build, shapes)
    for one in pass_name.split(", "):
        after = dict(PASSES)[one](after)
    verify(after, pass_name)
    wanted = dedent(expected).strip()
    for name, line in (("{PAIR}", PAIR), ("{SPLIT}", SPLIT), ("{HOW}", HOW)):
        wanted = wanted.replace(name, line)
    assert text(after) == wanted


def test_every_pass_has_a_golden_text():
    known = {row[0].split(", ")[-1] for row in GOLDEN.values()}
    assert {run.__name__ for _, run in PASSES} == known

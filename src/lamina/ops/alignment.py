"""Connectionist temporal classification: labels and scores of different lengths.

Graves, Fernandez, Gomez & Schmidhuber 2006.
"""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.activation import log_softmax
from lamina.ops.arithmetic import logaddexp
from lamina.ops.control import scan
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.indexing import one_hot, take_along_axis
from lamina.ops.linear import einsum
from lamina.ops.public import public

__all__ = ["ctc_decode", "ctc_loss"]

NEVER = -1e5  # the logarithm that stands for a probability of 0


@public
def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Tensor:
    """-log of the probability of the labels, over all ways to spread them over the steps.

    Shapes: target (B, N) of labels, output (B, T, classes) of logits, the lengths (B,) -> (B,).
    Args:
        mask_index: the class that stands for no label.
    """
    target, output = p.cast(as_tensor(target), "int32"), as_tensor(output)
    output = p.cast(output, dtypes.result_type(output.dtype, "float32"))
    dtype, (batch, labels) = output.dtype, target.shape
    steps, classes = shape_of(output)[1:]
    scores = log_softmax(output)
    blank = p.transpose(p.part(scores, 2, mask_index, mask_index + 1), (1, 0, 2))
    emit = p.transpose(einsum("btk,bnk->btn", scores, one_hot(target, classes, dtype=dtype)),
                       (1, 0, 2))  # fmt: skip
    over = p.ge(
        p.reshape(p.iota((steps,), 0, "int32"), (steps, 1)),
        p.reshape(p.cast(as_tensor(output_length), "int32"), (1, batch)),
    )
    # The forward variables: of having ended in a blank after n labels, and in label n.
    first = p.eq(p.iota((batch, labels + 1), 1, "int32"), 0)
    none = p.select(first, as_tensor(0.0, dtype), as_tensor(NEVER, dtype))
    one = p.fill((batch, labels), NEVER, dtype)
    move = _step(_repeats(target, dtype))
    (blanks, emitted), _ = scan(move, (none, one), (emit, blank, over))
    last = one_hot(p.cast(as_tensor(target_length), "int32"), int(labels) + 1, dtype=dtype)
    return p.neg(p.reduce_sum(p.mul(_added(blanks, emitted), last), (1,)))


def _repeats(target: Tensor, dtype: str) -> Tensor:
    """1 where a label is that which follows."""
    size = shape_of(target)[1]
    same = p.eq(p.part(target, 1, 0, size - 1), p.part(target, 1, 1, size))
    end = p.fill((target.shape[0], 1), 0, dtype)
    return p.concatenate([p.cast(same, dtype), end], 1)


def _added(blanks: Tensor, more: Tensor) -> Tensor:
    """exp of the entries after the first added to that of `more`, as logarithms."""
    size = shape_of(blanks)[1]
    rest = logaddexp(p.part(blanks, 1, 1, size), more)
    return p.concatenate([p.part(blanks, 1, 0, 1), rest], 1)


def _step(repeat: Tensor) -> Any:
    def move(before: Any, now: Any) -> Any:
        (blanks, emitted), (emit, blank, over) = before, now
        # Between two equal labels stands a blank; between others it may be missing.
        free = _added(blanks, p.add(emitted, p.mul(repeat, NEVER)))
        after = p.part(free, 1, 0, shape_of(free)[1] - 1)
        next_emitted = logaddexp(p.add(after, emit), p.add(emitted, emit))
        waits = p.add(p.add(emitted, blank), p.mul(p.sub(1.0, repeat), NEVER))
        next_blanks = _added(p.add(free, blank), waits)
        stay = p.reshape(over, (over.shape[0], 1))
        return (p.select(stay, blanks, next_blanks), p.select(stay, emitted, next_emitted)), None

    return move


@public
def ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str = "greedy", beam_width: int = 100,
    top_paths: int = 1, merge_repeated: bool = True, mask_index: int = 0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The likeliest class of each step, without repetitions and blanks.

    Shapes: inputs (B, T, classes), sequence_lengths (B,) -> labels (1, B, T), filled up with -1,
        and (B, 1): minus the sum of the largest inputs.
    Args:
        strategy: "greedy"; beam_width and top_paths belong to the other.

    Raises: UnsupportedError for "beam_search".
    """
    if strategy == "beam_search":
        raise UnsupportedError(
            "ops.ctc_decode(strategy=...)", "does not search", repr(strategy), "use 'greedy'"
        )
    if strategy != "greedy":
        raise ArgumentError("ops.ctc_decode", "knows no such strategy", repr(strategy),
                            "use 'greedy'")  # fmt: skip
    x = as_tensor(inputs)
    batch, steps, _ = x.shape
    over = p.ge(
        p.iota((batch, steps), 1, "int32"),
        p.reshape(p.cast(as_tensor(sequence_lengths), "int32"), (batch, 1)),
    )
    best = p.select(over, mask_index, p.cast(p.argmax(x, 2), "int32"))
    scores = p.select(over, 0.0, p.reduce_max(x, (2,)))
    left_out = p.eq(best, mask_index)
    if merge_repeated:
        size = shape_of(best)[1]
        same = p.eq(p.part(best, 1, 1, size), p.part(best, 1, 0, size - 1))
        start = p.fill((batch, 1), False, "bool")
        left_out = p.logical_or(left_out, p.concatenate([start, same], 1))
    labels = p.select(left_out, -1, best)
    order = p.select(left_out, int(steps), p.iota((batch, steps), 1, "int32"))
    labels = take_along_axis(labels, p.argsort(order, 1), axis=1)
    total = p.neg(p.reduce_sum(scores, (1,), keepdims=True))
    return p.reshape(labels, (1, *labels.shape)), total

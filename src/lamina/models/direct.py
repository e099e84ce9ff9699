"""`model(x)` outside everything else, through a compiled program.

A call of a model on arrays means: run its layers' Python code. Where that code is lamina's own, a
compiled program gives the same result sooner, so from the second call with arrays of one form and
number of rows on it is used. It is not where anybody could tell: in a trace, a stateless scope or
under a tape, with code of the user's inside (it may print, count or look at values), where the call
leaves losses or masks behind, or in training mode.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.data.arrays import Data, form_of
from lamina.errors import LaminaError
from lamina.graph import dtypes, stateless, tape, trace
from lamina.graph.program import PREDICT
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import Array, mask_of
from lamina.layers import context
from lamina.layers.base import Layer
from lamina.models.indices import check_indices
from lamina.models.programs import feeding_of, packed, program_of, refresh
from lamina.models.runner import Runner

# The end of an origin that names a line of the user's.
_LINE = re.compile(r":\d+\)?$")


@dataclass(eq=False)
class Direct:
    """What is known of calls on one form: nothing but that there was one, or how to run them."""

    possible: bool
    runner: Runner | None = None
    structure: Any = None

    def run(self, leaves: Sequence[np.ndarray]) -> Any:
        """The outputs as eager tensors."""
        assert self.runner is not None
        return packed(self.structure, [Array(y) for y in self.runner.step(PREDICT, leaves)])


def key_of(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Hashable:
    """What tells calls apart that one program cannot serve; None if none may serve this one."""
    if len(args) != 1 or len(kwargs) > ("training" in kwargs) or not _is_alone():
        return None
    training = kwargs.get("training")
    if model._graph is None or not (training is None or training is False):
        return None
    given = args[0]
    if type(given) is np.ndarray and _is_batch(given, given):
        form: Hashable = (given.shape, given.dtype)
    elif _are_batches(given):
        form = form_of(map_structure(_array, given)), len(_leaves(given)[0])
    else:
        return None
    return form, model._compiled.get("run_eagerly"), os.environ.get("LAMINA_ENGINE")


def call(model: Any, key: Hashable, x: Any) -> Any:
    """The outputs by a compiled program; None if the layers are to be called."""
    refresh(model)
    known: Direct | None = model._programs.called.get(key)
    if known is None or not known.possible:
        return None
    leaves = _leaves(x)
    if model._programs.tables != []:
        check_indices(model, map_structure(_array, x))
    if known.runner is None:
        _compile(model, known, map_structure(_array, x), len(leaves[0]))
    return known.run(leaves) if known.possible else None


def note(model: Any, key: Hashable, outputs: Any) -> None:
    """Notes what the layers' own call on this form left behind."""
    if key in model._programs.called:
        return
    layers = model._flatten_layers()
    plain = model._engine() == "native" and all(map(_is_ours, layers))
    plain &= not any(layer._losses for layer in layers)
    plain &= all(mask_of(y) is None for y in flatten(outputs))
    model._programs.called[key] = Direct(plain)


def _compile(model: Any, known: Direct, x: Any, rows: int) -> None:
    data = Data(x, None, None, rows)
    try:
        runner, structure = program_of(model, {PREDICT: feeding_of(model, PREDICT, data)})
    except LaminaError:
        known.possible = False
        return
    step = runner.program.phases[PREDICT].step
    known.possible = not any(_LINE.search(node.origin) for node in step.graph.nodes())
    known.runner, known.structure = runner, structure


def _is_alone() -> bool:
    """Whether nothing around this call sees its ops."""
    return (
        trace.current() is None
        and context.current() is None
        and stateless.current() is None
        and not tape.is_recording()
    )


def _is_ours(layer: Layer) -> bool:
    return type(layer).__module__.startswith("lamina.")


def _leaves(x: Any) -> list[np.ndarray]:
    return [x] if type(x) is np.ndarray else [_array(leaf) for leaf in flatten(x)]


def _are_batches(x: Any) -> bool:
    """Whether x holds arrays with equal numbers of rows and no masks, and nothing else."""
    leaves = _leaves(x)
    fit = all(map(_is_batch, leaves, flatten(x)))
    return fit and len({len(leaf) for leaf in leaves}) == 1


def _is_batch(leaf: Any, given: Any) -> bool:
    return (
        type(leaf) is np.ndarray
        and mask_of(given) is None
        and leaf.ndim > 0
        and len(leaf) > 0
        and dtypes.name_of(leaf.dtype) in dtypes.DTYPES
    )


def _array(leaf: Any) -> Any:
    return leaf.value if type(leaf) is Array else leaf

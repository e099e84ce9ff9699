"""Where data come to a model: what of it runs on the host is run, and a model that begins with such
a layer is built for the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.graph import symbolic
from lamina.graph.strings import STRING
from lamina.graph.structure import flatten, is_mapping, pack
from lamina.graph.tensor import Traced
from lamina.models.host_stage import host_array, stage_of


def staged(model: Any, x: Any) -> Any:
    """The inputs as they enter the compiled graph: as they are, unless a part runs on the host."""
    if x is None:
        return None
    if model._graph is None and model._begins_on_host():
        _build(model, x)
    stage = stage_of(model)
    return x if stage is None or stage.is_staged(x) else stage.run(x)


def _build(model: Any, x: Any) -> None:
    """Builds a stack of layers the first of which works on the host for these data."""
    array = host_array(x)
    dtype = STRING if array.dtype == object else array.dtype.name
    model._build_for((None, *array.shape[1:]), dtype)


def staged_call(model: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """The arguments of a call, the first one staged where it holds data of the host's."""
    if not args or (model._graph is None and not model._begins_on_host()):
        return args
    if symbolic.is_symbolic(args, dict(kwargs)):
        return args
    if model._graph is not None and stage_of(model) is None:
        return args
    traced = any(isinstance(leaf, Traced) for leaf in flatten([args[0]]))
    if traced or (is_mapping(args[0]) and not args[0]):
        return args
    return (staged(model, args[0]), *args[1:])


def outputs_on_host(model: Any, x: Any) -> Any:
    """What a model all of which runs on the host predicts, x being staged; None of any other."""
    stage = stage_of(model)
    if stage is None or not stage.is_all:
        return None
    keys = {id(tensor): key for key, tensor in stage.boundary.items()}
    found = [np.asarray(x[keys[id(tensor)]]) for tensor in model._graph.flat_outputs]
    return pack(model._graph.outputs, found)

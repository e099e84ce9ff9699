"""What a layer computes from variables that are given, its own staying as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina.errors import ArgumentError, NotBuiltError
from lamina.graph.stateless import StatelessScope


def state_of(where: str, layer: Any, trainable: Sequence[Any], others: Sequence[Any]) -> Any:
    """The pairs (variable, value) of a layer for a `StatelessScope`.

    Raises: NotBuiltError before the layer has variables; ArgumentError for lists of other lengths.
    """
    if not layer.built:
        raise NotBuiltError(
            f"{layer.name}.{where}", "needs the layer's variables", "a layer that is not built",
            "call it on some data first",
        )  # fmt: skip
    pairs: list[Any] = []
    for name, values in (("trainable", trainable), ("non_trainable", others)):
        variables = getattr(layer, f"{name}_variables")
        if len(variables) != len(values):
            raise ArgumentError(
                f"{layer.name}.{where}({name}_variables=...)",
                f"needs a value for each of the {len(variables)} variables",
                f"{len(values)} values",
                f"pass {name}_variables of the layer, or as many in their order",
            )  # fmt: skip
        pairs += zip(variables, values, strict=True)
    return pairs


def stateless_call(
    layer: Any,
    trainable: Sequence[Any],
    others: Sequence[Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    return_losses: bool,
) -> Any:
    """See `Layer.stateless_call`."""
    pairs = state_of("stateless_call", layer, trainable, others)
    with StatelessScope(pairs, collect_losses=return_losses) as scope:
        outputs = layer(*args, **kwargs)
        losses = layer.losses if return_losses else None
    after = [scope.get_current_value(v) for v in layer.non_trainable_variables]
    return (outputs, after, losses) if return_losses else (outputs, after)

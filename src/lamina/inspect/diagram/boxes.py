"""A model as boxes and arrows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lamina.errors import NotBuiltError
from lamina.graph.structure import flatten, is_mapping, map_structure
from lamina.layers.base import Layer
from lamina.layers.input_layer import InputLayer, input_layer_of

TITLE, PLAIN, YES, NO = "black", "white", "forestgreen", "firebrick"


@dataclass(frozen=True)
class Cell:
    """A text on a ground; on a dark one it is white."""

    text: str
    ground: str = PLAIN


@dataclass(frozen=True)
class Box:
    """Rows of cells, or a model whose layers are drawn inside.

    Attributes:
        key: its name in DOT, unlike that of any other box.
        rows: cells side by side, the title first.
        inner: the boxes of a nested model that is shown in full.
    """

    key: str
    rows: tuple[tuple[Cell, ...], ...]
    inner: Diagram | None = None


@dataclass
class Diagram:
    """Boxes in their order, and arrows between two of them, by number."""

    name: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """What a box tells; see `plot_model`."""

    shapes: bool = False
    dtype: bool = False
    names: bool = True
    activations: bool = False
    trainable: bool = False
    nested: bool = False


def diagram_of(model: Any, shown: Shown) -> Diagram:
    """The boxes of a built model: of its layers and ops, or one for a model of the user's own.

    Raises: NotBuiltError if the shape of the input is not known yet.
    """
    if not model.built:
        raise NotBuiltError(
            f"Model '{model.name}'", "cannot be drawn before it is built", "no shape of its input",
            "call build(), or the model on a batch",
        )  # fmt: skip
    diagram = Diagram(model.name)
    graph = getattr(model, "_graph", None)
    if graph is None:
        diagram.boxes.append(Box(f"b{id(model)}", _rows(model, shown)))
        return diagram
    places: dict[int, int] = {}
    for thing, arguments in _calls(model, graph):
        if id(thing) not in places:
            places[id(thing)] = len(places)
            diagram.boxes.append(_box(thing, shown))
        for source in arguments:
            arrow = (places[id(source)], places[id(thing)])
            if id(source) in places and arrow not in diagram.arrows:
                diagram.arrows.append(arrow)
    return diagram


def _calls(model: Any, graph: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each layer, or call of an op, with those that its inputs come from, in the order of calls."""
    hidden = [] if not hasattr(model, "_sequence") else [
        layer for layer in graph.input_layers if layer not in model.layers
    ]  # fmt: skip
    for layer in graph.input_layers:
        if layer not in hidden:
            yield layer, []
    for call in graph.calls:
        sources = [_maker(x) for x in call.inputs]
        yield _subject(call), [s for s in sources if not any(s is layer for layer in hidden)]


def _maker(x: Any) -> Any:
    return input_layer_of(x) if x.history is None else _subject(x.history[0])


def _subject(call: Any) -> Any:
    """What stands in the drawing for a call: its layer, or the call itself if it is an op's."""
    return call.function if isinstance(call.function, Layer) else call


def _box(thing: Any, shown: Shown) -> Box:
    inner = None
    if shown.nested and getattr(thing, "_graph", None) is not None:
        inner = diagram_of(thing, shown)
    return Box(f"b{id(thing)}", _rows(thing, shown), inner)


def _rows(thing: Any, shown: Shown) -> tuple[tuple[Cell, ...], ...]:
    kind = type(thing).__name__ if isinstance(thing, Layer) else thing.function.__name__
    name = getattr(thing, "name", None)
    title = f"{name} ({kind})" if shown.names and name else kind
    rows = [(Cell(title, TITLE),)]
    activation = getattr(thing, "activation", None)
    if shown.activations and activation is not None:
        rows.append((Cell(f"Activation: {_name_of(activation)}"),))
    cells = list(_facts(thing, shown))
    return (*rows, tuple(cells)) if cells else tuple(rows)


def _facts(thing: Any, shown: Shown) -> Iterator[Cell]:
    inputs, outputs = _ends(thing)
    if shown.shapes:
        if not isinstance(thing, InputLayer):
            yield Cell(f"Input shape: {_text(inputs, 'shape')}")
        yield Cell(f"Output shape: {_text(outputs, 'shape')}")
    if shown.dtype:
        yield Cell(f"Output dtype: {_text(outputs, 'dtype')}")
    if shown.trainable and getattr(thing, "weights", None):
        yield Cell("Trainable", YES) if thing.trainable else Cell("Non-trainable", NO)


def _ends(thing: Any) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of a call of an op, or of a layer's first call."""
    if isinstance(thing, InputLayer):
        return thing.output, thing.output
    calls = thing._calls[:1] if isinstance(thing, Layer) else [thing]
    if not calls:
        return None, None
    inputs = calls[0].inputs
    return (inputs[0] if len(inputs) == 1 else list(inputs)), calls[0].outputs


def _text(structure: Any, attribute: str) -> str:
    if not flatten(structure):
        return "?"
    found = map_structure(lambda x: getattr(x, attribute), structure)
    if is_mapping(found):
        return ", ".join(f"{key}: {value}" for key, value in found.items())
    return str(found)


def _name_of(activation: Any) -> str:
    return str(getattr(activation, "name", None) or getattr(activation, "__name__", activation))
